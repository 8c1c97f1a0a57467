package app

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/duty/retain"
)

func TestPromise_MC06_AH34_OneButtonWithdraws(t *testing.T) {
	on(t, []string{"alleherzen", "m365connect"}, func(t *testing.T, h *house) {
		b := h.browser()
		b.choose("accept")
		b.view("/")
		for _, p := range h.pages() {
			if got := b.get(p); !strings.Contains(got.body, `<a href="/privacy/settings?lang=`) {
				t.Errorf("%s has no button that leads to the settings", p)
			}
		}
		if got := b.get("/privacy/settings?lang=de"); !strings.Contains(got.body, `<button name="choice" value="refuse">Einwilligung widerrufen</button>`) {
			t.Error("the settings have no button that withdraws")
		}
		if got := b.withdraw(); got.StatusCode != http.StatusOK {
			t.Fatalf("withdraw: %s", got.Status)
		}
		h.settle()
		if left := len(h.events()); left != 0 {
			t.Errorf("%d events are left", left)
		}
		if got := b.view("/"); got.StatusCode != http.StatusForbidden {
			t.Errorf("counted after the withdrawal: %s", got.Status)
		}
		// What was done before stays lawful: that consent stood, and until when, is proved.
		if n := h.count("select count(*) from consent_decision where decided_at <= ended_at and length(proof) > 0 and length(ending) > 0"); n != 1 {
			t.Errorf("%d proofs", n)
		}
		h.wantLeaf("consent.withdrawn")
	})
}

// firsts counts the first visits in the statistics.
func (h *house) firsts() (n int) {
	for _, e := range h.events() {
		if e.event == "first_visit" {
			n++
		}
	}
	return n
}

func TestPromise_MC07_AH10_AVisitorIsRecognisedInsideTheDeclaredLifetime(t *testing.T) {
	as := func(written, lifetime string) func(h *house) {
		return with(written+"lifetime: 13 months", written+"lifetime: "+lifetime)
	}
	for name, c := range map[string]struct {
		system, written, lifetime string
		life                      time.Time
		known                     []int // months after the first visit
		gone                      int
	}{
		"as declared":            {"alleherzen", "name: kept_visitor\n        ", "13 months ", begin.AddDate(0, 13, 0), []int{5, 10, 12}, 14},
		"three months":           {"alleherzen", "name: kept_visitor\n        ", "3 months ", begin.AddDate(0, 3, 0), []int{2}, 4},
		"product site":           {"m365connect", "name: kept_visitor, ", "13 months ", begin.AddDate(0, 13, 0), []int{5, 10, 12}, 14},
		"product site, 3 months": {"m365connect", "name: kept_visitor, ", "3 months ", begin.AddDate(0, 3, 0), []int{2}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			h := solo(t, under(c.system), as(c.written, c.lifetime))
			b := h.browser()
			b.choose("accept")
			first := b.view("/").given("kept_visitor")
			if first == nil || h.clock.Now().Add(time.Duration(first.MaxAge)*time.Second).After(c.life) || c.life.After(begin.AddDate(2, 0, 0)) {
				t.Fatalf("the cookie is given as %v", first)
			}
			b.set("kept_visitor", first.Value)
			for _, month := range c.known {
				h.clock.Set(months(begin, month))
				b.get("/") // six months from the last visit
				renewed := b.view("/").given("kept_visitor")
				if renewed == nil || h.clock.Now().Add(time.Duration(renewed.MaxAge)*time.Second).After(c.life) {
					t.Errorf("month %d: the cookie lives longer than declared: %v", month, renewed)
				}
			}
			if n := h.firsts(); n != 1 {
				t.Errorf("inside the lifetime there are %d first visits", n)
			}
			h.clock.Set(months(begin, c.gone))
			b.get("/")
			if b.cookies["kept_visitor"] == nil {
				b.set("kept_visitor", first.Value) // a browser that keeps what it should not
			}
			if got := b.view("/"); got.StatusCode != http.StatusNoContent {
				t.Fatalf("month %d: %s", c.gone, got.Status)
			}
			if n := h.firsts(); n != 2 {
				t.Errorf("after the lifetime there are %d first visits: the visitor was recognised", n)
			}
		})
	}
}

