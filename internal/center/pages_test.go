package center_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"kept/internal/access"
	"kept/internal/duty/notice"
	"kept/internal/policy"
)

func TestEveryPageIsProtected(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	br := b.visitor("/")
	for _, route := range b.Routes() {
		if route.Method != http.MethodGet || strings.HasSuffix(route.Pattern, ".js") || strings.HasSuffix(route.Pattern, ".css") || strings.HasSuffix(route.Pattern, "gpc.json") {
			continue
		}
		path := strings.NewReplacer("{$}", "", "{hash}", "none", "{id}", "none", "{ids}", "none").Replace(route.Pattern)
		a := br.get(path)
		h := a.Header
		policy := h.Get("Content-Security-Policy")
		if a.StatusCode != http.StatusOK && a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, a.Status)
		}
		if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") || !strings.Contains(policy, "require-trusted-types-for 'script'") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "same-origin" || !strings.Contains(strings.Join(h.Values("Vary"), ","), "Accept-Language") {
			t.Errorf("%s: headers %v", path, h)
		}
		if private := h.Get("Cache-Control") == "no-store" && h.Get("X-Robots-Tag") == "noindex"; route.Right == access.Browser && !private {
			t.Errorf("%s may be stored: %v", path, h)
		}
		if strings.Contains(a.body, "<script") || strings.Contains(a.body, " style=") || strings.Contains(a.body, " onclick") {
			t.Errorf("%s carries script or inline style", path)
		}
	}
}

func TestLanguageIsAParameterOrAHeaderNeverACookie(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	for _, c := range []struct{ path, header, want string }{
		{"/privacy", "de", "Datenschutzerklärung"},
		{"/privacy", "en-GB,en;q=0.9", "Privacy notice"},
		{"/privacy", "fr", "Datenschutzerklärung"},
		{"/privacy?lang=en", "de", "Privacy notice"},
		{"/privacy?lang=xx", "en", "Privacy notice"},
		{"/privacy/settings?lang=en", "de", "You have not decided yet"},
		{"/privacy/none", "de", "Hier ist nichts"},
		{"/privacy/none?lang=en", "de", "Nothing here"},
	} {
		br := b.browser()
		br.header.Set("Accept-Language", c.header)
		a := br.get(c.path)
		if !strings.Contains(a.body, c.want) {
			t.Errorf("%s with %q lacks %q", c.path, c.header, c.want)
		}
		if len(br.cookies()) > 0 {
			t.Errorf("%s sets %v", c.path, br.cookies())
		}
	}
	if page := b.browser().post("/privacy?lang=en", nil); page.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(page.body, "That does not work here") {
		t.Errorf("a page that takes no form answers one with %d: %s", page.StatusCode, page.body)
	}
	if page := b.browser().get("/privacy?lang=en&back=/x"); !strings.Contains(page.body, `href="/privacy/settings?back=%2Fx&amp;lang=en"`) {
		t.Error("links do not carry the language and the way back")
	}
}

func TestPromise_MC08_EveryCookieIsShownWithTheSettings(t *testing.T) {
	for lang, group := range map[string]string{"de": "Werbung", "en": "Marketing"} {
		b := open(t, load(t, agencyPolicy))
		page := b.browser().get("/privacy/settings?lang=" + lang)
		for _, c := range notice.Cookies(b.policy, lang) {
			for _, cell := range []string{c.Name, c.Provider, c.Purpose, c.Lifetime, c.Group} {
				if cell == "" || !strings.Contains(page.body, cell) {
					t.Errorf("%s: the settings lack %q of cookie %s", lang, cell, c.Name)
				}
			}
		}
		if !strings.Contains(page.body, "reach_id") || !strings.Contains(page.body, group) {
			t.Fatalf("%s: the example's cookie is not shown", lang)
		}
		less := *b.policy
		less.Services = nil
		b.policy = &less
		if page := b.browser().get("/privacy/settings?lang=" + lang); strings.Contains(page.body, "reach_id") {
			t.Errorf("%s: a cookie is shown that nobody declares", lang)
		}
	}
}

