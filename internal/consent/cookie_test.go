package consent

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kept/internal/store"
	"kept/internal/store/storetest"
)

func with(cookies ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header["Cookie"] = cookies
	return r
}

func TestTheCookieIsTheSitesOwn(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	c := h.browser().decide(Request{All: true}).Cookie
	if c.Domain != "" || c.Path != "/" || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Valid() != nil || len(c.String()) > 1000 {
		t.Errorf("%s: %v", c, c.Valid())
	}
}

func TestForgedCookiesCountForNothing(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	b := h.browser()
	b.decide(Request{All: true})
	good := b.cookies[CookieName].Value
	once, err := h.Once("player")
	if err != nil {
		t.Fatal(err)
	}
	unsigned := good[:strings.LastIndexByte(good, '/')]
	refused := h.sign(CookieName, choice{}.text())
	for _, value := range []string{
		"", "/", "no", "yes", "no/", unsigned, unsigned + "/", good + "A", good + "=", "x" + good, strings.Replace(good, "g+", "g-", 1), strings.ToUpper(good), once.Value,
		h.sign(OnceName, unsigned), h.sign(CookieName, "yes/1"), h.sign(CookieName, "yes/"+store.NewID()+"/0/-/g+media:x"), h.sign(CookieName, "maybe/x"),
		h.sign(CookieName, "no/q+x:y"), h.sign(CookieName, strings.Repeat("no/", 2000)), strings.Repeat("a", 100_000), "\x00\xff", "%2e%2e/%2e%2e",
	} {
		if st := h.State(with(CookieName + "=" + value)); st.Known || st.Decision != "" || len(st.Groups) > 0 {
			t.Errorf("%.60q says %v", value, st)
		}
	}
	// A neighbour's cookie beside the own one: neither can be believed.
	if st := h.State(with(CookieName+"="+good, CookieName+"="+refused)); st.Known || st.Decision != "" {
		t.Errorf("two cookies say %v", st)
	}
	if st := h.State(with(CookieName+"="+good, CookieName+"="+good)); !st.Known {
		t.Errorf("the same cookie twice says %v", st)
	}
	if st := h.State(with(strings.Repeat("a=b; ", 3000) + CookieName + "=" + good)); st.Known && st.Decision == "" {
		t.Errorf("among thousands: %v", st)
	}
	if st := h.State(with(OnceName + "=" + good)); len(st.Once) > 0 {
		t.Errorf("a choice as a grant: %v", st.Once)
	}
}

func TestChoicesReadBack(t *testing.T) {
	for _, c := range []choice{
		{}, {marks: []mark{{key: "media", scope: "00000000"}}},
		{id: store.NewID(), day: 20413, gpc: true, marks: []mark{{yes: true, key: "a b/c:d+e", scope: "12345678"}, {service: true, key: "ü", scope: "12345678"}}},
		{id: store.NewID(), day: 1},
	} {
		got, ok := parseChoice(c.text())
		if !ok || got.text() != c.text() || len(got.marks) != len(c.marks) || got.id != c.id || got.day != c.day || got.gpc != c.gpc {
			t.Errorf("%s was read as %+v, %t", c.text(), got, ok)
		}
	}
}

func FuzzCookie(f *testing.F) {
	h := open(f, storetest.Open(f, storetest.SQLite(f)))
	b := h.browser()
	b.decide(Request{Groups: []string{"media"}, Services: []string{"pixel"}})
	good := b.cookies[CookieName].Value
	f.Add(good, true)
	f.Add("no/g-media:91cd02aa/s-3f2a9c1d", false)
	f.Add("yes//0/-/g+:/s-/s+12345678", true)
	f.Add("\x00", true)
	f.Fuzz(func(t *testing.T, text string, sign bool) {
		parseChoice(text)
		value := text
		if sign { // beyond the MAC, so that the reader behind it is reached too
			value = h.sign(CookieName, text)
		}
		st := h.State(with(CookieName+"="+value, OnceName+"="+value))
		if !sign && value != good && (st.Known || st.Decision != "" || len(st.Groups)+len(st.Services) > 0) {
			t.Errorf("%q was believed: %v", value, st)
		}
		h.Renew(httptest.NewRecorder(), st)
	})
}
