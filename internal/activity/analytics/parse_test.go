package analytics

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"kept/internal/fault"
	"kept/internal/store/event"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// one returns a message with one event, whose members more adds to.
func one(at time.Time, kind, more string) string {
	return fmt.Sprintf(`{"v":1,"events":[{"id":"%d","t":%q,"u":"/seite"%s}]}`, event.NewID(at), kind, more)
}

func TestParseTakesWhatTheBrowserSends(t *testing.T) {
	body := one(noon, pageView, `,"r":"https://search.example/?q=x","c":"news / mail / spring","l":"de-DE","w":1920,"h":1080`)
	events, err := parse([]byte(body), noon)
	if err != nil {
		t.Fatal(err)
	}
	e := events[0]
	if e.Type != pageView || e.URL != "/seite" || e.Language != "de-DE" || e.Width != 1920 || !event.TimeOf(e.id).Equal(noon) {
		t.Fatalf("read %+v", e)
	}
}

func TestParseRefusesHostileInput(t *testing.T) {
	id := strconv.FormatInt(event.NewID(noon), 10)
	many := strings.Repeat(`{"id":"`+id+`","t":"page_view"},`, maxEvents)
	for name, body := range map[string]string{
		"nothing":             ``,
		"no JSON":             `<xml/>`,
		"null":                `{"v":1,"events":[{"id":"` + id + `","t":null}]}`,
		"a leading zero":      `{"v":01,"events":[{"id":"` + id + `","t":"page_view"}]}`,
		"a comma too many":    `{"v":1,"events":[{"id":"` + id + `","t":"page_view",}]}`,
		"a comma too few":     `{"v":1 "events":[{"id":"` + id + `","t":"page_view"}]}`,
		"a broken escape":     one(noon, pageView, `,"x":"\q"`),
		"an open text":        one(noon, pageView, `,"x":"\`),
		"events twice":        `{"v":1,"events":[{"id":"` + id + `","t":"page_view"}],"events":[{"id":"` + id + `","t":"page_view"}]}`,
		"half of it":          `{"v":1,"events":[{"id":"` + id + `"`,
		"another version":     `{"v":2,"events":[{"id":"` + id + `","t":"page_view"}]}`,
		"no version":          `{"events":[{"id":"` + id + `","t":"page_view"}]}`,
		"no events":           `{"v":1,"events":[]}`,
		"null events":         `{"v":1,"events":null}`,
		"null event":          `{"v":1,"events":[null]}`,
		"too many":            `{"v":1,"events":[` + many + `{"id":"` + id + `","t":"page_view"}]}`,
		"unknown member":      one(noon, pageView, `,"ip":"203.0.113.7"`),
		"unknown type":        one(noon, "keystroke", ``),
		"no type":             one(noon, "", ``),
		"deep":                one(noon, pageView, `,"x":`+strings.Repeat(`[`, 8000)),
		"deep and closed":     `{"v":1,"events":` + strings.Repeat(`[`, 4000) + strings.Repeat(`]`, 4000) + `}`,
		"type is a number":    `{"v":1,"events":[{"id":"` + id + `","t":1}]}`,
		"width is a text":     one(noon, pageView, `,"w":"1920"`),
		"width is a fraction": one(noon, pageView, `,"w":1.5`),
		"width is huge":       one(noon, pageView, `,"w":1e9`),
		"width below zero":    one(noon, pageView, `,"w":-1`),
		"id is a number":      `{"v":1,"events":[{"id":` + id + `,"t":"page_view"}]}`,
		"id is hexadecimal":   `{"v":1,"events":[{"id":"0x1F","t":"page_view"}]}`,
		"id below zero":       `{"v":1,"events":[{"id":"-` + id + `","t":"page_view"}]}`,
		"id too large":        `{"v":1,"events":[{"id":"99999999999999999999","t":"page_view"}]}`,
		"id of last week":     one(noon.Add(-7*24*time.Hour), pageView, ``),
		"id of tomorrow":      one(noon.Add(24*time.Hour), pageView, ``),
		"id of 1970":          `{"v":1,"events":[{"id":"1","t":"page_view"}]}`,
		"invalid UTF-8":       one(noon, pageView, ",\"x\":\"\xff\xfe\""),
		"zero byte":           one(noon, pageView, `,"x":"\u0000"`),
		"line break":          one(noon, search, `,"x":"a\nb"`),
		"language":            one(noon, pageView, `,"l":"<script>"`),
		"long language":       one(noon, pageView, `,"l":"`+strings.Repeat("d", 36)+`"`),
		"scroll":              one(noon, scroll, `,"x":"all of it"`),
		"scroll beyond":       one(noon, scroll, `,"x":"101"`),
		"something follows":   one(noon, pageView, ``) + `{}`,
		"an array":            `[` + one(noon, pageView, ``) + `]`,
	} {
		events, err := parse([]byte(body), noon)
		if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
			t.Errorf("%s: err is %v", name, err)
		}
		if events != nil {
			t.Errorf("%s: %d events came through", name, len(events))
		}
	}
}

func TestCleanTexts(t *testing.T) {
	for in, want := range map[string]string{
		"/a/b.html": "/a/b.html", "/a?token=1#x": "/a", "https://user:pw@site.example/a?b": "/a", "": "/",
		"https://site.example": "/", "/%zz?x": "/%zz", "/ü": "/%C3%BC",
	} {
		if got, _ := page(in); got != want {
			t.Errorf("page(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"https://Search.Example/?q=max": "search.example", "https://site.example/a": "", "": "", "::": "", "https://site.example:8443/": "",
	} {
		if got := source(in, "site.example:8443"); got != want {
			t.Errorf("source(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"https://u:p@other.example/a?b#c": "other.example/a", "mailto:max@example.org": "mailto:", "tel:+49611123": "tel:",
		"/files/price.pdf?for=max": "/files/price.pdf", "http://[::1": "", "javascript:alert(1)": "javascript:",
	} {
		if got := link(in); got != want {
			t.Errorf("link(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"  Web   Design ": "web design", "max@example.org": hidden, "0611 123456": hidden, "windows 11": "windows 11", "": "",
	} {
		if got := term(in); got != want {
			t.Errorf("term(%q) = %q, want %q", in, got, want)
		}
	}
	if got := cut(strings.Repeat("ä", 100), 99); len(got) != 98 || !utf8.ValidString(got) {
		t.Errorf("a character was cut in two: %q", got)
	}
}

// FuzzParse checks that whatever is accepted is within its bounds, and that
// what is made of it can be stored by both databases.
func FuzzParse(f *testing.F) {
	f.Add([]byte(one(noon, pageView, `,"r":"https://search.example/?q=x","l":"de","w":1920,"h":1080`)))
	f.Add([]byte(one(noon, search, `,"x":"\ud83d\ude00 \ud800"`)))
	f.Add([]byte(one(noon, outbound, `,"x":"https://u:p@h.example/a?b"`)))
	f.Add([]byte(one(noon, scroll, `,"x":"90"`)))
	f.Add([]byte(`{"v":1,"events":[` + strings.Repeat(`{"id":"1"},`, 60) + `]}`))
	f.Add([]byte(strings.Repeat(`{"v":`, 3000)))
	p := &plan{campaign: []string{"utm_source"}, search: []string{"q"}}
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := parse(body, noon)
		if err != nil {
			if events != nil || fault.KindOf(err) == fault.Internal {
				t.Fatalf("%d events and %v", len(events), err)
			}
			return
		}
		if !sameAsStandard(body, events) {
			t.Fatalf("encoding/json reads %q otherwise than %+v", body, events)
		}
		if len(events) == 0 || len(events) > maxEvents {
			t.Fatalf("%d events came through", len(events))
		}
		for i := range events {
			e := &events[i]
			path, query := page(e.URL)
			a := p.about(e.Type, e, query)
			for _, s := range []string{path, a.link, a.term, a.video, a.file, e.Language, source(e.Referrer, "site.example"), p.campaignOf(e, query), size(e.Width, e.Height)} {
				if len(s) > longestPath || !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\n\r") {
					t.Fatalf("%q cannot be stored", s)
				}
			}
			if strings.Contains(a.link+a.file+a.video+path, "?") {
				t.Fatalf("a query stays: %+v %q", a, path)
			}
			if at := event.TimeOf(e.id); at.Before(noon.Add(-24*time.Hour)) || at.After(noon.Add(time.Hour)) {
				t.Fatalf("an event of %s came through", at)
			}
		}
	})
}

// sameAsStandard reports whether encoding/json reads the same events.
func sameAsStandard(body []byte, events []sent) bool {
	var m struct {
		Events []struct {
			ID, T, U, R, C, X, L string
			W, H                 int
		}
	}
	if err := json.Unmarshal(body, &m); err != nil || len(m.Events) != len(events) {
		return false
	}
	for i, e := range events {
		o := m.Events[i]
		if (sent{o.ID, o.T, o.U, o.R, o.C, o.X, o.L, o.W, o.H, e.id}) != e {
			return false
		}
	}
	return true
}

// FuzzVisitorCookie checks that nothing but what was signed is a visitor.
func FuzzVisitorCookie(f *testing.F) {
	s := newSigner([]byte("0123456789abcdef0123456789abcdef"))
	real := s.encode(newVisitor(noon))
	f.Add(real)
	f.Add(real[:len(real)-1] + "A")
	f.Add(strings.Repeat("A", len(real)))
	f.Fuzz(func(t *testing.T, value string) {
		v, ok := s.decode(value)
		if ok && s.encode(v) != value {
			t.Fatalf("%q is taken for a visitor", value)
		}
	})
}

func TestVisitorCookieKeepsWhatItSays(t *testing.T) {
	s := newSigner([]byte("key"))
	v := newVisitor(noon)
	v.seen = noon.Add(time.Hour)
	got, ok := s.decode(s.encode(v))
	if !ok || got != v {
		t.Fatalf("read %+v, %v", got, ok)
	}
	value := s.encode(v)
	for i := range value {
		for _, c := range []byte("AZaz09-_=") {
			forged := value[:i] + string(c) + value[i+1:]
			if _, ok := s.decode(forged); ok && forged != value {
				t.Fatalf("changed at %d it still counts", i)
			}
		}
	}
	if _, ok := newSigner([]byte("other")).decode(value); ok {
		t.Fatal("another key's cookie counts")
	}
}

// A path that is taken as it stands is what net/url makes of it.
func FuzzIsPath(f *testing.F) {
	for _, seed := range []string{"/", "/a/b-c_d.html", "//host/a", "/a%20b", "/a?b", "/ä", "a", "/~x/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if !isPath(raw) {
			return
		}
		u, err := url.Parse(raw)
		if err != nil || u.EscapedPath() != raw || u.Host != "" || u.RawQuery != "" || u.Fragment != "" {
			t.Errorf("%q is no path alone: %+v, %v", raw, u, err)
		}
	})
}

// The host that is taken from an address at once is the one that net/url finds.
func FuzzPlainHost(f *testing.F) {
	for _, seed := range []string{"https://suche.example/x", "http://a", "https://", "https://a:80/", "https://[::1]/", "https://A/", "https://u@a/", "https://a//b", "https://a/%zz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		host, ok := plainHost(raw)
		if !ok {
			return
		}
		if u, err := url.Parse(raw); err != nil || strings.ToLower(u.Hostname()) != host {
			t.Errorf("%q has the host %q: %+v, %v", raw, host, u, err)
		}
	})
}
