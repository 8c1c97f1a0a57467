// Entry. The gateway's pages carry the banner already; pages that another
// server delivers name this script with data-kept and get it fetched.
import { greet } from './banner'
import { collect } from './collect'
import { fetchBanner, release } from './elsewhere'
import { standIns } from './standin'
import { tellUse } from './use'

const script = document.currentScript as HTMLScriptElement

function start(root: HTMLElement | null, home: string): void {
  if (!root) return
  greet(root, home)
  release(root)
  const { collect: to, search = '', campaign = '', use } = root.dataset
  if (to) collect(new URL(to, home).href, search.split(' '), campaign.split(' '))
  if (use) tellUse(new URL(use, home).href)
}

const here = document.getElementById('kept')
if (here) start(here, location.origin)
else if (script?.dataset.kept !== undefined) {
  const home = new URL(script.src).origin
  fetchBanner(home, (root, made) => {
    start(root, home)
    standIns(made, home)
  })
}
