// Events go in batches, when the browser is idle or the page goes away. Each
// has an id made here; an event that is sent twice is stored once.

export type Visit = {
  t: string // page_view, scroll, outbound, search, video, download
  u: string // path of the page
  r?: string // origin that led here
  x?: string // what the event is about
  c?: string // campaign
  l?: string // language
  w?: number // screen
  h?: number
}

export type Use = {
  f: string // function of the application
  w: number // screen
  h: number
}

type Sent = { id: string } & (Visit | Use)

const atMost = 10 // events a batch: the longest fit into the server's 16 kB
const pause = 2000 // ms between an event and its batch

export class Delivery {
  private waiting: Sent[] = []
  private timer = 0

  constructor(private readonly to: string) {
    addEventListener('pagehide', () => this.leave())
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') this.leave()
    })
  }

  add(e: Visit | Use): void {
    this.waiting.push({ id: snowflake(), ...e })
    this.timer ||= setTimeout(() => this.flush(), pause)
  }

  private flush(): void {
    this.timer = 0
    while (this.waiting.length) this.send(this.waiting.splice(0, atMost), true)
  }

  private send(batch: Sent[], again: boolean): void {
    const retry = () => {
      if (again) setTimeout(() => this.send(batch, false), 10 * pause)
    }
    // To another origin nothing comes back, and nothing is needed but that it left.
    fetch(this.to, { method: 'POST', body: wrap(batch), mode: 'no-cors', credentials: 'include', keepalive: true }).then((answer) => {
      if (answer.status >= 500) retry()
    }, retry)
  }

  private leave(): void {
    while (this.waiting.length) {
      const batch = this.waiting.splice(0, atMost)
      if (!navigator.sendBeacon(this.to, wrap(batch))) this.send(batch, false)
    }
  }
}

function wrap(events: Sent[]): string {
  return JSON.stringify({ v: 1, events })
}

// Milliseconds above 22 random bits: the form in which the event store keeps
// ids. A number of JavaScript would lose the low bits.
function snowflake(): string {
  const [random] = crypto.getRandomValues(new Uint32Array(1))
  return ((BigInt(Date.now()) << 22n) | BigInt(random & 0x3fffff)).toString()
}
