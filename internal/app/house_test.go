package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kept/examples"
	"kept/internal/access"
	"kept/internal/clock"
	"kept/internal/demo"
	"kept/internal/mail/mailtest"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/store/storetest"
)

// house is the whole of Kept under the agency's policy: real databases, real
// listeners on loopback, third parties that count who calls them, and a clock
// that is moved by hand.
type house struct {
	*App
	t      *testing.T
	clock  *clock.Manual
	others *demo.ThirdParties
	sink   *mailtest.Sink // whom the instance writes to
	dir    string
	config Config
	log    *lines
	stop   func()
	before map[string]int // requests to third parties that are forgotten

	strangers int // addresses given out
}

// solo starts an instance on SQLite, for what no database has a part in.
func solo(t *testing.T, prepare ...func(h *house)) *house {
	t.Helper()
	return newHouse(t, storetest.SQLite(t), prepare...)
}

// querier is what reads a partition of events.
type querier = store.Querier

// noTime is an open bound.
var noTime time.Time

// words are the columns of an event that are texts, read from its dictionary.
var words = func() string {
	word := func(column string) string {
		return "coalesce((select text from analytics_event_word w where w.id = e." + column + "), '')"
	}
	about := word("search") + " || " + word("outbound_link") + " || " + word("download") + " || " + word("video") + " || coalesce(cast(e.scroll as text), '')"
	all := []string{word("event"), word("page"), about}
	for _, c := range []string{"network", "region", "referrer", "campaign", "language", "browser", "os", "device", "screen", "provider"} {
		all = append(all, word(c))
	}
	return strings.Join(all, ", ")
}()

// begin is when the tests' clock starts.
var begin = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// each runs f against a serving instance on each database.
func each(t *testing.T, f func(t *testing.T, h *house), prepare ...func(h *house)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, c store.Config) { f(t, newHouse(t, c, prepare...)) })
}

// newHouse starts an instance on the database c. Before, prepare may change its
// policy, its site and its configuration.
func newHouse(t *testing.T, c store.Config, prepare ...func(h *house)) *house {
	t.Helper()
	others, err := demo.StartThirdParties(t.Context())
	fatal(t, err)
	t.Cleanup(func() { others.Close() })
	dir := t.TempDir()
	example, err := fs.Sub(examples.Files, "alleherzen")
	fatal(t, err)
	fatal(t, demo.Prepare(example, dir, others.Hosts()))
	h := &house{t: t, clock: clock.At(begin), others: others, sink: mailtest.NewSink(t), dir: dir, log: &lines{}}
	h.config = Config{
		Place:  Place{Data: c.Dir, Database: c.URL},
		Policy: filepath.Join(dir, "policy.yaml"), Site: filepath.Join(dir, "site"),
		Listen: "127.0.0.1:0", Console: "127.0.0.1:0", Portal: "127.0.0.1:0", Clock: h.clock,
		Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Log:     slog.New(slog.NewTextHandler(h.log, nil)),
		Mail:    h.sink.Options(),
	}
	for _, p := range prepare {
		p(h)
	}
	h.start()
	return h
}

// start opens the instance and serves until stop or the end of the test.
func (h *house) start() {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	config := h.config
	doors, err := Listen(ctx, &config)
	fatal(h.t, err)
	h.App, err = Open(ctx, config)
	if err != nil {
		h.t.Fatal(errors.Join(err, doors.Close()))
	}
	app, served := h.App, make(chan error, 1)
	go func() { served <- app.Serve(ctx, doors) }()
	stopped := false
	h.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-served; err != nil {
			h.t.Errorf("serve: %v", err)
		}
		if err := app.Close(); err != nil {
			h.t.Errorf("close: %v", err)
		}
	}
	h.t.Cleanup(h.stop)
}

// edit rewrites the policy file.
func (h *house) edit(old, new string) {
	h.t.Helper()
	file := h.config.Policy
	src, err := os.ReadFile(file)
	fatal(h.t, err)
	changed := strings.Replace(string(src), old, new, 1)
	if changed == string(src) {
		h.t.Fatalf("the policy does not hold %q", old)
	}
	fatal(h.t, os.WriteFile(file, []byte(changed), 0o644))
}

func (h *house) settle() {
	h.t.Helper()
	fatal(h.t, h.Settle(h.t.Context()))
}

