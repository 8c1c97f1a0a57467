package center_test

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
)

const agencyPolicy = "testdata/agency.yaml"

func form(pairs ...string) url.Values {
	f := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	return f
}

// state is what the consent room reads from the browser's cookies.
func (br *browser) state() (groups, services, without []string, known bool) {
	br.t.Helper()
	r, err := http.NewRequest(http.MethodGet, br.server.URL, nil)
	must(br.t, err)
	for name, value := range br.cookies() {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	st := br.consent.State(r)
	return st.Groups, st.Services, st.Without, st.Known
}

func TestPromise_MC05_NothingIsStoredBeforeTheDecisionAndTheBannerAsks(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	br := b.browser()
	page := br.get("/")
	for _, path := range []string{"/privacy", "/privacy/settings", "/privacy/me", "/privacy/receipts", "/privacy/kept.js", "/privacy/banner.html"} {
		br.get(path)
	}
	if c := br.cookies(); len(c) > 0 {
		t.Errorf("cookies before the decision: %v", c)
	}
	for _, want := range []string{`name="choice" value="accept"`, `name="choice" value="refuse"`, "<summary>Auswählen</summary>", `action="/privacy/choice"`, `name="group" value="statistics"`, `name="service" value="video"`} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the banner lacks %s", want)
		}
	}
	if strings.Contains(page.body, " checked") || strings.Contains(page.body, "data-collect") {
		t.Error("the banner presumes an answer")
	}
}

func TestChoiceWithoutJavaScript(t *testing.T) {
	for _, c := range []struct {
		name                      string
		form                      url.Values
		groups, services, without []string
	}{
		{"accept", form("choice", "accept"), []string{"comfort", "marketing", "media", "statistics"}, nil, nil},
		{"refuse", form("choice", "refuse"), nil, nil, nil},
		{"a group", form("choice", "save", "group", "media"), []string{"media"}, nil, nil},
		{"a group and its services, as ticked in the banner", form("choice", "save", "group", "media", "service", "video", "service", "map"), []string{"media"}, nil, nil},
		{"a service alone", form("choice", "save", "service", "video"), nil, []string{"video"}, nil},
		{"a group without a service that was shown ticked", form("choice", "save", "group", "media", "service", "map", "listed", "map", "listed", "video"), []string{"media"}, nil, []string{"video"}},
		{"nothing ticked is a refusal", form("choice", "save"), nil, nil, nil},
		{"always allow at a placeholder", form("allow", "video", "source", "placeholder"), nil, []string{"video"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := open(t, load(t, agencyPolicy))
			br := b.browser()
			c.form.Set("back", "/leistungen?a=1")
			a := br.post("/privacy/choice", c.form)
			if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/leistungen?a=1" {
				t.Fatalf("answer %s to %q", a.Status, a.Header.Get("Location"))
			}
			groups, services, without, _ := br.state()
			if !slices.Equal(groups, c.groups) || !slices.Equal(services, c.services) || !slices.Equal(without, c.without) {
				t.Errorf("groups %v, services %v, without %v; want %v, %v, %v", groups, services, without, c.groups, c.services, c.without)
			}
			if a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("Clear-Site-Data") != "" {
				t.Errorf("headers %v", a.Header)
			}
		})
	}
}

func TestTheBannerGoesOnceDecidedAndTheButtonStays(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	for _, choice := range []string{"accept", "refuse"} {
		br := b.browser()
		br.post("/privacy/choice", form("choice", choice))
		page := br.get("/seite?x=%22%3E%3Cb%3E")
		if strings.Contains(page.body, "<form") || !strings.Contains(page.body, `<a href="/privacy/settings?lang=de&amp;back=%2Fseite%3Fx%3D%2522%253E%253Cb%253E">Datenschutz</a>`) {
			t.Errorf("after %s the page carries %s", choice, page.body[strings.Index(page.body, `<div id="kept"`):])
		}
		if counted := strings.Contains(page.body, `data-collect="/privacy/events"`); counted != (choice == "accept") {
			t.Errorf("after %s the page counts: %v", choice, counted)
		}
		if names := `data-search="q s search suche"`; choice == "accept" && !strings.Contains(page.body, names) {
			t.Errorf("the page lacks %s", names)
		}
	}
}

