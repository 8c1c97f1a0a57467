package gateway

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// policed is a site with a policy of its own.
func policed(kind, body string, policies ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header()["Content-Security-Policy"] = policies
		w.Header().Set("Content-Security-Policy-Report-Only", "default-src 'none'; report-uri https://reports.example/x")
		io.WriteString(w, body)
	})
}

func TestTheSitesPolicyStandsBesideKepts(t *testing.T) {
	const page = `<html><head><meta http-equiv="Content-Security-Policy" content="script-src 'none'"></head><body>x`
	h := newHouse(t, policed("text/html", page, "script-src 'nonce-abc' 'strict-dynamic'; img-src https://cdn.example; report-uri https://reports.example/x /own"))
	a := h.get("/", document, "Host: site.example:8080")
	got := a.Header["Content-Security-Policy"]
	if len(got) != 2 {
		t.Fatalf("the policies are %q", got)
	}
	if got[0] != "script-src 'nonce-abc' 'strict-dynamic'; img-src https://cdn.example; report-uri /own" {
		t.Errorf("the site's is %q", got[0])
	}
	if !strings.HasPrefix(got[1], "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval' pay.example:8443;") {
		t.Errorf("Kept's is %q", got[1])
	}
	contains(t, a.body, `<script nonce="abc" src="/privacy/kept.js"`, `content="script-src site.example:8080/privacy/"`)
	if only := a.Header.Get("Content-Security-Policy-Report-Only"); only != "default-src 'none'" {
		t.Errorf("the one that only reports is %q", only)
	}
	hashes := newHouse(t, policed("text/html", page, "script-src 'sha256-x' 'strict-dynamic'")).get("/", document)
	nonce, _, _ := strings.Cut(strings.SplitN(hashes.body, `nonce="`, 2)[1], `"`)
	contains(t, hashes.Header.Get("Content-Security-Policy"), "'nonce-"+strings.ReplaceAll(nonce, "&#43;", "+")+"'")
}

func TestWorkersAndDrawingsAreGoverned(t *testing.T) {
	for _, c := range []struct {
		kind, dest string
		video      bool
	}{
		{"text/javascript", "worker", true}, {"text/javascript", "script", false}, {"image/svg+xml", "document", true}, {"image/svg+xml", "image", false},
		{"application/xhtml+xml", "iframe", true},
	} {
		h := newHouse(t, policed(c.kind, "<x/>"))
		a := h.get("/", "Sec-Fetch-Dest: "+c.dest, "Cookie: kept_choice=media")
		policy := strings.Join(a.Header["Content-Security-Policy"], ", ")
		if !strings.Contains(policy, "default-src 'self'") || strings.Contains(policy, "video.example") != c.video {
			t.Errorf("%s as %s: %q", c.kind, c.dest, policy)
		}
		if private := strings.HasPrefix(a.Header.Get("Cache-Control"), "private"); private != c.video {
			t.Errorf("%s as %s: Cache-Control %q", c.kind, c.dest, a.Header.Get("Cache-Control"))
		}
	}
}

func TestVisitsAreRenewedByPagesOnly(t *testing.T) {
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/page" {
			w.Header().Set("Content-Type", "text/html")
		} else {
			w.Header().Set("Content-Type", "application/json")
		}
		io.WriteString(w, "{}")
	}))
	h.get("/data", "Sec-Fetch-Dest: empty")
	h.get("/page", "Sec-Fetch-Dest: empty")
	h.do("POST", "/page", nil, document)
	if h.consent.renewed != 0 {
		t.Errorf("%d visits were renewed", h.consent.renewed)
	}
	h.get("/page", document)
	if h.consent.renewed != 1 {
		t.Error("a page did not renew the visit")
	}
}

func TestCachesDoNotEndTheCookiesOfOthers(t *testing.T) {
	h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		w.Header().Set("Cache-Control", r.URL.Query().Get("control"))
	}))
	for control, want := range map[string]bool{"public, max-age=60": false, "private": true, "no-store": true, "": true} {
		a := h.get("/?control="+strings.ReplaceAll(control, " ", "+"), "Cookie: wild=1")
		if got := len(a.Header["Set-Cookie"]) > 0; got != want {
			t.Errorf("Cache-Control %q: cookies end %v", control, got)
		}
	}
}

func TestWildcardsAndPorts(t *testing.T) {
	a := newRegister(offer(), []string{"CDN.site.example"}).admit(always{}.State(nil))
	for host, want := range map[string]bool{
		"video.example": true, "x.thumbs.example": true, "a.b.thumbs.example": true, "thumbs.example": false, "xthumbs.example": false,
		"pay.example:8443": true, "pay.example": false, "video.example:8080": false, "cdn.site.example": true, "": false, "seal.example": false,
	} {
		if got, _ := a.admits(host); got != want {
			t.Errorf("%q is admitted: %v", host, got)
		}
	}
}

func FuzzHeaders(f *testing.F) {
	f.Add(`<https://tag.example>; rel="preload, x"; as=font, </a>; rel=next`, "text/html; charset=x", `W/"kept.a.b"`)
	f.Fuzz(func(t *testing.T, link, kind, tag string) {
		for _, l := range splitLinks([]string{link}) {
			if l == "" {
				t.Fatalf("%q has an empty link", link)
			}
			loads(l)
		}
		classify(http.Header{"Content-Type": {kind}})
		v := &visit{admission: &admission{key: "a"}}
		tags, _ := v.siteTags([]string{tag})
		for _, x := range tags {
			if strings.HasPrefix(x, tagPrefix) {
				t.Fatalf("%q goes to the site as %q", tag, x)
			}
		}
	})
}