func TestPromise_MC08_MA10_TheSettingsShowEveryCookie(t *testing.T) {
	h := solo(t)
	b := h.browser()
	de, en := b.get("/privacy/settings?lang=de").body, b.get("/privacy/settings?lang=en").body
	for _, line := range [][]string{
		{"kept_choice", "Musteragentur GmbH", "6 Monate"}, {"kept_once", "Musteragentur GmbH", "bis Sie den Browser schließen"}, {"kept_visitor", "erkennt Ihren Browser", "13 Monate"},
		{"stream_device", "Google Ireland Limited", "6 Monate"}, {"measure_id", "zählt wiederkehrende Besuche", "13 Monate"}, {"reach_id", "Reach Werbenetz Ltd.", "90 Tage"},
	} {
		row := between(de, "<code>"+line[0]+"</code>", "</tr>")
		for _, want := range line[1:] {
			if !strings.Contains(row, want) {
				t.Errorf("the table does not say %q of %s: %s", want, line[0], row)
			}
		}
	}
	if row := between(en, "<code>measure_id</code>", "</tr>"); !strings.Contains(row, "counts returning visits") || !strings.Contains(row, "13 months") {
		t.Errorf("in English: %s", row)
	}
	// Viewed and changed at any time.
	for _, choice := range []string{"accept", "refuse", "accept"} {
		b.choose(choice, "source", "settings")
		if page := b.get("/"); strings.Contains(page.body, "data-collect") != (choice == "accept") {
			t.Errorf("after %s the settings have no effect", choice)
		}
	}
	if gone := solo(t, without("ads")).browser().get("/privacy/settings?lang=de").body; strings.Contains(gone, "reach_id") {
		t.Error("a cookie that no entry declares is shown")
	}
}

func between(text, from, to string) string {
	_, rest, _ := strings.Cut(text, from)
	part, _, _ := strings.Cut(rest, to)
	return part
}

func TestPromise_MC10_AH07_AddressesAreTruncatedBeforeTheyAreStored(t *testing.T) {
	look := func(h *house) told {
		b := h.browser()
		b.choose("accept")
		e := map[string]any{"t": "page_view", "u": "/kontakt.html", "r": "https://suchmaschine.example/?q=geheim", "l": "de", "w": 1440, "h": 900}
		if got := b.view("/", e); got.StatusCode != http.StatusNoContent {
			h.t.Fatalf("events: %s", got.Status)
		}
		h.settle()
		for _, e := range h.events() {
			if e.event == "page_view" && e.page == "/kontakt.html" {
				return e
			}
		}
		h.t.Fatal("the page view is missing")
		return told{}
	}
	each(t, func(t *testing.T, h *house) {
		got := look(h)
		want := told{event: "page_view", page: "/kontakt.html", network: truncated, region: got.region, referrer: "suchmaschine.example", language: "de",
			browser: "Firefox 143", os: "Linux", device: "desktop", screen: "1440x900", person: got.person, at: got.at}
		if got != want || got.person == 0 || len(got.region) != 2 || got.at != h.clock.Now().UnixMilli() {
			t.Errorf("stored %+v, want %+v", got, want)
		}
		if places := h.traces(planted); len(places) > 0 {
			t.Errorf("the address lies in %v", places)
		}
	}, withoutAddresses)
	t.Run("m365connect", func(t *testing.T) {
		h := solo(t, under("m365connect"))
		if got := look(h); got.network != truncated {
			t.Errorf("stored %+v", got)
		}
		if places := h.traces(planted); len(places) > 0 {
			t.Errorf("the address lies in %v", places)
		}
		less := solo(t, under("m365connect"), with("language, truncated_ip, region, provider, browser, os, device, screen]", "language]"))
		if got := look(less); got.network+got.region+got.browser != "" {
			t.Errorf("what is not declared is stored: %+v", got)
		}
	})
	if got := look(solo(t, with("truncate_ip: {ipv4: 16, ipv6: 48}", "truncate_ip: {ipv4: 8, ipv6: 32}"))); got.network != "84.0.0.0" {
		t.Errorf("with a shorter rest %s is stored", got.network)
	}
	bare := look(solo(t, with("language, truncated_ip, region, provider, browser, os, device, screen, user_id]", "language]")))
	if bare.network+bare.region+bare.browser+bare.os+bare.device+bare.screen != "" {
		t.Errorf("what is not declared is stored: %+v", bare)
	}
}

