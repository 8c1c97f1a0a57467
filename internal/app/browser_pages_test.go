package app

import (
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"kept/internal/access"
	"kept/internal/i18n"
)

// unfit says what of a page does not fit fingers, keyboards and eyes: a page that is
// wider than its screen, a target of less than 24 pixels that does not stand in a line of
// text (WCAG 2.5.8), a focus that nobody sees or that jumps (2.4.3, 2.4.7), text of too
// little contrast (1.4.3), a thing that moves although that is not wanted (2.3.3).
const unfit = `(() => {
	const says = [], shown = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden' && !e.closest('svg, .skip')
	const name = e => e.tagName.toLowerCase() + ' "' + (e.textContent.trim() || e.name || e.value || '').slice(0, 40) + '"'
	if (document.documentElement.scrollWidth > innerWidth + 1) {
		const wide = [...document.querySelectorAll('body *')].find(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll'))
		says.push('the page is ' + document.documentElement.scrollWidth + ' wide' + (wide ? ', by ' + name(wide) : ''))
	}
	const inText = e => [...e.parentElement.childNodes].some(n => n !== e && n.textContent.trim())
	for (const d of document.querySelectorAll('details')) d.open = true
	const targets = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')].filter(shown)
	for (const e of targets) {
		const box = (e.matches('input[type=checkbox], input[type=radio]') && e.closest('label') || e).getBoundingClientRect()
		if ((box.height < 23.5 || box.width < 23.5) && !(e.tagName === 'A' && (inText(e) || e.closest('p, li, td, th, dd'))))
			says.push(name(e) + ' is ' + Math.round(box.width) + ' by ' + Math.round(box.height))
		if (e.tabIndex > 0) says.push(name(e) + ' stands out of order')
		if (e.disabled) continue
		e.focus({preventScroll: true})
		const s = getComputedStyle(e)
		if (document.activeElement !== e) says.push(name(e) + ' takes no focus')
		else if (s.outlineStyle === 'none' || parseFloat(s.outlineWidth) < 1) says.push('nobody sees the focus of ' + name(e))
	}
	const light = c => { const n = c.match(/[\d.]+/g).map(Number), f = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
		return {clear: (n[3] ?? 1) < 0.99, l: 0.2126 * f(n[0]) + 0.7152 * f(n[1]) + 0.0722 * f(n[2])} }
	const ground = e => { for (; e; e = e.parentElement) { const c = light(getComputedStyle(e).backgroundColor); if (!c.clear) return c.l } return 1 }
	for (const e of document.querySelectorAll('body *')) {
		if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()) || !shown(e)) continue
		const a = light(getComputedStyle(e).color).l, b = ground(e), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
		if (ratio < 4.5) says.push(name(e) + ' has a contrast of ' + ratio.toFixed(1))
	}
	for (const a of document.getAnimations()) says.push(name(a.effect.target) + ' moves')
	return [...new Set(says)]
})()`

// looked walks the pages of a door, at least so many, and then shows each of them to a
// browser, in the language of the longer words: on a phone in daylight, on a desk in the
// dark.
func (h *house) looked(b *browser, door access.Door, base string, least int) {
	h.t.Helper()
	pages := h.walk(b, door, base)
	if len(pages) < least {
		h.t.Errorf("only %d pages were seen at %s: %q", len(pages), base, pages)
	}
	w := h.window()
	w.lend(b)
	for _, path := range pages {
		w.visit(base + in(path, i18n.German))
		w.run(chromedp.KeyEvent(kb.Tab))
		for _, look := range []struct {
			width  int64
			scheme string
		}{{390, "light"}, {1280, "dark"}} {
			w.run(chromedp.EmulateViewport(look.width, 900), emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: look.scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
			}))
			for _, fault := range eval[[]string](w, unfit) {
				h.t.Errorf("%s, %d px, %s: %s", path, look.width, look.scheme, fault)
			}
		}
	}
}
