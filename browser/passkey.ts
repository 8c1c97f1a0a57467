// Passkeys at the portal: the two ceremonies of Web Authentication. What the device
// says goes into hidden fields of the form that asked, so pages need no other request.
// Without this script, or where a browser knows no passkeys, what asks for one stays
// hidden and passwords work.
const toText = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')

const toBytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))

// ES256, EdDSA, RS256.
const algorithms = [-7, -8, -257]

async function make(form: HTMLFormElement): Promise<Record<string, ArrayBuffer>> {
  const d = form.dataset
  const made = (await navigator.credentials.create({
    publicKey: {
      challenge: toBytes(d.challenge!),
      rp: { name: d.operator! },
      user: { id: toBytes(d.user!), name: d.name!, displayName: d.name! },
      pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: (d.known || '').split(' ').filter(Boolean).map((id) => ({ type: 'public-key', id: toBytes(id) })),
      attestation: 'none',
    },
  })) as PublicKeyCredential
  const said = made.response as AuthenticatorAttestationResponse
  return { id: made.rawId, client: said.clientDataJSON, authenticator: said.getAuthenticatorData(), key: said.getPublicKey()! }
}

async function sign(form: HTMLFormElement): Promise<Record<string, ArrayBuffer>> {
  const signed = (await navigator.credentials.get({
    publicKey: { challenge: toBytes(form.dataset.challenge!), userVerification: 'required' },
  })) as PublicKeyCredential
  const said = signed.response as AuthenticatorAssertionResponse
  return { id: signed.rawId, client: said.clientDataJSON, authenticator: said.authenticatorData, signature: said.signature }
}

if (globalThis.PublicKeyCredential) {
  document.querySelectorAll<HTMLFormElement>('form[data-passkey]').forEach((form) => {
    form.hidden = false
    form.closest<HTMLElement>('[data-passkeys]')?.removeAttribute('hidden')
    const wrong = form.querySelector<HTMLElement>('[data-wrong]')
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      if (wrong) wrong.hidden = true
      const ceremony = form.dataset.passkey === 'make' ? make : sign
      ceremony(form).then(
        (parts) => {
          for (const [name, bytes] of Object.entries(parts)) form.querySelector<HTMLInputElement>(`input[name=${name}]`)!.value = toText(bytes)
          form.submit()
        },
        () => {
          if (wrong) wrong.hidden = false
        },
      )
    })
  })
}
