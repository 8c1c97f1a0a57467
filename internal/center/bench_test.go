package center_test

import (
	"context"
	"crypto/ed25519"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"kept/internal/access"
	"kept/internal/activity"
	"kept/internal/activity/accesslog"
	"kept/internal/activity/analytics"
	"kept/internal/center"
	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/duty/notice"
	"kept/internal/duty/rights"
	"kept/internal/job"
	"kept/internal/ledger"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/store/storetest"
	"kept/internal/subject"
	"kept/internal/vault"
)

// bench is a center over the real rooms, behind the real door, beside a site of
// one page that carries the snippet.
type bench struct {
	*center.Center
	t        testing.TB
	ctx      context.Context
	clock    *clock.Manual
	policy   *policy.Policy
	db       *store.DB
	jobs     *job.Queue
	consent  *consent.Service
	rights   *rights.Desk
	visits   *analytics.Collector
	server   *httptest.Server
	sitePage http.HandlerFunc
	events   chan []sent // what the collector's route was sent
}

func manifests() []manifest.Manifest {
	return []manifest.Manifest{accesslog.Manifest(), analytics.Manifest(), consent.Manifest(), subject.Manifest(), rights.Manifest()}
}

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func load(t testing.TB, name string) *policy.Policy {
	t.Helper()
	src, err := os.ReadFile(name)
	must(t, err)
	return loadSource(t, src)
}

func loadSource(t testing.TB, src []byte) *policy.Policy {
	t.Helper()
	p, findings := policy.Load("policy.yaml", src, manifest.Vocabulary(manifests()), noon)
	for _, f := range findings {
		if f.Severity == policy.Mistake {
			t.Fatalf("%s: %s %s", f.Pos, f.Code, f.Problem)
		}
	}
	return p
}

func open(t testing.TB, p *policy.Policy, origins ...string) *bench {
	t.Helper()
	b := &bench{t: t, ctx: context.Background(), clock: clock.At(noon), policy: p, events: make(chan []sent, 20)}
	config := storetest.SQLite(t)
	b.db = storetest.Open(t, config)
	master, err := vault.MasterFromFile(filepath.Join(config.Dir, "master.key"), true)
	must(t, err)
	keys, err := vault.Open(b.ctx, vault.Config{Dir: config.Dir, Master: master, Clock: b.clock})
	must(t, err)
	t.Cleanup(func() { must(t, keys.Close()) })
	log, err := ledger.Open(b.ctx, b.db, ledger.Config{Origin: "site.example/ledger", Key: make([]byte, ed25519.SeedSize), Clock: b.clock})
	must(t, err)
	people, err := subject.Open(b.ctx, b.db, keys, log, b.clock)
	must(t, err)
	quiet := slog.New(slog.NewTextHandler(t.Output(), nil))
	b.jobs, err = job.Open(b.ctx, b.db, b.clock, quiet)
	must(t, err)
	inForce := func() *policy.Policy { return b.policy }
	b.consent, err = consent.Open(b.ctx, b.db, keys, log, people, b.clock, inForce, consent.Config{})
	must(t, err)
	var tables []manifest.Table
	for _, m := range manifests() {
		tables = append(tables, m.Tables...)
	}
	events, err := event.Open(b.ctx, b.db, keys, b.clock, tables)
	must(t, err)
	t.Cleanup(func() { must(t, events.Close(b.ctx)) })
	must(t, accesslog.Kind{}.Migrate(b.ctx, b.db))
	b.rights, err = rights.Open(b.ctx, rights.Config{
		DB: b.db, Events: events, Vault: keys, Ledger: log, Subjects: people, Consent: b.consent, Jobs: b.jobs, Clock: b.clock, Manifests: manifests(), Policy: inForce,
	})
	must(t, err)
	b.visits, err = analytics.Open(b.ctx, activity.Env{
		Policy: inForce, DB: b.db, Events: events, Vault: keys, Ledger: log, Jobs: b.jobs, Subjects: people, Consent: b.consent, Clock: b.clock, Log: quiet, Origins: origins,
	})
	must(t, err)
	b.publish(p)
	b.Center, err = center.New(center.Deps{
		Policy: inForce, Consent: b.consent, Rights: b.rights, Subjects: people, Ledger: log,
		Holders: []center.Holder{b.visits.Holder}, Clock: b.clock, Origins: origins, GPCSince: noon,
	})
	must(t, err)
	b.serve(quiet)
	return b
}

