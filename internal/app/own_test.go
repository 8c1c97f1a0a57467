package app

import (
	"html"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kept/internal/duty/notice"
)

// on runs f under the policies of systems: under the first on each database,
// under the others, which run the same code, on one.
func on(t *testing.T, systems []string, f func(t *testing.T, h *house), prepare ...func(h *house)) {
	t.Helper()
	for i, system := range systems {
		t.Run(system, func(t *testing.T) {
			prepare := append([]func(h *house){under(system)}, prepare...)
			if i == 0 {
				each(t, f, prepare...)
				return
			}
			f(t, solo(t, prepare...))
		})
	}
}

// pages are the addresses of the site's own pages.
func (h *house) pages() (found []string) {
	h.t.Helper()
	for _, pattern := range []string{"*.html", "*/*.html"} {
		files, err := filepath.Glob(filepath.Join(h.config.Site, pattern))
		fatal(h.t, err)
		for _, f := range files {
			path, err := filepath.Rel(h.config.Site, f)
			fatal(h.t, err)
			found = append(found, "/"+strings.TrimSuffix(filepath.ToSlash(path), "index.html"))
		}
	}
	if len(found) == 0 {
		h.t.Fatal("the site has no pages")
	}
	return found
}

// A product site's film and map stay away until they are accepted; nothing is
// stored before.
func TestPromise_MC05_MC19_FilmAndMapOfTheProductSiteWait(t *testing.T) {
	const film, chart = "player.streams.example", "tiles.charthouse.example"
	h := solo(t, under("m365connect"))
	b := h.browser()
	for page, host := range map[string]string{"/": film, "/kontakt.html": chart} {
		got := b.get(page)
		if strings.Contains(got.body, `src="https://`+host) || strings.Contains(got.Header.Get("Content-Security-Policy"), host) || len(got.Cookies()) > 0 {
			t.Errorf("%s loads from %s, or stores something, before the choice", page, host)
		}
		if !strings.Contains(got.body, `form="kept-choice" name="once"`) {
			t.Errorf("%s shows nothing in its place", page)
		}
	}
	b.choose("accept")
	for page, host := range map[string]string{"/": film, "/kontakt.html": chart} {
		if got := b.get(page); !strings.Contains(got.body, `src="https://`+host) || !strings.Contains(got.Header.Get("Content-Security-Policy"), host) {
			t.Errorf("%s does not load from %s after the acceptance", page, host)
		}
	}
	less := solo(t, under("m365connect"), without("video", "video")).browser()
	less.choose("accept")
	if got := less.get("/"); strings.Contains(got.body, `src="https://`+film) || strings.Contains(got.Header.Get("Content-Security-Policy"), film) {
		t.Error("a film that no entry declares loads")
	}
}

// Every cookie that a policy declares is shown with the settings: its name, who
// sets it, what for, how long, in which group.
func TestPromise_MC08_MA10_EveryDeclaredCookieIsShown(t *testing.T) {
	for system, effect := range map[string]string{"m365connect": "data-collect", "mailissa": `href="https://fonts.letterworks.example`} {
		h := solo(t, under(system))
		b := h.browser()
		for _, lang := range []string{"de", "en"} {
			page := b.get("/privacy/settings?lang=" + lang).body
			table := notice.Cookies(h.InForce.Now(), lang)
			if len(table) < 5 {
				t.Fatalf("%s declares %d cookies", system, len(table))
			}
			for _, c := range table {
				row := between(page, "<code>"+c.Name+"</code>", "</tr>")
				for _, want := range []string{c.Provider, c.Purpose, c.Lifetime, c.Group} {
					if want == "" || !strings.Contains(row, want) {
						t.Errorf("%s, %s: %q is not said of %s: %s", system, lang, want, c.Name, row)
					}
				}
			}
		}
		// Viewed and changed at any time.
		for _, choice := range []string{"accept", "refuse", "accept"} {
			b.choose(choice, "source", "settings")
			if page := b.get("/"); strings.Contains(page.body, effect) != (choice == "accept") {
				t.Errorf("%s: after %s the settings have no effect", system, choice)
			}
		}
	}
	for system, gone := range map[string]string{"m365connect": "stream_session", "mailissa": "basket"} {
		prepare := without("video", "video")
		if system == "mailissa" {
			prepare = with("  - {name: basket, session: true, purpose: {de: hält das gewählte Abonnement bis zum Kauf, en: holds the chosen subscription until it is bought}}\n", "")
		}
		if page := solo(t, under(system), prepare).browser().get("/privacy/settings?lang=de").body; strings.Contains(page, gone) {
			t.Errorf("%s: a cookie that no entry declares is shown", system)
		}
	}
}

