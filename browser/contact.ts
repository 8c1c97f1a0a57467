// The contact form's proof of work: a number that makes the hash of the form's
// token begin with so many zero bits. Whoever sends one message does not notice
// it, whoever sends thousands does. Without this script, or where a page has no
// crypto, the form works all the same and fewer messages are taken.
const form = document.querySelector<HTMLFormElement>('form[data-work]')
const field = form?.querySelector<HTMLInputElement>('input[name=work]')

const batch = 512

function zeros(hash: Uint8Array): number {
  for (let i = 0; i < hash.length; i++) if (hash[i]) return 8 * i + Math.clz32(hash[i]) - 24
  return 8 * hash.length
}

async function solve(token: string, bits: number): Promise<string> {
  const text = new TextEncoder()
  for (let from = 0; ; from += batch) {
    const hashes = await Promise.all(
      Array.from({ length: batch }, (_, i) => crypto.subtle.digest('SHA-256', text.encode(`${token}:${from + i}`))),
    )
    const found = hashes.findIndex((hash) => zeros(new Uint8Array(hash)) >= bits)
    if (found >= 0) return String(from + found)
  }
}

if (form && field && globalThis.crypto?.subtle) {
  let work: Promise<void> | undefined
  const begin = (): Promise<void> =>
    (work ??= solve(form.querySelector<HTMLInputElement>('input[name=token]')!.value, Number(form.dataset.work)).then((found) => {
      field.value = found
    }))
  form.addEventListener('focusin', begin, { once: true })
  form.addEventListener('submit', (event) => {
    if (field.value) return
    event.preventDefault()
    void begin().then(() => form.submit())
  })
}
