// What is counted: pages, depth, ways out, searches, videos, downloads. Started
// only where the page says that consent to statistics stands; stores nothing in
// the browser. First visit and session are the server's to tell.
import { Delivery } from './delivery'

const files = /\.(pdf|zip|docx?|xlsx?|pptx?|odt|ods|odp|csv|txt|rtf|mp3|mp4|dmg|exe|msi|pkg|apk|7z|gz|rar|ics|vcf|epub)$/i

export function collect(to: string, searchNames: string[], campaignNames: string[]): void {
  const delivery = new Delivery(to)
  let page = ''
  let deep = false

  const tell = (t: string, x: string) => delivery.add({ t, x: plain(x, 200), u: place() })

  const view = () => {
    if (page === location.pathname + location.search) return
    const first = !page
    page = location.pathname + location.search
    deep = false
    const query = new URLSearchParams(location.search)
    delivery.add({
      t: 'page_view',
      u: place(),
      r: first && document.referrer ? new URL(document.referrer).origin : undefined,
      c: campaign(query, campaignNames),
      l: navigator.language,
      w: screen.width,
      h: screen.height,
    })
    const term = searchNames.map((name) => name && query.get(name)).find(Boolean)
    if (term) tell('search', term)
  }

  const onScroll = () => {
    if (deep || scrollY + innerHeight < 0.9 * document.documentElement.scrollHeight) return
    deep = true
    tell('scroll', '90')
  }

  const onClick = (event: MouseEvent) => {
    const link = (event.target as Element).closest?.('a[href]') as HTMLAnchorElement | null
    if (!link || !/^https?:$/.test(link.protocol)) return
    // Without its query: what a link carries beyond its place is not ours to know.
    const target = link.origin + link.pathname
    if (files.test(link.pathname)) tell('download', target)
    else if (link.host !== location.host) tell('outbound', target)
  }

  const onVideo = (event: globalThis.Event) => {
    const video = event.target
    if (!(video instanceof HTMLVideoElement)) return
    const name = video.title || video.currentSrc.split(/[?#]/)[0]
    tell('video', (event.type === 'ended' ? 'complete ' : 'play ') + name)
  }

  followHistory(view)
  addEventListener('scroll', onScroll, { passive: true })
  document.addEventListener('click', onClick, true)
  document.addEventListener('auxclick', onClick, true)
  document.addEventListener('play', onVideo, true)
  document.addEventListener('ended', onVideo, true)
  view()
}

const place = () => plain(location.pathname, 500)

// The server takes no control characters, and no text has to be long.
const plain = (s: string, most: number) => s.replace(/[\0-\x1f\x7f]+/g, ' ').slice(0, most)

function campaign(query: URLSearchParams, names: string[]): string | undefined {
  const parts = names.map((name) => query.get(name)).filter(Boolean)
  return parts.length ? plain(parts.join(' / '), 120) : undefined
}

// Pages that draw themselves anew change the address without a load.
function followHistory(changed: () => void): void {
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name]
    history[name] = function (...args) {
      original.apply(this, args)
      changed()
    }
  }
  addEventListener('popstate', changed)
}
