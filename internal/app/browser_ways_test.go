package app

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"kept/internal/store/event"
)

// focus names what has the keyboard's focus, with a remark if it cannot be seen.
func (w *window) focus() string {
	return eval[string](w, `(e => (e.value && e.value !== 'on' ? e.value : e.textContent.trim().slice(0, 40) || e.tagName) + (getComputedStyle(e).outlineStyle === 'none' ? ' (unseen)' : ''))(document.activeElement)`)
}

// tabTo presses the tab key until want has the focus.
func (w *window) tabTo(want string) {
	w.t.Helper()
	var seen []string
	for range 40 {
		w.run(chromedp.KeyEvent(kb.Tab))
		if seen = append(seen, w.focus()); seen[len(seen)-1] == want {
			return
		}
	}
	w.t.Fatalf("the tab key does not reach %q: %q", want, seen)
}

func TestTheWholeWayWithTheKeyboardAlone(t *testing.T) {
	h := solo(t)
	w := h.window()
	w.visit("/")
	w.run(greeted())
	for _, want := range []string{"Datenschutzerklärung", "accept", "refuse", "Auswählen"} {
		w.run(chromedp.KeyEvent(kb.Tab))
		if got := w.focus(); got != want {
			t.Fatalf("tab leads to %q, want %q", got, want)
		}
	}
	w.run(chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(`#kept button[value=save]`, chromedp.ByQuery))
	w.tabTo("video")
	w.run(chromedp.KeyEvent(" "))
	w.tabTo("save")
	w.reloading(chromedp.KeyEvent(kb.Enter))
	eventually(t, "the film that was chosen loads", func() bool { return h.seen()["video.streams.example"] == 1 })
	if len(h.seen()) != 1 {
		t.Errorf("beside the film: %v", h.seen())
	}
	// Withdrawing is as easy: the button, the answer.
	w.tabTo("Datenschutz")
	w.reloading(chromedp.KeyEvent(kb.Enter))
	w.tabTo("refuse")
	w.reloading(chromedp.KeyEvent(kb.Enter))
	if got := named(w.cookies()); !slices.Equal(got, []string{"kept_choice"}) {
		t.Errorf("after the withdrawal the browser holds %v", got)
	}
	w.forget()
	w.visit("/")
	w.unasked("after the withdrawal")
}

func TestTheFormsWithoutJavaScript(t *testing.T) {
	h := solo(t)
	w := h.window()
	w.run(emulation.SetScriptExecutionDisabled(true))
	w.visit("/")
	w.run(chromedp.WaitVisible(`#kept button[value=accept]`, chromedp.ByQuery))
	w.unasked("before the decision")
	w.reloading(click(`.kept-held button[name=once][value=video]`))
	eventually(t, "the film loads once", func() bool { return h.seen()["video.streams.example"] == 1 })
	w.reloading(click(`#kept button[value=refuse]`))
	if held := w.cookies(); len(held) != 1 || !strings.HasPrefix(held["kept_choice"], "no/") {
		t.Errorf("after the refusal the browser holds %v", held)
	}
	w.forget()
	w.visit("/kontakt.html")
	w.unasked("after the refusal")
	w.reloading(click(`.kept-held button[name=allow][value=map]`))
	if where := eval[string](w, "location.pathname"); where != "/kontakt.html" {
		t.Errorf("the form leads to %s", where)
	}
	eventually(t, "the map loads", func() bool { return h.seen()["tiles.maps.example"] == 1 })
	w.reloading(click(`#kept > a`))
	w.reloading(click(`button[value=accept]`))
	for _, p := range pages {
		w.visit(p)
	}
	eventually(t, "frames, fonts and pictures load", func() bool {
		seen := h.seen()
		return seen["video.streams.example"] > 0 && seen["fonts.type.example"] > 0 && seen["ads.reach.example"] > 0
	})
	w.reloading(click(`#kept > a`))
	w.reloading(click(`button[value=refuse]`))
	w.forget()
	w.visit("/referenzen.html")
	w.unasked("after the withdrawal")
}