func TestPromise_MC06_WithdrawingIsOneButtonLikeAccepting(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	br := b.browser()
	before := br.get("/privacy/settings?lang=de").body
	br.post("/privacy/choice", form("choice", "accept", "source", "settings"))
	after := br.get("/privacy/settings?lang=de").body
	accept, refuse := `<button name="choice" value="accept">Alles annehmen</button>`, `<button name="choice" value="refuse">`
	if !strings.Contains(before, accept+refuse+"Alles ablehnen</button>") || !strings.Contains(after, accept+refuse+"Einwilligung widerrufen</button>") {
		t.Error("the settings do not offer both with one button each, side by side")
	}
	withCookies := br.do(request(t, br, "/privacy/choice", form("choice", "refuse", "source", "settings", "back", "/x"), "measure_id=1; essential=1; reach_id=2"))
	if withCookies.StatusCode != http.StatusOK || !strings.Contains(withCookies.body, "Ihre Einwilligung ist widerrufen") || !strings.Contains(withCookies.body, `href="data:application/json;base64,`) {
		t.Errorf("withdrawal answers %s %s", withCookies.Status, withCookies.body)
	}
	if got := withCookies.Header.Get("Clear-Site-Data"); got != `"cache"` {
		t.Errorf("Clear-Site-Data: %s", got)
	}
	var cleared []string
	for _, c := range withCookies.Cookies() {
		if c.MaxAge < 0 {
			cleared = append(cleared, c.Name)
		}
	}
	if !slices.Equal(cleared, []string{"measure_id", "reach_id"}) {
		t.Errorf("cleared %v", cleared)
	}
	if groups, _, _, known := br.state(); len(groups) > 0 || !known {
		t.Errorf("after the withdrawal: %v, known %v", groups, known)
	}
	if page := br.get("/"); strings.Contains(page.body, "data-collect") {
		t.Error("the page still counts")
	}
}

// request is a POST with cookies beside those of the jar.
func request(t *testing.T, br *browser, path string, f url.Values, cookies string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, br.server.URL+path, strings.NewReader(f.Encode()))
	must(t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", cookies)
	return r
}

func TestAHostileBackPathLeadsHome(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	for _, to := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "javascript:alert(1)", "/a\r\nX: y"} {
		a := b.browser().post("/privacy/choice", form("choice", "refuse", "back", to))
		if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/" {
			t.Errorf("back=%q leads to %q (%s)", to, a.Header.Get("Location"), a.Status)
		}
		if page := b.browser().get("/privacy/settings?back=" + url.QueryEscape(to)); strings.Contains(page.body, "evil") || strings.Contains(page.body, "javascript:") {
			t.Errorf("back=%q reaches the page", to)
		}
	}
}

func TestOnceLoadsOneServiceAndDecidesNothing(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	br := b.browser()
	a := br.post("/privacy/choice", form("once", "video", "source", "placeholder", "back", "/film"))
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/film" {
		t.Fatalf("answer %s", a.Status)
	}
	if _, _, _, known := br.state(); known {
		t.Error("loading once counts as a decision")
	}
	if page := br.get("/film"); !strings.Contains(page.body, `data-allowed="video"`) || strings.Contains(page.body, "data-collect") {
		t.Error("the page does not load the one service")
	}
	for _, s := range []string{"", "nothing", "statistics"} {
		if a := br.post("/privacy/choice", form("once", s)); a.StatusCode != http.StatusBadRequest {
			t.Errorf("once for %q: %s", s, a.Status)
		}
	}
}

func TestBrokenChoicesStoreNothing(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	for name, f := range map[string]url.Values{
		"none":               form(),
		"unknown":            form("choice", "yes"),
		"unknown group":      form("choice", "save", "group", "everything"),
		"unknown service":    form("choice", "save", "service", "x"),
		"allow nothing":      form("allow", "x", "source", "placeholder"),
		"a text not shown":   form("choice", "accept", "notice", strings.Repeat("0", 64)),
		"not UTF-8":          form("choice", "save", "group", "\xff\xfe"),
		"more than a choice": form("choice", "save", "group", strings.Repeat("a", 20<<10)),
	} {
		br := b.browser()
		a := br.post("/privacy/choice", f)
		if a.StatusCode < 400 || a.StatusCode >= 500 {
			t.Errorf("%s: %s", name, a.Status)
		}
		if len(br.cookies()) > 0 {
			t.Errorf("%s: cookies %v", name, br.cookies())
		}
	}
}