func TestPromise_MC11_AnOptOutKeepsStatisticsOffOnLaterVisits(t *testing.T) {
	h := solo(t, under("m365connect"))
	b := h.browser()
	if got := b.view("/"); got.StatusCode != http.StatusForbidden {
		t.Errorf("before the choice: %s", got.Status)
	}
	b.choose("refuse")
	for visit := range 4 {
		h.clock.Set(months(begin, visit*5))
		if page := b.get("/"); strings.Contains(page.body, "data-collect") || page.asks() {
			t.Errorf("visit %d is counted or asked again", visit)
		}
		if got := b.view("/"); got.StatusCode != http.StatusForbidden {
			t.Errorf("visit %d: %s", visit, got.Status)
		}
	}
	other := h.browser() // who agreed to something else did not agree to this
	other.choose("save", "group", "media")
	if page := other.get("/"); strings.Contains(page.body, "data-collect") {
		t.Error("a consent to media counts for statistics")
	}
	if got := other.view("/"); got.StatusCode != http.StatusForbidden {
		t.Errorf("with a consent to media alone: %s", got.Status)
	}
	if n := len(h.events()); n != 0 {
		t.Errorf("%d events", n)
	}
}

func TestPromise_AH05_EachProviderHasAnObjectionOfItsOwn(t *testing.T) {
	h := solo(t)
	b := h.browser()
	b.choose("save", "group", "media", "group", "statistics", "listed", "video", "listed", "map", "service", "map", "source", "settings")
	allowed := func() string { return between(b.get("/kontakt.html").body, `data-allowed="`, `"`) }
	if got := allowed(); got != "map measuring" {
		t.Errorf("after an objection to the videos alone %q is allowed", got)
	}
	b.choose("save", "group", "media", "group", "statistics", "listed", "video", "listed", "map", "service", "map", "service", "video", "listed", "measuring", "source", "settings")
	if got := allowed(); got != "video map" {
		t.Errorf("after an objection to the measuring %q is allowed", got)
	}
	// The opt-out is a cookie: who deletes it objects again.
	refused := h.browser()
	refused.choose("refuse")
	if refused.get("/").asks() {
		t.Error("a refusal is asked again")
	}
	delete(refused.cookies, "kept_choice")
	if !refused.get("/").asks() {
		t.Error("a refusal is remembered without its cookie")
	}
}

func TestPromise_MC18_LinksToNetworksArePlain(t *testing.T) {
	page := `<!doctype html><html lang="de"><title>x</title><a href="https://network.example/m365connect">Wir</a>
<link rel="preconnect" href="https://network.example"><iframe src="https://network.example/like"></iframe><script src="https://network.example/w.js"></script><img src="https://network.example/p.gif"></html>`
	h := solo(t, under("m365connect"), func(h *house) {
		h.config.Site = upstream(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Write([]byte(page))
		})
	})
	b := h.browser()
	for _, choice := range []string{"", "accept"} {
		if choice != "" {
			b.choose(choice)
		}
		got := b.get("/")
		if n := strings.Count(got.body, "network.example/m365connect"); n != 1 {
			t.Errorf("the plain link stands %d times", n)
		}
		for _, loading := range []string{`src="https://network.example`, `rel="preconnect" href="https://network.example`} {
			if strings.Contains(got.body, loading) {
				t.Errorf("after %q the page holds %s", choice, loading)
			}
		}
		if csp := strings.Join(got.Header.Values("Content-Security-Policy"), " "); csp == "" || strings.Contains(csp, "network.example") {
			t.Errorf("the policy admits the network: %s", csp)
		}
	}
}

func TestPromise_MA14_MA18_FontsAreDeclaredOrDoNotLoad(t *testing.T) {
	const host = "fonts.letterworks.example"
	loads := func(b *browser) (link, said bool) {
		got := b.get("/")
		return strings.Contains(got.body, `href="https://`+host) || strings.Contains(got.Header.Get("Content-Security-Policy"), host),
			strings.Contains(b.get("/privacy?lang=en").body, "Letterworks B.V.")
	}
	b := solo(t, under("mailissa")).browser()
	if link, said := loads(b); link || !said {
		t.Errorf("declared, not accepted: loads %v, in the notice %v", link, said)
	}
	b.choose("accept")
	if link, said := loads(b); !link || !said {
		t.Errorf("declared and accepted: loads %v, in the notice %v", link, said)
	}
	if link, said := loads(solo(t, under("mailissa"), without("fonts", "letters")).browser()); link || said {
		t.Errorf("not declared: loads %v, in the notice %v", link, said)
	}
}

func TestPromise_MA16_WithoutAnEntryNothingIsCounted(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		b := h.browser()
		b.choose("accept")
		if page := b.get("/"); strings.Contains(page.body, "data-collect") || page.given("kept_visitor") != nil {
			t.Error("a page of this policy counts")
		}
		if got := b.view("/"); got.StatusCode != http.StatusNotFound {
			t.Errorf("events: %s", got.Status)
		}
		h.settle()
		if n, err := h.Events.Count(t.Context(), "analytics_event"); err != nil || n != 0 {
			t.Errorf("%d events (%v)", n, err)
		}
		if strings.Contains(b.get("/privacy?lang=en").body, "Visitor statistics") {
			t.Error("the notice tells of statistics")
		}
	}, under("mailissa"))
}

