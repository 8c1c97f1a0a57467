package center_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"kept/internal/duty/rights"
	"kept/internal/policy"
)

// visitor is a browser that agreed to everything and has been on the site.
func (b *bench) visitor(path string) *browser {
	b.t.Helper()
	br := b.browser()
	br.post("/privacy/choice", form("choice", "accept"))
	if a := br.visit(sent{T: "page_view", U: path, R: "https://suche.example", L: "de-DE", W: 1440, H: 900}, sent{T: "scroll", U: path, X: "90"}); a.StatusCode != http.StatusNoContent {
		b.t.Fatalf("events: %s %s", a.Status, a.body)
	}
	return br
}

func TestPromise_MC28_TheBrowserSeesDownloadsAndErasesWhatItStandsFor(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	br, stranger := b.visitor("/leistungen"), b.browser()

	if page := stranger.get("/privacy/me?lang=de"); strings.Contains(page.body, "/leistungen") || !strings.Contains(page.body, "Unter diesem Browser ist nichts gespeichert") {
		t.Error("a stranger's page shows what another browser stands for, or does not say that nothing is held")
	}
	page := br.get("/privacy/me?lang=de")
	for _, want := range []string{"<h2>Besuchsstatistik</h2>", "<h2>Einwilligung</h2>", "<th scope=\"col\">Was geschah</th>", "Seite geöffnet", "Zum Ende gescrollt", "<dt>Besuchte Seiten</dt><dd>/leistungen</dd>", "suche.example", "<dt>Eingewilligt in</dt>", `<a href="/privacy/receipts/`, `<a href="/privacy/notice/`, "<summary>Technische Angaben</summary>", "1.\u00a0Juni 2026, 14:00\u00a0Uhr (MESZ)", `href="/privacy/me.json?lang=de"`, `href="/privacy/me.html?lang=de"`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("my data lacks %s", want)
		}
	}
	var held rights.Copy
	file := br.get("/privacy/me.json")
	must(t, json.Unmarshal([]byte(file.body), &held))
	if !strings.Contains(file.body, "2026-06-01T12:00:0") {
		t.Error("a program does not read UTC")
	}
	if held.Nothing || !strings.Contains(file.body, "/leistungen") || file.Header.Get("Content-Disposition") != "attachment" || file.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("download: %v %s", file.Header, file.body)
	}
	if file := br.get("/privacy/me.html?lang=en"); file.StatusCode != http.StatusOK || !strings.Contains(file.body, "/leistungen") || !strings.Contains(file.body, "1\u00a0June 2026, 14:00\u00a0CEST") || strings.Count(file.body, "<html") != 1 {
		t.Errorf("readable download: %s", file.Status)
	}

	step := br.get("/privacy/me/erase?lang=de")
	for _, want := range []string{"Das wird gelöscht", "<li>Besuchsstatistik: ", "Das bleibt", "<li>Einwilligung: ", `<form method="post" action="/privacy/me/erase">`} {
		if !strings.Contains(step.body, want) {
			t.Errorf("the first step lacks %s", want)
		}
	}
	if page := br.get("/privacy/me"); !strings.Contains(page.body, "/leistungen") {
		t.Fatal("the first step already erased")
	}
	done := br.post("/privacy/me/erase", form("lang", "de"))
	if done.StatusCode != http.StatusSeeOther {
		t.Fatalf("erasing answers %s %s", done.Status, done.body)
	}
	b.work()
	if groups, _, _, known := br.state(); len(groups) > 0 || !known {
		t.Errorf("the consent outlives the erasure: %v, known %v", groups, known)
	}
	if page := br.get("/privacy/me?lang=de"); strings.Contains(page.body, "/leistungen") {
		t.Error("after the erasure the data is still shown")
	}
	state := stranger.get(done.Header.Get("Location"))
	if !strings.Contains(state.body, "<b>Erledigt.</b>") || !strings.Contains(state.body, "Das bleibt") {
		t.Errorf("the state of the request: %s", state.body)
	}
}

