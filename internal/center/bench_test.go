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
	"strings"
	"testing"
	"time"

	"kept/internal/access"
	"kept/internal/activity/accesslog"
	"kept/internal/activity/analytics"
	"kept/internal/center"
	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/duty/notice"
	"kept/internal/duty/rights"
	"kept/internal/ledger"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
	"kept/internal/vault"
)

// bench is a center over the real rooms, behind the real door, beside a site of
// one page that carries the snippet.
type bench struct {
	*center.Center
	t        *testing.T
	ctx      context.Context
	clock    *clock.Manual
	policy   *policy.Policy
	consent  *consent.Service
	rights   *desk
	server   *httptest.Server
	sitePage http.HandlerFunc
	events   chan []sent // what the collector's route got
}

func manifests() []manifest.Manifest {
	return []manifest.Manifest{accesslog.Manifest(), analytics.Manifest(), consent.Manifest(), subject.Manifest(), rights.Manifest()}
}

func load(t *testing.T, name string) *policy.Policy {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	p, findings := policy.Load(filepath.Base(name), src, manifest.Vocabulary(manifests()), noon)
	for _, f := range findings {
		if f.Severity == policy.Mistake {
			t.Fatalf("%s:%s: %s %s", name, f.Pos, f.Code, f.Problem)
		}
	}
	return p
}

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, p *policy.Policy, origins ...string) *bench {
	t.Helper()
	b := &bench{t: t, ctx: context.Background(), clock: clock.At(noon), policy: p, rights: &desk{held: map[string]rights.Copy{}}, events: make(chan []sent, 20)}
	config := storetest.SQLite(t)
	db := storetest.Open(t, config)
	master, err := vault.MasterFromFile(filepath.Join(config.Dir, "master.key"), true)
	must(t, err)
	keys, err := vault.Open(b.ctx, vault.Config{Dir: config.Dir, Master: master, Clock: b.clock})
	must(t, err)
	t.Cleanup(func() { keys.Close() })
	log, err := ledger.Open(b.ctx, db, ledger.Config{Origin: "site.example/ledger", Key: make([]byte, ed25519.SeedSize), Clock: b.clock})
	must(t, err)
	subjects, err := subject.Open(b.ctx, db, keys, log, b.clock)
	must(t, err)
	b.consent, err = consent.Open(b.ctx, db, keys, log, subjects, b.clock, func() *policy.Policy { return b.policy }, consent.Config{})
	must(t, err)
	b.publish(db, p)
	b.Center, err = center.New(center.Deps{
		Policy: func() *policy.Policy { return b.policy }, Manifests: manifests(), Consent: b.consent, Rights: b.rights,
		Holders: []center.Holder{b.rights.holder}, Clock: b.clock, Origins: origins, GPCSince: noon,
	})
	must(t, err)
	b.serve()
	return b
}

// publish puts p's notices in force as a take-over does.
func (b *bench) publish(db *store.DB, p *policy.Policy) {
	b.t.Helper()
	must(b.t, db.Write(b.ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, lang := range p.Notice.Languages {
			n := notice.Build(p, manifests(), lang)
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

func (b *bench) serve() {
	nobody := func(*http.Request) (access.Role, error) { return access.Nobody, nil }
	table := access.Table(b.Routes())
	must(b.t, table.Check())
	door := table.Mux(access.Site, nobody, b.Deny, slog.New(slog.NewTextHandler(b.t.Output(), nil)))
	b.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/privacy/events" {
			b.collect(w, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, access.Prefix) || strings.HasPrefix(r.URL.Path, "/.well-known/") {
			door.ServeHTTP(w, r)
			return
		}
		b.sitePage(w, r)
	}))
	b.t.Cleanup(b.server.Close)
	b.sitePage = b.agencyPage
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

func (br *browser) post(path string, form url.Values) answer {
	br.t.Helper()
	r, err := http.NewRequest(http.MethodPost, br.server.URL+path, strings.NewReader(form.Encode()))
	must(br.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return br.do(r)
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