func TestPromise_CS14_EachVersionIsIdentifiedAndEarlierOnesStayReadable(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	br := b.browser()
	old := notice.Build(b.policy, "de")
	next := *b.policy
	next.Notice.Version = "2026-06-02"
	next.Hash = "another"
	b.policy = &next
	if page := br.get("/privacy?lang=de"); !strings.Contains(page.body, "Fassung vom 2.\u00a0Juni 2026") || strings.Contains(page.body, old.Hash()) {
		t.Error("the notice does not bear its version")
	}
	page := br.get("/privacy/notice/" + old.Hash())
	if page.StatusCode != http.StatusOK || !strings.Contains(page.body, "Fassung vom 13.\u00a0Februar 2024") || !strings.Contains(page.body, "Diese Fassung gilt nicht mehr") {
		t.Errorf("the earlier version: %s", page.Status)
	}
	text := br.get("/privacy/notice/" + old.Hash() + ".txt")
	if sum := sha256.Sum256([]byte(text.body)); hex.EncodeToString(sum[:]) != old.Hash() {
		t.Error("the text of a version does not have its checksum")
	}
	if list := br.get("/privacy/versions?lang=en"); !strings.Contains(list.body, `href="/privacy/notice/`+old.Hash()+`"`) || strings.Count(list.body, "13\u00a0February 2024") != 2 {
		t.Error("the list of versions lacks one")
	}
	if a := br.get("/privacy/notice/" + strings.Repeat("0", 64)); a.StatusCode != http.StatusNotFound {
		t.Errorf("a version that never was: %s", a.Status)
	}
}

func TestPromise_MC31_TheNoticeBearsItsVersionDate(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	for lang, want := range map[string][]string{
		"de": {"Fassung vom 13.\u00a0Februar 2024", "Müssen Sie Daten angeben?", "Lehnen Sie ab, nutzen Sie die Website ohne das, wonach wir gefragt haben."},
		"en": {"Version of 13\u00a0February 2024", "Must you provide data?", "If you refuse, you use the site without what we asked for."},
	} {
		page := b.browser().get("/privacy?lang=" + lang)
		for _, w := range want {
			if !strings.Contains(page.body, w) {
				t.Errorf("%s: the notice lacks %q", lang, w)
			}
		}
	}
}

func TestASiteThatAsksNothingHasNoBanner(t *testing.T) {
	p := load(t, agencyPolicy)
	b := open(t, p)
	less := *p
	less.Services, less.Groups, less.Activities = nil, nil, nil
	for _, a := range p.Activities {
		if a.Basis != policy.Consent {
			less.Activities = append(less.Activities, a)
		}
	}
	b.policy = &less
	if page := b.browser().get("/"); strings.Contains(page.body, "<form") || !strings.Contains(page.body, ">Datenschutz</a>") {
		t.Error("a page asks for consent to nothing")
	}
	if page := b.browser().get("/privacy/settings?lang=de"); !strings.Contains(page.body, "Diese Website tut nichts, wofür sie Ihre Einwilligung braucht.") {
		t.Error("the settings do not say that nothing is asked")
	}
}

func TestAssetsAreServedWithATag(t *testing.T) {
	b := open(t, load(t, agencyPolicy))
	br := b.browser()
	for path, mime := range map[string]string{"/privacy/kept.js": "text/javascript; charset=utf-8", "/privacy/kept.css": "text/css; charset=utf-8", "/privacy/center.css": "text/css; charset=utf-8"} {
		a := br.get(path)
		if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != mime || a.Header.Get("Etag") == "" {
			t.Errorf("%s: %s %v", path, a.Status, a.Header)
		}
		again := b.browser()
		again.header.Set("If-None-Match", a.Header.Get("Etag"))
		if a := again.get(path); a.StatusCode != http.StatusNotModified || a.body != "" {
			t.Errorf("%s again: %s", path, a.Status)
		}
	}
}