// seen counts the requests to third parties since they were last forgotten.
func (h *house) seen() map[string]int {
	counts := h.others.Seen()
	for host, n := range h.before {
		if counts[host] -= n; counts[host] == 0 {
			delete(counts, host)
		}
	}
	return counts
}

// upstream serves a site of its own on loopback and returns its address.
func upstream(t *testing.T, site http.HandlerFunc) string {
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	return server.URL
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// browser is a visitor without JavaScript.
type browser struct {
	h       *house
	t       *testing.T
	cookies map[string]*http.Cookie
	header  http.Header
}

func (h *house) browser() *browser {
	return &browser{h: h, t: h.t, cookies: map[string]*http.Cookie{}, header: http.Header{
		"User-Agent": {"Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"}, "X-Forwarded-For": {"84.44.17.23"},
		"Accept-Language": {"de"}, "Sec-Fetch-Site": {"same-origin"},
	}}
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (b *browser) do(method, address, mime, body string) answer {
	b.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.h.SiteURL() + address
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, address, strings.NewReader(body))
	fatal(b.t, err)
	for name, values := range b.header {
		r.Header[name] = values
	}
	if mime != "" {
		r.Header.Set("Content-Type", mime)
	} else {
		r.Header.Set("Sec-Fetch-Dest", "document")
		r.Header.Set("Accept", "text/html")
	}
	for _, c := range b.cookies {
		r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	got, err := client.Do(r)
	fatal(b.t, err)
	defer got.Body.Close()
	read, err := io.ReadAll(got.Body)
	fatal(b.t, err)
	for _, c := range got.Cookies() {
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c
		}
	}
	return answer{got, string(read)}
}

// set puts a cookie into the browser, whoever made it.
func (b *browser) set(name, value string) { b.cookies[name] = &http.Cookie{Name: name, Value: value} }

func (b *browser) get(path string) answer { b.t.Helper(); return b.do("GET", path, "", "") }

func (b *browser) post(path string, form url.Values) answer {
	b.t.Helper()
	return b.do("POST", path, "application/x-www-form-urlencoded", form.Encode())
}

// choose answers the banner. An acceptance says which text was shown.
func (b *browser) choose(choice string, more ...string) answer {
	b.t.Helper()
	form := url.Values{"choice": {choice}, "source": {"banner"}, "back": {"/"}, "lang": {"de"}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Add(more[i], more[i+1])
	}
	if choice != "refuse" && !form.Has("notice") {
		form.Set("notice", b.shown())
	}
	got := b.post("/privacy/choice", form)
	if got.StatusCode != http.StatusSeeOther {
		b.t.Fatalf("choice %s: %s\n%s", choice, got.Status, got.body)
	}
	return got
}

var noticeField = regexp.MustCompile(`name="notice" value="([^"]*)"`)

// shown is the hash of the text that the settings ask under.
func (b *browser) shown() string {
	b.t.Helper()
	settings := b.get("/privacy/settings")
	m := noticeField.FindStringSubmatch(settings.body)
	if m == nil {
		b.t.Fatalf("the settings name no text: %s\n%s", settings.Status, settings.body)
	}
	return m[1]
}

// view sends what the collector sends for a page that was looked at.
func (b *browser) view(page string, more ...map[string]any) answer {
	b.t.Helper()
	events := append([]map[string]any{{"t": "page_view", "u": page, "l": "de", "w": 1440, "h": 900}}, more...)
	for _, e := range events {
		e["id"] = strconv.FormatInt(event.NewID(b.h.clock.Now()), 10)
	}
	body, err := json.Marshal(map[string]any{"v": 1, "events": events})
	fatal(b.t, err)
	return b.do("POST", "/privacy/events", "application/json", string(body))
}

// lines is a log that is read while others write it.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// owner is a browser that is signed in to the console.
func (h *house) owner() *browser {
	h.t.Helper()
	return h.staffed(access.Owner)
}

// staffed is a browser of somebody with a role.
func (h *house) staffed(role access.Role) *browser {
	h.t.Helper()
	token, err := h.Staff.Invite(h.t.Context(), string(role)+"@agentur.example", role)
	fatal(h.t, err)
	b := h.browser()
	if got := b.post(h.ConsoleURL()+"/link/"+token, nil); got.StatusCode != http.StatusSeeOther {
		h.t.Fatalf("sign in: %s\n%s", got.Status, got.body)
	}
	return b
}