func TestPromise_MC29_ObjectingAndRestricting(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	br := b.visitor("/")
	for _, c := range []struct {
		path   string
		form   []string
		status int
	}{
		{"/privacy/me/object", []string{"activity", "access-log"}, 303},
		{"/privacy/me/object", []string{"activity", "analytics"}, 400},
		{"/privacy/me/object", []string{"activity", "nothing"}, 404},
		{"/privacy/me/restrict", []string{"reason", " Das stimmt nicht. "}, 303},
		{"/privacy/me/restrict", []string{"reason", "  "}, 400},
		{"/privacy/me/restrict", []string{"reason", strings.Repeat("ä", 1001)}, 400},
	} {
		if a := br.post(c.path, form(c.form...)); a.StatusCode != c.status {
			t.Errorf("%s %.20q: %s, want %d", c.path, c.form, a.Status, c.status)
		}
	}
	if page := br.get("/privacy/me"); !strings.Contains(page.body, `action="/privacy/me/lift"`) {
		t.Error("a restricted person is not offered to lift the restriction")
	}
	if a := br.post("/privacy/me/lift", form()); a.StatusCode != http.StatusSeeOther {
		t.Errorf("lifting: %s", a.Status)
	}
	if page := br.get("/privacy/me"); strings.Contains(page.body, `action="/privacy/me/lift"`) {
		t.Error("a lifted restriction is still shown")
	}
}

func TestAnObjectionIsOfferedWhereItApplies(t *testing.T) {
	p := load(t, agencyPolicy)
	b := open(t, p)
	br := b.visitor("/")
	if page := br.get("/privacy/me"); strings.Contains(page.body, `action="/privacy/me/object"`) {
		t.Error("an objection is offered against what rests on consent or law")
	}
	p.Activity("analytics").Basis = policy.LegitimateInterests
	if page := br.get("/privacy/me"); strings.Count(page.body, `action="/privacy/me/object"`) != 1 || !strings.Contains(page.body, `name="activity" value="analytics"`) {
		t.Error("no objection is offered against what rests on an interest")
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
	forged := b.browser()
	forged.header.Set("Cookie", "kept_visitor=AAAA; kept_choice=AAAA")
	page := forged.get("/privacy/me?lang=en")
	if !strings.Contains(page.body, "Nothing is stored under this browser") {
		t.Error("forged cookies lead somewhere")
	}
	var held rights.Copy
	must(t, json.Unmarshal([]byte(forged.get("/privacy/me.json").body), &held))
	if !held.Nothing {
		t.Error("the copy does not say that nothing is held")
	}
}

func TestReceiptsAreTheBrowsersOwn(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	br, stranger := b.browser(), b.browser()
	br.post("/privacy/choice", form("choice", "save", "group", "media"))
	br.post("/privacy/choice", form("choice", "accept"))
	stranger.post("/privacy/choice", form("choice", "accept"))
	page := br.get("/privacy/receipts?lang=en")
	if !strings.Contains(page.body, "14:00\u00a0CEST") {
		t.Errorf("not the controller's time: %s", page.body)
	}
	_, rest, _ := strings.Cut(page.body, `href="/privacy/receipts/`)
	id, _, found := strings.Cut(rest, `"`)
	if !found || !strings.Contains(page.body, ">applies<") || !strings.Contains(page.body, "replaced on") || strings.Count(page.body, "Download receipt") != 2 {
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
	br := b.visitor("/" + hostile)
	a := br.visit(sent{T: "page_view", U: hostile, R: hostile, C: hostile}, sent{T: "search", U: "/", X: hostile}, sent{T: "video", U: "/", X: hostile},
		sent{T: "download", U: "/", X: hostile}, sent{T: "outbound", U: "/", X: "https://x.example/" + hostile})
	if a.StatusCode != http.StatusNoContent {
		t.Fatalf("events: %s", a.Status)
	}
	if a := br.post("/privacy/me/restrict", form("reason", hostile)); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("restriction: %s", a.Status)
	}
	page := br.get("/privacy/me")
	if !strings.Contains(page.body, "&lt;script&gt;") {
		t.Fatal("nothing hostile was stored; this test shows nothing")
	}
	for _, path := range []string{"/privacy/me", "/privacy/me.html", "/privacy/me.json", "/privacy/me/erase", "/privacy/me?lang=" + "%22%3E%3Cscript%3E&back=/%22%3E%3Cscript%3E", "/privacy/notice/%22%3E%3Cscript%3E", "/privacy/receipts/%3Cscript%3E"} {
		if a := br.get(path); strings.Contains(a.body, "<script") || strings.Contains(a.body, "<img") {
			t.Errorf("%s carries markup that came from outside", path)
		}
	}
	if s := b.Snippet(`"><script>`, b.consent.State(&http.Request{Header: http.Header{}}), `/"><script>alert(1)</script>`); strings.Contains(s.Body, "<script") {
		t.Error("the banner carries markup from the page's address")
	}
}
