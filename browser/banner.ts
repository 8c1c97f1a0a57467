// The banner is a form of the server's. This makes it quicker: the choice is
// sent in the background, and the page is loaded anew only if something was
// allowed, since a delivered Content-Security-Policy cannot be loosened.

export function greet(root: HTMLElement, home: string): void {
  const bar = root.querySelector('section')
  const form = bar?.querySelector('form')
  if (!bar || !form) return
  // First in reading and tab order wherever the server put it. Where it is first
  // already it stays: what is taken out and put in again counts as a shift.
  if (document.body.firstElementChild !== root) document.body.prepend(root)
  makeRoom(bar)
  const said = root.querySelector('[role=status]')
  bar.addEventListener('change', (event) => tickAlong(event.target as HTMLInputElement))
  // A live region speaks only what changes after it is there.
  setTimeout(() => say(said, root.dataset.hello), 500)

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const choice = event.submitter as HTMLButtonElement
    const sent = new FormData(form)
    sent.set(choice.name, choice.value)
    for (const b of bar.querySelectorAll('button')) b.disabled = true
    fetch(new URL(form.getAttribute('action')!, home), {
      method: 'POST',
      body: new URLSearchParams(sent as unknown as Record<string, string>),
      credentials: 'include',
      headers: { Accept: 'application/json' },
    })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject()))
      .then((state: { reload: boolean }) => {
        if (state.reload) return location.reload()
        bar.remove()
        root.querySelector('a[hidden]')?.removeAttribute('hidden')
        say(said, root.dataset.saved)
      })
      .catch(() => sendPlainly(form, choice))
  })
}

// A group's box stands for all that is in it, and shows it.
function tickAlong(box: HTMLInputElement): void {
  const group = box.closest('fieldset')!
  const [all, ...single] = group.querySelectorAll('input')
  if (box === all) for (const s of single) s.checked = all.checked
  else if (!box.checked) all.checked = false
}

// Without fetch (a site's connect-src, a broken line) the form goes the way it
// goes without JavaScript.
function sendPlainly(form: HTMLFormElement, choice: HTMLButtonElement): void {
  const field = document.createElement('input')
  field.type = 'hidden'
  field.name = choice.name
  field.value = choice.value
  form.append(field)
  form.submit()
}

// The bar lies at the lower edge; the page gets as much room at its end, so
// that nothing is hidden for good and nothing moves.
function makeRoom(bar: HTMLElement): void {
  new ResizeObserver(() => {
    document.documentElement.style.setProperty('--kept-room', bar.offsetHeight + 'px')
  }).observe(bar)
}

function say(region: Element | null, words?: string): void {
  if (region && words) region.textContent = words
}
