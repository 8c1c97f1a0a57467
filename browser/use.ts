// Which functions of an application are used. Pages, buttons and links that are one say
// so (data-kept-use, on <html> for a page), and nothing else is told. Started only where
// the page says that consent stands; stores nothing in the browser.
import { Delivery } from './delivery'

export function tellUse(to: string): void {
  const delivery = new Delivery(to)
  const tell = (f?: string) => f && delivery.add({ f, w: screen.width, h: screen.height })

  tell(document.documentElement.dataset.keptUse)
  document.addEventListener(
    'click',
    (event) => tell((event.target as Element).closest?.<HTMLElement>('body [data-kept-use]')?.dataset.keptUse),
    true,
  )
}
