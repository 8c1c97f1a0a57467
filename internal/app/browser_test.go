package app

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// pages are all of the agency's site.
var pages = []string{"/", "/leistungen.html", "/referenzen.html", "/kontakt.html", "/suche.html?q=plakat", "/en/", "/en/work.html", "/en/contact.html"}

// declared are the third parties that pages name and the policy declares.
var declared = []string{"video.streams.example", "tiles.maps.example", "fonts.type.example", "tag.measure.example", "ads.reach.example"}

// undeclared is named by a page and by nothing else.
const undeclared = "seal.award.example"

// unasked fails the test if anything but the site was asked for: as the browser
// saw it, and as the third parties did.
func (w *window) unasked(when string) {
	w.t.Helper()
	if all := w.strangers(); len(all) > 0 {
		w.t.Errorf("%s the browser asked for %q", when, all)
	}
	if seen := w.h.seen(); len(seen) > 0 {
		w.t.Errorf("%s third parties were asked: %v", when, seen)
	}
}

// forget empties the notes of what was asked for so far.
func (w *window) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.asked)
	w.h.before = w.h.others.Seen()
}

func named(held map[string]string) []string {
	var all []string
	for name := range held {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// A visitor's whole way: asked, refusing, agreeing, withdrawing. At no moment is
// a host asked that was refused or that nobody declared.
func TestPromise_MC05_NothingLoadsBeforeAndWithoutConsent(t *testing.T) {
	h := solo(t)
	w := h.window()
	for _, p := range pages {
		w.visit(p)
		w.run(greeted())
		w.quiet("before the decision on " + p)
	}
	w.unasked("before the decision")
	if held := w.cookies(); len(held) > 0 {
		t.Errorf("cookies before the decision: %v", held)
	}

	w.visit("/")
	w.run(greeted(), click(`#kept button[value=refuse]`), until(`!document.querySelector('#kept > section')`))
	for _, p := range pages {
		w.visit(p)
		w.quiet("after the refusal on " + p)
	}
	w.unasked("after the refusal")
	held := w.cookies()
	if !slices.Equal(named(held), []string{"kept_choice"}) || !strings.HasPrefix(held["kept_choice"], "no/") {
		t.Errorf("after a refusal the browser holds %v", held)
	}
	other := h.window()
	other.visit("/en/")
	other.run(greeted(), click(`#kept button[value=refuse]`), until(`!document.querySelector('#kept > section')`))
	if another := other.cookies(); another["kept_choice"] != held["kept_choice"] {
		t.Errorf("two refusals can be told apart: %v, %v", held, another)
	}
	w.unasked("after another's refusal")

	w.agree()
	w.withdraw()
}

// agree accepts everything in the settings and walks the site.
func (w *window) agree() {
	w.t.Helper()
	w.visit("/")
	w.reloading(click(`#kept > a`))
	w.quiet("in the settings")
	w.reloading(click(`button[value=accept]`))
	for _, p := range pages {
		w.visit(p)
		w.run(chromedp.WaitVisible(`#kept > a`, chromedp.ByQuery))
		w.quiet("after the acceptance on " + p)
	}
	eventually(w.t, "every declared third party is asked", func() bool {
		seen := w.h.seen()
		return !slices.ContainsFunc(declared, func(host string) bool { return seen[host] == 0 })
	})
	for _, host := range declared { // what watches the browser sees all of them
		here := "http://" + w.h.others.Hosts()[host] + "/"
		if !slices.ContainsFunc(w.strangers(), func(address string) bool { return strings.HasPrefix(address, here) }) {
			w.t.Errorf("no request to %s was noted: %q", host, w.strangers())
		}
	}
	if n := w.h.seen()[undeclared]; n > 0 {
		w.t.Errorf("the undeclared seal was asked %d times", n)
	}
	w.visit("about:blank") // leaving sends what was counted
	eventually(w.t, "the visitor's cookie", func() bool { return w.cookies()["kept_visitor"] != "" })
	if got := named(w.cookies()); !slices.Equal(got, []string{"kept_choice", "kept_visitor", "measure_id", "reach_id"}) {
		w.t.Errorf("after the acceptance the browser holds %v", got)
	}
}

// withdraw does so by the permanent button, and walks the site again.
func (w *window) withdraw() {
	w.t.Helper()
	w.visit("/leistungen.html")
	w.reloading(click(`#kept > a`))
	w.reloading(click(`button[value=refuse]`))
	w.quiet("on the page that confirms")
	if got := named(w.cookies()); !slices.Equal(got, []string{"kept_choice"}) {
		w.t.Errorf("after the withdrawal the browser holds %v", got)
	}
	w.forget()
	for _, p := range pages {
		w.visit(p)
		w.quiet("after the withdrawal on " + p)
	}
	w.unasked("after the withdrawal")
	if held := w.cookies(); !strings.HasPrefix(held["kept_choice"], "no/") || len(held) != 1 {
		w.t.Errorf("after the withdrawal the browser holds %v", held)
	}
}

// A cookie that a script left behind goes at the next page, whoever asked for it.
func TestCookiesOfScriptsAreExpiredAtTheNextPage(t *testing.T) {
	h := solo(t)
	w := h.window()
	w.visit("/")
	// Read at once: any request, one for an icon too, ends them.
	set := eval[string](w, `for (const name of ['measure_id', 'reach_id', 'nobody_declared_it']) document.cookie = name + '=1; path=/; max-age=9999'; document.cookie`)
	if strings.Count(set, "=1") != 3 {
		t.Fatalf("a script of the page could set only %q", set)
	}
	w.visit("/kontakt.html")
	if held := w.cookies(); len(held) > 0 {
		t.Errorf("the browser still holds %v", held)
	}
}

func TestPromise_MC19_AFilmLoadsOnceOrAlwaysAsAsked(t *testing.T) {
	h := solo(t)
	w := h.window()
	const video = "video.streams.example"
	press := func(name string) chromedp.Action { return click(`.kept-held button[name=` + name + `][value=video]`) }
	w.visit("/")
	w.run(greeted(), chromedp.WaitVisible(`.kept-held button[name=once][value=video]`, chromedp.ByQuery))
	if text := eval[string](w, `[...document.querySelectorAll('.kept-held')].map(e => e.textContent).join(' ')`); !strings.Contains(text, "Google Ireland Limited") || !strings.Contains(text, "IP-Adresse") {
		t.Errorf("the placeholders do not say who receives what: %s", text)
	}
	w.unasked("before the click")
	w.reloading(press("once"))
	eventually(t, "the film loads once", func() bool { return h.seen()[video] == 1 })
	w.quiet("with the film")
	w.forget()
	w.visit("/")
	w.run(greeted(), chromedp.WaitVisible(`.kept-held button[name=allow][value=video]`, chromedp.ByQuery))
	w.unasked("after the film was loaded once")
	if held := w.cookies(); len(held) > 0 {
		t.Errorf("loading once leaves %v", held)
	}

	w.reloading(press("allow"))
	for range 2 {
		w.visit("/referenzen.html")
		w.quiet("with films")
	}
	eventually(t, "the films load each time", func() bool { return h.seen()[video] == 5 })
	for host, n := range h.seen() {
		if host != video {
			t.Errorf("%s was asked %d times, and nobody allowed it", host, n)
		}
	}
}

func TestTheSignalOfTheBrowserRefusesMarketing(t *testing.T) {
	h := solo(t)
	w := h.window()
	w.run(network.SetExtraHTTPHeaders(network.Headers{"Sec-GPC": "1"}))
	w.visit("/")
	w.run(greeted())
	if text := eval[string](w, `document.getElementById('kept-about').textContent`); !strings.Contains(text, "Global Privacy Control") {
		t.Errorf("the banner does not say that the signal is heard: %s", text)
	}
	w.reloading(click(`#kept button[value=accept]`))
	for _, p := range pages {
		w.visit(p)
	}
	eventually(t, "what was accepted loads", func() bool { return h.seen()["tag.measure.example"] > 0 })
	if n := h.seen()["ads.reach.example"]; n > 0 {
		t.Errorf("the ads were asked %d times against the signal", n)
	}
	if held := w.cookies(); held["reach_id"] != "" {
		t.Errorf("marketing stored %v", held)
	}
	// A later choice of the person's own counts for more.
	w.visit("/privacy/settings")
	w.reloading(click(`button[value=accept]`))
	w.visit("/")
	eventually(t, "the ads load", func() bool { return h.seen()["ads.reach.example"] > 0 })
	var decided int
	fatal(t, h.DB.QueryRowContext(t.Context(), "select count(*) from consent_decision where gpc and ended_at is null").Scan(&decided))
	if decided != 1 {
		t.Errorf("%d decisions record the signal", decided)
	}
}

func TestTheBannerSpeaksThePagesLanguageAndItsButtonsAreEqual(t *testing.T) {
	h := solo(t)
	w := h.window()
	w.run(network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "en"}))
	for path, want := range map[string][]string{"/": {"de", "Annehmen", "Ablehnen", "Auswählen"}, "/en/": {"en", "Accept", "Refuse", "Choose"}} {
		for _, wide := range []int64{1200, 390} {
			w.run(chromedp.EmulateViewport(wide, 800))
			w.visit(path)
			w.run(greeted())
			if lang := eval[string](w, `document.getElementById('kept').lang`); lang != want[0] {
				t.Errorf("%s: the banner speaks %q", path, lang)
			}
			for _, word := range want[1:] {
				if !strings.Contains(eval[string](w, `document.querySelector('.kept-three').textContent`), word) {
					t.Errorf("%s: no button says %s", path, word)
				}
			}
			boxes := eval[[][]float64](w, `[...document.querySelectorAll('.kept-three > button, .kept-three summary')].map(e => {
				const r = e.getBoundingClientRect(), s = getComputedStyle(e)
				return [Math.round(r.width), Math.round(r.height), Math.round(r.top), parseFloat(s.fontSize), parseInt(s.fontWeight)] })`)
			if len(boxes) != 3 || !slices.Equal(boxes[0], boxes[1]) || !slices.Equal(boxes[1], boxes[2]) {
				t.Errorf("%s, %d wide: the three buttons differ: %v", path, wide, boxes)
			}
			w.quiet(path)
		}
	}
}