func TestPromise_MA17_SessionCookiesEndWithTheSession(t *testing.T) {
	h := solo(t, under("mailissa"))
	b := h.browser()
	got := b.post("/privacy/choice", url.Values{"once": {"fonts"}, "back": {"/"}})
	once := got.given("kept_once")
	if once == nil || once.MaxAge != 0 || !once.Expires.IsZero() {
		t.Errorf("the cookie of a session is given as %v", once)
	}
	if row := between(b.get("/privacy/settings?lang=en").body, "<code>basket</code>", "</tr>"); !strings.Contains(row, "until you close the browser") {
		t.Errorf("the table says %s", row)
	}
	lasting := solo(t, under("mailissa"), with("{name: basket, session: true,", "{name: basket, lifetime: 1 month,")).browser()
	if row := between(lasting.get("/privacy/settings?lang=en").body, "<code>basket</code>", "</tr>"); !strings.Contains(row, "1 month") {
		t.Errorf("of a cookie that lasts the table says %s", row)
	}
}

func TestPromise_CS12_OwnCookiesHoldNothingPersonal(t *testing.T) {
	h := solo(t, under("contactsync"))
	var refusals []string
	for _, who := range []struct{ address, agent, language string }{{planted, "Firefox", "de"}, {"91.12.5.6", "Safari", "en"}} {
		b := h.browser()
		b.header.Set("X-Forwarded-For", who.address)
		b.header.Set("User-Agent", who.agent)
		b.header.Set("Accept-Language", who.language)
		b.choose("refuse")
		b.get("/?seite=1")
		refusals = append(refusals, b.cookies["kept_choice"].Value)
		if len(b.cookies) != 1 {
			t.Errorf("cookies %v", b.cookies)
		}
	}
	if refusals[0] != refusals[1] {
		t.Errorf("two refusals can be told apart: %q", refusals)
	}
	for _, word := range strings.Split(refusals[0], "/")[1:] {
		if !slices.ContainsFunc([]string{"g-", "s-"}, func(p string) bool { return strings.HasPrefix(word, p) }) && len(word) != 22 {
			t.Errorf("beside the answers and the signature there is %q", word)
		}
	}
	if n := h.count("select count(*) from subject"); n != 0 {
		t.Errorf("%d persons are known after refusals", n)
	}
}

func TestPromise_MC28_MC29_APersonSeesTakesAndEndsWhatIsHeld(t *testing.T) {
	on(t, []string{"m365connect", "alleherzen"}, func(t *testing.T, h *house) {
		b, other := h.browser(), h.browser()
		for _, x := range []*browser{b, other} {
			x.choose("accept")
			x.view("/", map[string]any{"t": "search", "x": "linde"})
		}
		h.settle()
		for path, want := range map[string]string{"/privacy/me?lang=en": "linde", "/privacy/me.html?lang=en": "linde", "/privacy/me.json": `"linde"`} {
			if got := b.get(path); got.StatusCode != http.StatusOK || !strings.Contains(got.body, want) {
				t.Errorf("%s: %s", path, got.Status)
			}
		}
		before := len(h.events())
		erase := b.post("/privacy/me/erase", nil)
		if erase.StatusCode != http.StatusSeeOther {
			t.Fatalf("erase: %s", erase.Status)
		}
		h.settle()
		if left := len(h.events()); left != before/2 {
			t.Errorf("%d events of %d are left", left, before)
		}
		if got := b.get(erase.Header.Get("Location") + "?lang=en"); !strings.Contains(got.body, "class=\"state\"") {
			t.Errorf("the request does not tell its state: %s", got.Status)
		}
		if got := other.get("/privacy/me.json"); !strings.Contains(got.body, "linde") {
			t.Error("the other visitor's data is gone too")
		}
		h.clock.Advance(retain.Spread) // where several nodes serve, everything is asked once more
		h.settle()
		h.wantLeaf("erasure.done")
		// Revoked for the future only: the site goes on, nothing is counted.
		if page := b.get("/"); page.StatusCode != http.StatusOK || page.asks() || strings.Contains(page.body, "data-collect") {
			t.Errorf("after the erasure: %s", page.Status)
		}
		h.clock.Advance(time.Second)
		h.audit("after the erasure")
		h.verifyLedger()
	})
}