// The notice is there in German; a new text gets a new version, and the one that
// receipts name stays readable.
func TestPromise_CS14_EarlierVersionsStayReadable(t *testing.T) {
	h := solo(t, under("contactsync"))
	b := h.browser()
	now := b.get("/privacy?lang=de")
	if !strings.Contains(now.body, "Fassung vom 1.\u00a0November 2025") && !strings.Contains(now.body, "Fassung vom 1. November 2025") {
		t.Error("the German notice bears no version")
	}
	earlier := b.shown()
	h.clock.Advance(time.Second)
	h.edit("version: 2025-11-01", "version: 2026-11-02")
	h.edit("phone: +49 7071 000000", "phone: +49 7071 111111")
	fatal(t, h.Reload(t.Context()))
	later := b.shown()
	if later == earlier {
		t.Fatal("another text has the same hash")
	}
	for hash, phone := range map[string]string{earlier: "7071 000000", later: "7071 111111"} {
		if got := b.get("/privacy/notice/" + hash); got.StatusCode != http.StatusOK || !strings.Contains(got.body, phone) {
			t.Errorf("version %.8s: %s", hash, got.Status)
		}
		if list := b.get("/privacy/versions?lang=de").body; !strings.Contains(list, hash) {
			t.Errorf("version %.8s is not listed", hash)
		}
	}
	// Published in no other language than the policy names.
	only := solo(t, under("contactsync"), with("languages: [de, en]", "languages: [en]")).browser()
	if got := only.get("/privacy?lang=de"); strings.Contains(got.body, "Datenschutzerklärung") {
		t.Error("the notice is in German, which the policy does not name")
	}
}

// Log files go after one year at the latest.
func TestPromise_CS10_LogFilesGoAfterAYear(t *testing.T) {
	f := func(t *testing.T, h *house) {
		h.knock()
		h.live(begin.AddDate(1, 0, -1), 8*week)
		if n := len(h.logged()); n != 1 {
			t.Errorf("a day before the year is over there are %d entries", n)
		}
		h.live(begin.AddDate(1, 0, 1), 12*time.Hour)
		if n := len(h.logged()); n != 0 {
			t.Errorf("after the year there are %d entries", n)
		}
		h.audit("after the year")
	}
	on(t, []string{"contactsync"}, f, patient)
	longer := solo(t, under("contactsync"), with("      - {data: ip_address, from: collection, keep: 7 days, then: anonymise}\n      - {from: collection, keep: 1 year, then: delete}",
		"      - {data: ip_address, from: collection, keep: 7 days, then: anonymise}\n      - {from: collection, keep: 2 years, then: delete, reason: {de: Probe, en: test}}"), patient)
	longer.knock()
	longer.live(begin.AddDate(1, 0, 1), 8*week)
	if n := len(longer.logged()); n != 1 {
		t.Errorf("another rule, the same end: %d entries", n)
	}
}

// Reports on what happens on the site, and on what campaigns led to.
func TestPromise_AH11_ReportsOnActivityAndCampaigns(t *testing.T) {
	report := func(h *house) string {
		b := h.browser()
		b.choose("accept")
		b.view("/leistungen.html?utm_campaign=fruehling", map[string]any{"t": "search", "x": "linde"})
		h.settle()
		h.clock.Advance(time.Hour)
		return h.owner().get(h.ConsoleURL() + "/visits?lang=en").body
	}
	got := report(solo(t))
	for _, want := range []string{"/leistungen.html", "fruehling", "linde"} {
		if !strings.Contains(got, want) {
			t.Errorf("the report does not show %q", want)
		}
	}
	if got := report(solo(t, with("download, campaign,", "download,"))); strings.Contains(got, "fruehling") || !strings.Contains(got, "/leistungen.html") {
		t.Error("a campaign that is not declared is reported, or activity is not")
	}
	none := solo(t, without("analytics"))
	if got := none.owner().get(none.ConsoleURL() + "/visits?lang=en").body; strings.Contains(got, "leistungen") {
		t.Error("without an entry there is a report")
	}
}

// The map lies in a country without a safeguard: it loads only once the risk was
// shown where one is asked, and one agreed.
func TestPromise_MC21_TheMapLoadsAfterItsRiskWasExplained(t *testing.T) {
	const host = "tiles.charthouse.example"
	risk := map[string]string{"de": "In den USA können Behörden auf die Daten zugreifen", "en": "In the USA authorities can access the data"}
	h := solo(t, under("m365connect"))
	b := h.browser()
	loads := func() bool {
		got := b.get("/kontakt.html")
		return strings.Contains(got.body, `src="https://`+host) || strings.Contains(got.Header.Get("Content-Security-Policy"), host)
	}
	if loads() {
		t.Error("the map loads before the choice")
	}
	for lang, words := range risk {
		if page := b.get("/privacy/settings?lang=" + lang).body; !strings.Contains(page, words) {
			t.Errorf("%s: the settings do not explain the risk", lang)
		}
	}
	if page := html.UnescapeString(b.get("/kontakt.html").body); !strings.Contains(page, risk["de"]) {
		t.Error("neither the banner nor the placeholder explains the risk")
	}
	if b.choose("accept"); !loads() {
		t.Error("accepted, the map does not load")
	}
	// Without the explanation, or without anything that allows it, the policy does not
	// come into force.
	const explained = `        risk:
          de: In den USA können Behörden auf die Daten zugreifen, ohne dass Sie sich dagegen wirksam wehren können; ein gleichwertiger Schutz ist nicht zugesichert.
          en: In the USA authorities can access the data without an effective remedy for you; an equivalent protection is not assured.
`
	for _, gone := range []string{explained, "    transfers:\n      - to: US\n        safeguard: explicit-consent\n" + explained} {
		other := solo(t, under("m365connect"))
		other.edit(gone, "")
		if err := other.Reload(t.Context()); err == nil {
			t.Errorf("in force without\n%s", gone)
		}
	}
}
