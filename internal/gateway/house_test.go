package gateway

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/policy"
)

// offer is the policy of the tests: a video, a map and fonts that wait for
// consent, a measuring tag with a cookie, and a payment that needs none.
func offer() *policy.Policy {
	return &policy.Policy{
		Hash:   "first",
		Notice: policy.Notice{Languages: []string{"de", "en"}},
		Groups: []policy.Group{{Key: "media"}, {Key: "statistics"}, {Key: "comfort"}},
		Recipients: []policy.Recipient{
			{Key: "streams", Name: "Streams Ltd", Transfers: []policy.Transfer{{To: "US", Safeguard: "scc"}}},
			{Key: "maps", Name: "Karten GmbH"}, {Key: "type", Name: "Type BV"}, {Key: "measure", Name: "Measure Inc"}, {Key: "pay", Name: "Pay AG"},
		},
		Services: []policy.Service{
			{Key: "video", Name: policy.Text{"de": "Videos", "en": "Videos"}, Recipient: "streams", Group: "media", Hosts: []string{"video.example", "*.thumbs.example"}},
			{Key: "map", Name: policy.Text{"de": "Karten", "en": "Maps"}, Recipient: "maps", Group: "media", Hosts: []string{"map.example"}},
			{Key: "fonts", Recipient: "type", Group: "comfort", Hosts: []string{"fonts.example"}},
			{Key: "tag", Recipient: "measure", Group: "statistics", Hosts: []string{"tag.example"}, Cookies: []policy.Cookie{{Name: "_tag*"}}},
			{Key: "pay", Recipient: "pay", Group: policy.Essential, Hosts: []string{"pay.example:8443"}, Cookies: []policy.Cookie{{Name: "pay_session"}}},
		},
		Activities: []policy.Activity{
			{Key: "account", Basis: policy.Contract, Cookies: []policy.Cookie{{Name: "session"}}},
			{Key: "analytics", Basis: policy.Consent, Group: "statistics", Cookies: []policy.Cookie{{Name: "count_me"}}},
		},
	}
}

// choices is the consent of the tests: kept_choice holds the accepted groups,
// kept_once a service.
type choices struct{ renewed int }

func (c *choices) State(r *http.Request) consent.State {
	var st consent.State
	if cookie, err := r.Cookie("kept_choice"); err == nil {
		st.Known, st.Decision = true, "d"
		st.Groups = strings.Split(cookie.Value, ".")
	}
	if cookie, err := r.Cookie("kept_once"); err == nil {
		st.Once = []string{cookie.Value}
	}
	return st
}

func (c *choices) Renew(w http.ResponseWriter, st consent.State) {
	c.renewed++
	if st.Known {
		http.SetCookie(w, &http.Cookie{Name: "kept_choice", Value: strings.Join(st.Groups, "."), Path: "/"})
	}
}

// journal is the access log of the tests.
type journal struct {
	mu      sync.Mutex
	entries []Entry
	wrote   chan struct{}
	closed  map[netip.Addr]time.Duration
}

func (j *journal) Admit(client netip.Addr) (time.Duration, bool) {
	wait, shut := j.closed[client]
	return wait, !shut
}

func (j *journal) Record(e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, e)
	if j.wrote != nil {
		close(j.wrote)
		j.wrote = nil
	}
}

// next returns what is closed once another request is recorded, which can be
// after its answer was read.
func (j *journal) next() <-chan struct{} {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.wrote = make(chan struct{})
	return j.wrote
}

// await returns once an answer is in the journal, and with it what was held.
func (j *journal) await() {
	for {
		j.mu.Lock()
		n := len(j.entries)
		j.mu.Unlock()
		if n > 0 {
			return
		}
		runtime.Gosched()
	}
}

func (j *journal) last() Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.entries[len(j.entries)-1]
}

// house is a gateway in front of a site, on real listeners.
type house struct {
	*Gateway
	t       testing.TB
	url     string
	consent *choices
	log     *journal
	policy  *policy.Policy
	clock   *clock.Manual
}

func newHouse(t testing.TB, site http.Handler, change ...func(*Config)) *house {
	t.Helper()
	upstream := httptest.NewServer(site)
	t.Cleanup(upstream.Close)
	target, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	h := &house{t: t, consent: &choices{}, log: &journal{}, policy: offer(), clock: clock.At(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC))}
	kept := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "Kept answers "+r.RemoteAddr)
	})
	c := Config{
		Site: Upstream(target, transport), Policy: func() *policy.Policy { return h.policy }, Consent: h.consent, Log: h.log, Kept: kept,
		Snippet: func(p Page) Snippet {
			return Snippet{Head: `<script src="/privacy/kept.js" defer></script>`, Body: `<div id="kept" lang="` + p.Language + `"></div>`}
		},
		Notice: func(lang string) string { return "text-" + lang },
		Clock:  h.clock, Logger: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&c)
	}
	if h.Gateway, err = New(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(h.Gateway)
	t.Cleanup(func() {
		front.CloseClientConnections()
		front.Close()
	})
	h.url = front.URL
	return h
}

// reply is a response with its body read as it came.
type reply struct {
	*http.Response
	body string
}

var plainClient = &http.Client{
	Transport:     &http.Transport{DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// get asks for path with header fields "Name: value".
func (h *house) get(path string, fields ...string) reply { return h.do("GET", path, nil, fields...) }

func (h *house) do(method, path string, body io.Reader, fields ...string) reply {
	h.t.Helper()
	r, err := http.NewRequest(method, h.url+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Add(name, value)
	}
	recorded := h.log.next()
	res, err := plainClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	<-recorded
	return reply{res, string(b)}
}

// site answers every path with the same page.
func site(page string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, page)
	})
}

const document = "Sec-Fetch-Dest: document"

func contains(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func lacks(t *testing.T, text string, unwanted ...string) {
	t.Helper()
	for _, u := range unwanted {
		if strings.Contains(text, u) {
			t.Errorf("%q is in\n%s", u, text)
		}
	}
}

// always accepts everything.
type always struct{ Consent }

func (always) State(*http.Request) consent.State {
	return consent.State{Known: true, Decision: "d", Groups: []string{"comfort", "media", "statistics"}}
}
