package gateway

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// The site's server does not know the public address as a rule: what it says of
// its own must not lead visitors past the gateway.
func TestAddressesOfTheServerBehindBecomePublic(t *testing.T) {
	for sent, want := range map[string]string{
		"{site}/next?a=b#c":               "/next?a=b#c",
		"{site}":                          "/",
		"{site}?a=b":                      "/?a=b",
		"{SITE}/next":                     "/next",
		"//{host}/next":                   "/next",
		"http:/\\{host}\\next":            "/next",
		"http://me@{host}/next":           "/next",
		"{site}//evil.example/x":          "/.//evil.example/x",
		"{site}/\\evil.example/x":         "/./\\evil.example/x",
		"/next":                           "/next",
		"next":                            "next",
		"https://{host}/next":             "https://{host}/next",
		"https://evil.example/{site}":     "https://evil.example/{site}",
		"http://evil.{host}/next":         "http://evil.{host}/next",
		"http://{host}@evil.example/next": "http://{host}@evil.example/next",
	} {
		h := newHouse(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			to := filled(sent, "http://"+r.Context().Value(http.LocalAddrContextKey).(interface{ String() string }).String())
			w.Header().Set("Location", to)
			w.Header().Set("Content-Location", to)
			w.Header().Set("Refresh", "3; URL='"+to+"'")
			w.WriteHeader(http.StatusFound)
		}))
		site := h.Site.target.String()
		a := h.get("/", document)
		for _, name := range []string{"Location", "Content-Location"} {
			if got := a.Header.Get(name); got != filled(want, site) {
				t.Errorf("%s: %s becomes %s, want %s", name, sent, got, filled(want, site))
			}
		}
		if got := a.Header.Get("Refresh"); strings.HasPrefix(want, "/") && got != "3; URL='"+filled(want, site)+"'" {
			t.Errorf("Refresh: %s becomes %s", sent, got)
		}
	}
}

func filled(s, site string) string {
	return strings.NewReplacer("{site}", site, "{SITE}", strings.ToUpper(site), "{host}", strings.TrimPrefix(site, "http://")).Replace(s)
}

func TestAddressesBelowTheSitesPathLoseIt(t *testing.T) {
	target := func(address string) Site {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		return Upstream(u, http.DefaultTransport)
	}
	for _, c := range []struct{ site, host, sent, want string }{
		{"http://shop.internal/app", "shop.example", "http://shop.internal/app/basket", "/basket"},
		{"http://shop.internal/app/", "shop.example", "http://shop.internal:80/app", "/"},
		{"http://shop.internal/app", "shop.example", "http://shop.internal/app//x.example", "/.//x.example"},
		{"http://shop.internal/app", "shop.example", "http://shop.internal/apple", "/apple"},
		{"http://shop.internal", "shop.example", "http://SHOP.internal:080/a", "/a"},
		{"http://shop.example", "shop.example", "http://shop.example/a", "http://shop.example/a"},
	} {
		v := &visit{gateway: &Gateway{Config: Config{Site: target(c.site)}}, host: c.host}
		if got := v.public(c.sent); got != c.want {
			t.Errorf("%s of %s becomes %s, want %s", c.sent, c.site, got, c.want)
		}
	}
}