// What is no form says nothing: taken for an empty one, it would erase what a
// browser stands for.
func TestWhatIsNoFormIsRefusedOnEveryPage(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	for _, path := range []string{"/privacy/choice", "/privacy/me/erase", "/privacy/me/object", "/privacy/me/restrict", "/privacy/me/lift"} {
		for _, body := range []struct{ kind, text string }{
			{"application/json", strings.Repeat("[", 8000) + strings.Repeat("]", 8000)},
			{"multipart/form-data; boundary=x", "--x\r\nfoo"},
			{"text/plain", "choice=refuse"},
			{"", "choice=refuse"},
		} {
			br := b.browser()
			r, err := http.NewRequest(http.MethodPost, br.server.URL+path, strings.NewReader(body.text))
			must(t, err)
			r.Header.Set("Content-Type", body.kind)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			if a := br.do(r); a.StatusCode < 400 || a.StatusCode >= 500 {
				t.Errorf("%s with %q: %s", path, body.kind, a.Status)
			}
			if len(br.cookies()) > 0 {
				t.Errorf("%s with %q: cookies %v", path, body.kind, br.cookies())
			}
		}
	}
}

func TestNobodyAcceptsATextThatWasNotShown(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	old := b.browser().shown()
	changed, err := os.ReadFile(agencyPolicy)
	must(t, err)
	b.policy = loadSource(t, bytes.Replace(changed, []byte("purpose: analytics.reporting"), []byte("purpose: analytics.reporting.campaign_insights"), 1))
	b.publish(b.policy)
	for name, f := range map[string]url.Values{
		"accept": form("choice", "accept"), "save": form("choice", "save", "group", "statistics"), "allow": form("allow", "video", "source", "placeholder"),
	} {
		for _, notice := range []string{"", old} {
			br := b.browser()
			f.Set("notice", notice)
			f.Set("back", "/film?x=1&y=2")
			a := br.post("/privacy/choice", f)
			if a.StatusCode != http.StatusConflict || !strings.Contains(a.body, "Der Text hat sich geändert") || !strings.Contains(a.body, `<a href="/film?x=1&amp;y=2">Noch einmal ansehen</a>`) {
				t.Errorf("%s under %q: %s %s", name, notice, a.Status, a.body)
			}
			if len(br.cookies()) > 0 {
				t.Errorf("%s under %q is remembered: %v", name, notice, br.cookies())
			}
		}
	}
	a := b.browser().post("/privacy/choice", form("choice", "accept", "notice", "", "source", "settings", "lang", "en"))
	if !strings.Contains(a.body, `<a href="/privacy/settings?lang=en">Look at it again</a>`) {
		t.Errorf("from the settings: %s %s", a.Status, a.body)
	}
	br := b.browser()
	br.post("/privacy/choice", form("choice", "accept"))
	for _, f := range []url.Values{form("choice", "refuse", "notice", ""), form("choice", "save", "notice", old), form("once", "video", "notice", "")} {
		if a := br.post("/privacy/choice", f); a.StatusCode != http.StatusSeeOther {
			t.Errorf("%v needs a text: %s", f, a.Status)
		}
	}
	if groups, _, _, known := br.state(); len(groups) > 0 || !known {
		t.Errorf("after the withdrawal: %v, known %v", groups, known)
	}
}

func TestOnlyDeclaredOriginsChoose(t *testing.T) {
	b := open(t, load(t, agencyPolicy), "https://www.site.example")
	for origin, allowed := range map[string]bool{"https://www.site.example": true, "https://evil.example": false, "null": false, "http://www.site.example": false} {
		br := b.browser()
		br.header.Set("Origin", origin)
		br.header.Set("Sec-Fetch-Site", "cross-site")
		ask := br.get("/privacy/banner.html?lang=en")
		a := br.do(request(t, br, "/privacy/choice", form("choice", "accept", "notice", br.shown()), ""))
		if (a.StatusCode == http.StatusSeeOther) != allowed || len(br.cookies()) > 0 != allowed {
			t.Errorf("%s: %s, cookies %v", origin, a.Status, br.cookies())
		}
		for _, answer := range []answer{ask, a} {
			if got := answer.Header.Get("Access-Control-Allow-Origin"); (got == origin) != allowed || !allowed && got != "" {
				t.Errorf("%s may read: %q", origin, got)
			}
		}
	}
}

