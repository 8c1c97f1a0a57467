package center_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"kept/internal/duty/rights"
)

// known is a browser that holds a pseudonym.
func (b *bench) known() *browser {
	br := b.browser()
	br.header.Set("Cookie", "kept_visitor=1")
	return br
}

func TestPromise_MC28_TheBrowserSeesDownloadsAndErasesWhatItStandsFor(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	b.rights.remembers("/leistungen", "https://suche.example/")
	stranger, br := b.browser(), b.known()

	if page := stranger.get("/privacy/me?lang=de"); strings.Contains(page.body, "/leistungen") || !strings.Contains(page.body, "Unter diesem Browser ist nichts gespeichert") {
		t.Error("a stranger's page shows what another browser stands for, or does not say that nothing is held")
	}
	page := br.get("/privacy/me?lang=de")
	for _, want := range []string{"Besuchsstatistik", "2 Einträge.", "<th scope=\"col\">zuvor besuchte Website</th>", "<td>https://suche.example/</td>", "1.\u00a0Juni 2026, 12:00\u00a0Uhr (UTC)", `href="/privacy/me.json?lang=de"`, `href="/privacy/me.html?lang=de"`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("my data lacks %s", want)
		}
	}
	var held rights.Copy
	file := br.get("/privacy/me.json")
	must(t, json.Unmarshal([]byte(file.body), &held))
	if len(held.Activities) != 2 || file.Header.Get("Content-Disposition") != "attachment" || file.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("download: %d activities, %v", len(held.Activities), file.Header)
	}
	if file := br.get("/privacy/me.html?lang=en"); file.StatusCode != http.StatusOK || !strings.Contains(file.body, "/leistungen") {
		t.Errorf("readable download: %s", file.Status)
	}

	step := br.get("/privacy/me/erase?lang=de")
	for _, want := range []string{"Besuchsstatistik: 1.200 Einträge.", "Einwilligung: Ein Eintrag. Grund: der Nachweis oder die Abwehr von Ansprüchen. Es wird gelöscht am 1.\u00a0Juni 2029.", `<form method="post" action="/privacy/me/erase">`} {
		if !strings.Contains(step.body, want) {
			t.Errorf("the first step lacks %s", want)
		}
	}
	if len(b.rights.asked) > 0 {
		t.Fatalf("the first step already did %v", b.rights.asked)
	}
	done := br.post("/privacy/me/erase", form("lang", "de"))
	if done.StatusCode != http.StatusSeeOther || !slices.Equal(b.rights.asked, []string{"erase visitor-1"}) {
		t.Fatalf("erasing answers %s and asks for %v", done.Status, b.rights.asked)
	}
	if page := stranger.get(done.Header.Get("Location")); !strings.Contains(page.body, "Der Antrag wird gerade ausgeführt.") || !strings.Contains(page.body, "1.\u00a0Juni 2029") {
		t.Errorf("the state of the request: %s", page.body)
	}
}

func TestErasingEndsTheConsent(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	br := b.browser()
	br.post("/privacy/choice", form("choice", "accept"))
	a := br.post("/privacy/me/erase", nil)
	if groups, _, _, known := br.state(); a.StatusCode != http.StatusSeeOther || len(groups) > 0 || !known {
		t.Errorf("after erasing: %s, groups %v, known %v", a.Status, groups, known)
	}
	if len(b.rights.asked) != 1 {
		t.Errorf("asked %v", b.rights.asked)
	}
}