// counted reads the events of the statistics as "what page about", sorted.
func (h *house) counted() (told []string) {
	h.t.Helper()
	for _, e := range h.events() {
		told = append(told, strings.Join(strings.Fields(e.event+" "+e.page+" "+e.about), " "))
	}
	slices.Sort(told)
	return told
}

// told is an event as it is stored.
type told struct {
	event, page, about, network, region, referrer, campaign, language, browser, os, device, screen, provider string
	person                                                                                                   int64
	at                                                                                                       int64
}

// events reads every event of the statistics.
func (h *house) events() (all []told) {
	h.t.Helper()
	err := h.Events.In(h.t.Context(), "analytics_event", noTime, noTime, func(ctx context.Context, q querier, _ event.Partition) error {
		rows, err := q.QueryContext(ctx, `select e.id, coalesce(e.person, 0), `+words+` from analytics_event e order by e.id`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var e told
			var id int64
			if err := rows.Scan(&id, &e.person, &e.event, &e.page, &e.about, &e.network, &e.region, &e.referrer, &e.campaign, &e.language, &e.browser, &e.os, &e.device, &e.screen, &e.provider); err != nil {
				return err
			}
			e.at = event.TimeOf(id).UnixMilli()
			all = append(all, e)
		}
		return rows.Err()
	})
	fatal(h.t, err)
	return all
}

func TestPromise_AH06_EventsAreCountedAfterConsentOnly(t *testing.T) {
	h := solo(t)
	w := h.window()
	const leave = `document.addEventListener('click', e => e.preventDefault())`
	do := func() {
		w.run(chromedp.Evaluate(leave, nil),
			chromedp.Evaluate(`new Promise(seen => { addEventListener('scroll', () => seen(0), {once: true}); scrollTo(0, document.documentElement.scrollHeight); setTimeout(() => seen(0), 1000) })`, nil, awaited),
			click(`a[href^="https://de.wikipedia.org"]`))
	}
	w.run(chromedp.EmulateViewport(1200, 400))
	w.visit("/leistungen.html")
	w.run(greeted())
	do()
	w.visit("about:blank")
	w.visit("/")
	w.run(greeted())
	if early := h.counted(); len(early) > 0 {
		t.Fatalf("counted before consent: %q", early)
	}
	w.reloading(click(`#kept button[value=accept]`))
	w.run(chromedp.Evaluate(leave, nil), click(`a[href="/mappe.pdf"]`))
	w.visit("/leistungen.html")
	do()
	w.visit("/suche.html?q=Plakat&utm_source=brief")
	w.visit("about:blank")
	want := []string{"download / 127.0.0.1/mappe.pdf", "first_visit /", "outbound /leistungen.html de.wikipedia.org/wiki/Typografie", "page_view /", "page_view /leistungen.html",
		"page_view /suche.html", "scroll /leistungen.html 90", "search /suche.html plakat", "session_start /"}
	host := strings.TrimPrefix(h.SiteURL(), "http://")
	want[0] = "download / " + host + "/mappe.pdf"
	var got []string
	eventually(t, "the events", func() bool {
		got = slices.DeleteFunc(h.counted(), func(e string) bool { return strings.HasPrefix(e, "scroll") && e != "scroll /leistungen.html 90" }) // short pages scroll to their end at once
		return len(got) >= len(want)
	})
	if !slices.Equal(got, want) {
		t.Errorf("counted %q, want %q", got, want)
	}
	for _, e := range h.events() {
		if e.event == "page_view" && (e.language == "" || !strings.HasPrefix(e.browser, "Chrome") || e.screen == "" || e.device == "") {
			t.Errorf("a page view lacks what the policy declares: %+v", e)
		}
		if e.page == "/suche.html" && e.event == "page_view" && e.campaign != "brief" {
			t.Errorf("the campaign is %q", e.campaign)
		}
	}
	w.visit("/")
	w.reloading(click(`#kept > a`))
	w.reloading(click(`button[value=refuse]`))
	h.settle()
	if left := h.counted(); len(left) > 0 {
		t.Errorf("after the withdrawal there are still %q", left)
	}
	w.visit("/suche.html?q=still")
	w.visit("about:blank")
	w.visit("/")
	if again := h.counted(); len(again) > 0 {
		t.Errorf("counted after the withdrawal: %q", again)
	}
}
