// What stands in for elements that a page served elsewhere holds back. The words
// are the server's, one set a service; here they take the element's place, as
// large as it, until the visitor decides.
import { letGo } from './elsewhere'

export function standIns(made: Document, home: string): void {
  const words = made.getElementById('kept-stand-ins')
  for (const held of document.querySelectorAll<HTMLElement>('[data-kept-service]')) {
    const service = held.dataset.keptService!
    const text = words?.querySelector(`[data-kept-for="${CSS.escape(service)}"]`)?.firstElementChild
    if (!text) console.warn(`kept: the policy asks for no consent to a service "${service}", so this stays held back`, held)
    else if (held.dataset.keptSrc && !(held instanceof HTMLScriptElement)) replace(held, document.importNode(text, true) as HTMLElement)
  }
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest?.<HTMLButtonElement>('[data-kept-held] button')
    if (button?.name === 'once') letGo((service) => service === button.value)
    else if (button?.name === 'allow') allow(button, words!, home)
  })
}

function replace(held: HTMLElement, stand: HTMLElement): void {
  const { width, height } = held.getBoundingClientRect()
  const size = stand.querySelector('svg')!
  size.setAttribute('width', `${width || held.getAttribute('width') || 300}`)
  size.setAttribute('height', `${height || held.getAttribute('height') || 150}`)
  const title = held.title || held.getAttribute('alt')
  if (title) {
    const line = document.createElement('em')
    line.textContent = title
    stand.querySelector('strong')!.after(line)
  }
  stand.dataset.keptHeld = held.dataset.keptService
  held.hidden = true
  held.before(stand)
}

// A text that has changed since, or a broken line, leads to the settings, where
// everything can be decided.
function allow(button: HTMLButtonElement, words: HTMLElement, home: string): void {
  const { notice = '', lang = '' } = { notice: words.dataset.notice, lang: words.lang }
  button.disabled = true
  fetch(home + '/privacy/choice', {
    method: 'POST',
    body: new URLSearchParams({ source: 'placeholder', allow: button.value, notice, lang }),
    credentials: 'include',
    headers: { Accept: 'application/json' },
  }).then(
    (answer) => (answer.ok ? location.reload() : location.assign(`${home}/privacy/settings?lang=${lang}`)),
    () => location.assign(`${home}/privacy/settings?lang=${lang}`),
  )
}
