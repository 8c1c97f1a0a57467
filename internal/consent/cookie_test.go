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
	if mac := c.Value[strings.LastIndexByte(c.Value, '/')+1:]; len(mac) < 22 { // 128 bits
		t.Errorf("a MAC of %d characters can be guessed", len(mac))
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

// What bears our MAC counts for nothing either if no browser can have got it from us: too
// long, of a day that has not come, without a decision's id, or written in another way.
func TestWhatWeNeverWroteCountsForNothing(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	b := h.browser()
	b.decide(Request{All: true})
	good := b.cookies[CookieName].Value
	c, _ := parseChoice(good[:strings.LastIndexByte(good, '/')])
	signed := func(change func(c *choice)) string {
		changed := c
		changed.marks = append([]mark(nil), c.marks...)
		change(&changed)
		return h.sign(CookieName, changed.text())
	}
	if st := h.State(with(CookieName + "=" + signed(func(*choice) {}))); !st.Known {
		t.Fatalf("the choice itself: %v", st)
	}
	for name, value := range map[string]string{
		"another id":                signed(func(c *choice) { c.id = "0123" }),
		"of a day in a year":        signed(func(c *choice) { c.day += 365 }),
		"of the day after tomorrow": signed(func(c *choice) { c.day += 2 }),
		"long": signed(func(c *choice) {
			for range 600 {
				c.marks = append(c.marks, mark{service: true, yes: true, token: "abcdefgh"})
			}
		}),
	} {
		if st := h.State(with(CookieName + "=" + value)); st.Known || st.Decision != "" || len(st.Groups) > 0 {
			t.Errorf("%s: %v", name, st)
		}
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, good[len(good)-1])
	for bits := 1; bits < 16; bits++ { // the last character holds four bits of nothing
		other := good[:len(good)-1] + string(alphabet[last^bits])
		if st := h.State(with(CookieName + "=" + other)); st.Known || st.Decision != "" {
			t.Errorf("%s is believed for %s", other, good)
		}
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