func TestEveryOtherPostRefusesOtherOrigins(t *testing.T) {
	b := open(t, load(t, agencyPolicy), "https://www.site.example")
	for _, route := range b.Routes() {
		if route.Method != http.MethodPost {
			continue
		}
		br := b.browser()
		r := request(t, br, route.Pattern, form("reason", "x", "activity", "access-log"), "")
		r.Header.Set("Origin", "https://evil.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if a := br.do(r); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", route.Pattern, a.Status)
		}
	}
}

func TestScriptIsToldWhetherThePageChanges(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	br := b.browser()
	br.header.Set("Accept", "application/json")
	for _, c := range []struct{ choice, want string }{{"refuse", "false"}, {"accept", "true"}, {"accept", "false"}, {"refuse", "true"}} {
		if a := br.post("/privacy/choice", form("choice", c.choice)); a.StatusCode != http.StatusOK || strings.TrimSpace(a.body) != `{"reload":`+c.want+`}` {
			t.Errorf("%s: %s %s, want %s", c.choice, a.Status, a.body, c.want)
		}
	}
}

func TestGPCIsSeenAndSaid(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	br := b.browser()
	br.header.Set("Sec-Gpc", "1")
	if page := br.get("/?l=en"); !strings.Contains(page.body, "Global Privacy Control”; already refused: Marketing.") {
		t.Errorf("the banner does not say what the signal refuses:\n%s", page.body)
	}
	if page := br.get("/privacy/settings?lang=de"); !strings.Contains(page.body, "als Ablehnung von Werbung.") {
		t.Error("the settings do not say what the signal refuses")
	}
	if a := br.get("/.well-known/gpc.json"); strings.TrimSpace(a.body) != `{"gpc":true,"lastUpdate":"2026-06-01"}` || a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("gpc.json: %s", a.body)
	}
}

func TestABannerAsksAgainForWhatChangedAndKeepsTheRest(t *testing.T) {
	for choice, want := range map[string][]string{"accept": {"comfort", "statistics"}, "refuse": {"comfort"}} {
		p := load(t, agencyPolicy)
		b := open(t, p)
		br := b.browser()
		br.post("/privacy/choice", form("choice", "save", "group", "statistics", "group", "comfort"))

		changed, err := os.ReadFile(agencyPolicy)
		must(t, err)
		b.policy = loadSource(t, bytes.Replace(changed, []byte("purpose: analytics.reporting"), []byte("purpose: analytics.reporting.campaign_insights"), 1))
		b.publish(b.policy)
		page := br.get("/").body
		if !strings.Contains(page, `name="asked" value="statistics"`) || strings.Contains(page, `value="marketing"`) || strings.Contains(page, `value="comfort"`) || strings.Contains(page, "data-collect") {
			t.Fatalf("the banner asks %s", page[strings.Index(page, `<div id="kept"`):])
		}
		br.post("/privacy/choice", form("choice", choice, "source", "banner", "asked", "statistics"))
		if groups, _, _, known := br.state(); !slices.Equal(groups, want) || !known {
			t.Errorf("after %s: %v, known %v; want %v", choice, groups, known, want)
		}
	}
}

func TestAcceptingUnderGPCLeavesMarketingRefused(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	br := b.browser()
	br.header.Set("Sec-Gpc", "1")
	page := br.get("/").body
	if strings.Contains(page, `name="asked" value="marketing"`) || !strings.Contains(page, `name="asked" value="media"`) {
		t.Error("the banner asks for marketing against the signal")
	}
	br.post("/privacy/choice", form("choice", "accept", "source", "banner", "asked", "comfort", "asked", "media", "asked", "statistics"))
	if page := br.get("/").body; strings.Contains(page, "ads") || !strings.Contains(page, `data-allowed="video map webfont measuring"`) {
		t.Errorf("allowed: %s", page)
	}
}