func TestPromise_MC29_ObjectingAndRestricting(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	b.rights.remembers("/", "")
	br := b.known()
	page := br.get("/privacy/me?lang=en")
	if strings.Count(page.body, `action="/privacy/me/object"`) != 1 || !strings.Contains(page.body, `name="activity" value="access-log"`) {
		t.Error("an objection is offered for what rests on an interest, and for that alone")
	}
	for _, c := range []struct {
		path   string
		form   []string
		status int
	}{
		{"/privacy/me/object", []string{"activity", "access-log"}, 303},
		{"/privacy/me/object", []string{"activity", "analytics"}, 400},
		{"/privacy/me/restrict", []string{"reason", " Das stimmt nicht. "}, 303},
		{"/privacy/me/restrict", []string{"reason", "  "}, 400},
		{"/privacy/me/restrict", []string{"reason", strings.Repeat("ä", 1001)}, 400},
		{"/privacy/me/lift", nil, 303},
	} {
		if a := br.post(c.path, form(c.form...)); a.StatusCode != c.status {
			t.Errorf("%s %.20q: %s, want %d", c.path, c.form, a.Status, c.status)
		}
	}
	want := []string{"object visitor-1 access-log", "restrict visitor-1 Das stimmt nicht.", "lift visitor-1"}
	if !slices.Equal(b.rights.asked, want) {
		t.Errorf("asked %q, want %q", b.rights.asked, want)
	}
	if page := br.get("/privacy/me"); !strings.Contains(page.body, `action="/privacy/me/lift"`) {
		t.Error("a restricted person is not offered to lift the restriction")
	}
}

func TestAStrangerGetsTheSameAnswers(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	for path, f := range map[string][]string{"/privacy/me/object": {"activity", "access-log"}, "/privacy/me/restrict": {"reason", "x"}, "/privacy/me/lift": nil, "/privacy/me/erase": nil} {
		if a := b.browser().post(path, form(f...)); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/privacy/me" {
			t.Errorf("%s: %s to %s", path, a.Status, a.Header.Get("Location"))
		}
	}
	for _, path := range []string{"/privacy/me/requests/unknown", "/privacy/me/requests/" + strings.Repeat("a~", 20), "/privacy/receipts/unknown"} {
		if a := b.browser().get(path); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
	if len(b.rights.asked) > 0 {
		t.Errorf("asked %v", b.rights.asked)
	}
}

func TestReceiptsAreTheBrowsersOwn(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	br, stranger := b.browser(), b.browser()
	br.post("/privacy/choice", form("choice", "save", "group", "media"))
	br.post("/privacy/choice", form("choice", "accept"))
	stranger.post("/privacy/choice", form("choice", "accept"))
	page := br.get("/privacy/receipts?lang=en")
	_, rest, _ := strings.Cut(page.body, `href="/privacy/receipts/`)
	id, _, found := strings.Cut(rest, `"`)
	if !found || !strings.Contains(page.body, "stands") || !strings.Contains(page.body, "replaced on") || strings.Count(page.body, "Download receipt") != 2 {
		t.Fatalf("receipts: %s", page.body)
	}
	file := br.get("/privacy/receipts/" + id)
	if file.StatusCode != http.StatusOK || !json.Valid([]byte(file.body)) || file.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("receipt: %s %v", file.Status, file.Header)
	}
	if a := stranger.get("/privacy/receipts/" + id); a.StatusCode != http.StatusNotFound {
		t.Errorf("a stranger gets the receipt: %s", a.Status)
	}
}

// hostile is what a visitor can make a browser send; wherever it ends up it has
// to stay text.
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'{{.}}` + "\u202e=cmd|' /C calc'!A0"

func TestHostileDataStaysText(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	b.rights.remembers(hostile, hostile)
	b.rights.goes[0].Activity = hostile
	b.rights.stays[0].Text = rights.Words{"de": hostile}
	br := b.known()
	for _, path := range []string{"/privacy/me", "/privacy/me.html", "/privacy/me/erase", "/privacy/me?lang=" + "%22%3E%3Cscript%3E&back=/%22%3E%3Cscript%3E", "/privacy/notice/%22%3E%3Cscript%3E", "/privacy/receipts/%3Cscript%3E"} {
		if a := br.get(path); strings.Contains(a.body, "<script") || strings.Contains(a.body, "<img") {
			t.Errorf("%s carries markup that came from outside", path)
		}
	}
	if s := b.Snippet(`"><script>`, b.consent.State(&http.Request{Header: http.Header{}}), `/"><script>alert(1)</script>`); strings.Contains(s.Body, "<script") {
		t.Error("the banner carries markup from the page's address")
	}
}
