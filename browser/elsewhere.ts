// Pages that another server delivers: the banner is fetched, and elements that
// the page itself holds back are let go once their service is allowed. This
// rests on the page's cooperation; docs/guide/script-tag.md says what it cannot
// promise.

export function fetchBanner(home: string, ready: (root: HTMLElement, made: Document) => void): void {
  const style = document.createElement('link')
  style.rel = 'stylesheet'
  style.href = home + '/privacy/kept.css'
  const request = new XMLHttpRequest()
  // A request for a document parses HTML without running any of it, and unlike
  // innerHTML or DOMParser it is no sink of trusted types.
  request.open('GET', `${home}/privacy/banner.html?lang=${encodeURIComponent(document.documentElement.lang)}`)
  request.withCredentials = true
  request.responseType = 'document'
  request.onload = () => {
    const made = request.responseXML
    const root = made?.getElementById('kept')
    if (!root) return
    for (const name of ['href', 'action']) {
      for (const e of made!.querySelectorAll(`[${name}]`)) e.setAttribute(name, new URL(e.getAttribute(name)!, home).href)
    }
    style.onload = style.onerror = () => ready(document.body.appendChild(document.adoptNode(root)), made!)
    document.head.append(style)
  }
  request.send()
}

// release starts what was marked with data-kept-service, where it is allowed.
export function release(root: HTMLElement): void {
  const allowed = (root.dataset.allowed || '').split(' ')
  letGo((service) => allowed.includes(service))
}

// letGo starts what was marked for the services that pass, and takes away what
// stands in for it.
export function letGo(passes: (service: string) => boolean): void {
  for (const held of document.querySelectorAll<HTMLElement>('[data-kept-service]')) {
    if (!passes(held.dataset.keptService!)) continue
    held.removeAttribute('data-kept-service')
    const stand = held.previousElementSibling
    if (stand?.matches('[data-kept-held]')) {
      stand.remove()
      held.hidden = false
    }
    if (held instanceof HTMLScriptElement) revive(held)
    else if (held.dataset.keptSrc) held.setAttribute('src', held.dataset.keptSrc)
  }
}

// A script runs only if it is new: an inert one that changes its type stays inert.
function revive(held: HTMLScriptElement): void {
  const live = document.createElement('script')
  for (const { name, value } of held.attributes) {
    if (name !== 'type' && name !== 'data-kept-src') live.setAttribute(name, value)
  }
  const src = held.dataset.keptSrc
  if (src) live.src = trusted('createScriptURL', src)
  else live.text = trusted('createScript', held.text)
  held.replaceWith(live)
}

type Rule = 'createScriptURL' | 'createScript'

// Where the page enforces trusted types it has to allow the policy "kept".
let rules: Record<Rule, (s: string) => string> | undefined

function trusted(rule: Rule, value: string): string {
  const types = (window as any).trustedTypes
  if (!types) return value
  rules ||= types.createPolicy('kept', { createScriptURL: (s: string) => s, createScript: (s: string) => s })
  return rules![rule](value)
}