// While a page still comes, what Kept adds to its end must not be pushed down
// in sight of the visitor.
func TestAPageThatComesInPiecesDoesNotShift(t *testing.T) {
	seen, once := make(chan struct{}), sync.Once{}
	site := upstream(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path { // the audit asks for a page too
		case "/seen":
			once.Do(func() { close(seen) })
			return
		case "/favicon.ico":
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte(`<!doctype html><html lang="de"><title>langsam</title><body><h1>Langsam</h1>
<script>requestAnimationFrame(() => requestAnimationFrame(() => fetch('/seen')))</script>` + strings.Repeat("<p>Ein Satz.</p>", 3)))
		w.(http.Flusher).Flush()
		select {
		case <-seen:
		case <-r.Context().Done():
		}
		w.Write([]byte(strings.Repeat("<p>Noch ein Satz.</p>", 100)))
	})
	h := solo(t, func(h *house) { h.config.Site = site })
	w := h.window()
	w.visit("/")
	w.run(greeted())
	w.quiet("once it is there")
}

// A site with a strict policy of its own keeps it, and the banner needs no
// loosening beyond Kept's own two files (threat 19).
func TestTheBannerUnderAStrictPolicyOfTheSite(t *testing.T) {
	for name, policy := range map[string]string{
		"self":  "default-src 'self'; script-src 'self'; style-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'",
		"none":  "default-src 'none'; img-src 'self'; require-trusted-types-for 'script'",
		"nonce": "default-src 'none'; script-src 'nonce-b64' 'strict-dynamic'; require-trusted-types-for 'script'; base-uri 'none'; form-action 'none'",
	} {
		t.Run(name, func(t *testing.T) {
			site := upstream(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Security-Policy", policy)
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				w.Write([]byte(`<!doctype html><html lang="de"><title>streng</title><h1>Streng</h1><p>Ein Satz.</p></html>`))
			})
			h := solo(t, func(h *house) { h.config.Site = site })
			w := h.window()
			w.visit("/")
			w.run(greeted())
			w.quiet("before the decision")
			w.reloading(click(`#kept button[value=accept]`))
			w.run(until(`document.getElementById('kept').dataset.collect`))
			w.quiet("after the acceptance")
			w.visit("about:blank")
			eventually(t, "the page view is sent", func() bool {
				n, err := h.Events.Count(t.Context(), "analytics_event")
				return err == nil && n > 0
			})
			w.visit("/")
			w.reloading(click(`#kept > a`))
			w.reloading(click(`button[value=refuse]`))
			if got := named(w.cookies()); !slices.Equal(got, []string{"kept_choice"}) {
				t.Errorf("after the withdrawal the browser holds %v", got)
			}
		})
	}
}