// publish puts p's notices in force as a take-over does.
func (b *bench) publish(p *policy.Policy) {
	b.t.Helper()
	must(b.t, b.db.Write(b.ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, lang := range p.Notice.Languages {
			n := notice.Build(p, lang)
			err := b.consent.Publish(ctx, tx, consent.Notice{
				Hash: n.Hash(), Version: n.Version, Language: lang, HTML: string(n.HTML()), Text: n.Text(), PolicyHash: p.Hash, At: b.clock.Now(),
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

func (b *bench) serve(log *slog.Logger) {
	nobody := func(*http.Request) (access.Role, error) { return access.Nobody, nil }
	table := access.Table(append(b.Routes(), b.visits.Routes()...))
	must(b.t, table.Check())
	door := table.Mux(access.Site, nobody, b.Deny, log)
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/privacy/events":
			b.overhear(r)
			door.ServeHTTP(w, r)
		case strings.HasPrefix(r.URL.Path, access.Prefix), strings.HasPrefix(r.URL.Path, "/.well-known/"):
			door.ServeHTTP(w, r)
		default:
			b.sitePage(w, r)
		}
	}))
	b.t.Cleanup(b.server.Close)
	b.sitePage = b.agencyPage
}

// work does every job that waits.
func (b *bench) work() {
	b.t.Helper()
	for more := true; more; {
		var err error
		more, err = b.jobs.Step(b.ctx)
		must(b.t, err)
	}
}

// browser is a person's browser: it keeps cookies and follows no redirects.
type browser struct {
	*bench
	client *http.Client
	header http.Header
}

func (b *bench) browser() *browser {
	jar, err := cookiejar.New(nil)
	must(b.t, err)
	return &browser{bench: b, header: http.Header{"Accept-Language": {"de"}}, client: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

type answer struct {
	*http.Response
	body string
}

func (br *browser) get(path string) answer {
	br.t.Helper()
	r, err := http.NewRequest(http.MethodGet, br.server.URL+path, nil)
	must(br.t, err)
	return br.do(r)
}

// post sends a form. A choice says which text it was made on, as the forms of
// the pages do, unless form says it itself.
func (br *browser) post(path string, form url.Values) answer {
	br.t.Helper()
	if path == "/privacy/choice" && !form.Has("notice") {
		form.Set("notice", br.shown())
	}
	r, err := http.NewRequest(http.MethodPost, br.server.URL+path, strings.NewReader(form.Encode()))
	must(br.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return br.do(r)
}

var noticeField = regexp.MustCompile(`name="notice" value="([^"]*)"`)

// shown is the hash of the text that the settings were shown with.
func (br *browser) shown() string {
	br.t.Helper()
	m := noticeField.FindStringSubmatch(br.get("/privacy/settings").body)
	if m == nil {
		br.t.Fatal("the settings name no text")
	}
	return m[1]
}

func (br *browser) do(r *http.Request) answer {
	br.t.Helper()
	for k, v := range br.header {
		r.Header[k] = v
	}
	resp, err := br.client.Do(r)
	must(br.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(br.t, err)
	return answer{resp, string(body)}
}

// cookies names the cookies that the browser holds for the site.
func (br *browser) cookies() map[string]string {
	u, err := url.Parse(br.server.URL)
	must(br.t, err)
	held := map[string]string{}
	for _, c := range br.client.Jar.Cookies(u) {
		held[c.Name] = c.Value
	}
	return held
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
