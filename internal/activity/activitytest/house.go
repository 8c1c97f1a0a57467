package activitytest

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kept/internal/access"
	"kept/internal/activity"
	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/duty/retain"
	"kept/internal/duty/rights"
	"kept/internal/egress"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/ledger"
	"kept/internal/mail"
	"kept/internal/mail/mailtest"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/subject"
	"kept/internal/vault"
)

// House is an instance with everything below the pages, on a clock moved by
// hand. What it logs is kept in Logged.
type House struct {
	T       testing.TB
	Dir     string // every file of the instance lies below it
	Place   store.Config
	Clock   *clock.Manual // nil if the house runs on another clock
	DB      *store.DB
	Vault   *vault.Vault
	Ledger  *ledger.Ledger
	Jobs    *job.Queue
	Events  *event.Store
	Egress  *egress.Egress
	Mail    *mail.Post
	Sink    *mailtest.Sink // what the house has sent
	Consent *consent.Service
	// Subjects is who is who; Retain and Rights are the duties that a kind's
	// manifest must serve.
	Subjects *subject.Registry
	Retain   *retain.Sweeper
	Rights   *rights.Desk
	Logged   *Log

	Manifests []manifest.Manifest
	running   map[string]activity.Running
	policy    atomic.Pointer[policy.Policy]
	clock     clock.Clock
	mux       http.Handler
	desk      http.Handler
	portal    http.Handler
	closed    bool
}

// Log collects what is logged. It is safe for concurrent use.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes a line.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String returns what was logged.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Env builds a house at place with a policy and the kinds, and closes it at the
// end of the test. The policy must pass its checks.
func Env(t testing.TB, place store.Config, policyYAML string, clk clock.Clock, kinds ...activity.Kind) *House {
	t.Helper()
	return EnvOver(t, egress.Options{}, place, policyYAML, clk, kinds...)
}

// EnvTo is Env for a house that writes to a sink which stands already, as the
// next process of an instance that was killed does.
func EnvTo(t testing.TB, sink *mailtest.Sink, place store.Config, policyYAML string, clk clock.Clock, kinds ...activity.Kind) *House {
	t.Helper()
	return env(t, sink, egress.Options{}, place, policyYAML, clk, kinds...)
}

// EnvOver is Env over a network that the test stands in for.
func EnvOver(t testing.TB, network egress.Options, place store.Config, policyYAML string, clk clock.Clock, kinds ...activity.Kind) *House {
	t.Helper()
	return env(t, mailtest.NewSink(t), network, place, policyYAML, clk, kinds...)
}

func env(t testing.TB, sink *mailtest.Sink, network egress.Options, place store.Config, policyYAML string, clk clock.Clock, kinds ...activity.Kind) *House {
	t.Helper()
	h := &House{T: t, Dir: place.Dir, Place: place, clock: clk, Logged: &Log{}, Sink: sink, running: map[string]activity.Running{}}
	h.Clock, _ = clk.(*clock.Manual)
	for _, k := range kinds {
		h.Manifests = append(h.Manifests, k.Manifest())
	}
	h.Manifests = append(h.Manifests, consent.Manifest(), subject.Manifest(), rights.Manifest(), store.Manifest(),
		ledger.Manifest(), job.Manifest(), egress.Manifest(), mail.Manifest(), retain.Manifest())
	h.SetPolicy(policyYAML)
	ctx := context.Background()
	log := slog.New(slog.NewTextHandler(h.Logged, nil))
	h.DB = must(store.Open(ctx, place))(t)
	t.Cleanup(h.Close)
	master := must(vault.MasterFromFile(filepath.Join(place.Dir, "master.key"), true))(t)
	h.Vault = must(vault.Open(ctx, vault.Config{Dir: filepath.Join(place.Dir, "keys"), Master: master, Clock: clk}))(t)
	seed := must(h.Vault.Secret(ctx, "ledger", 32))(t)
	h.Ledger = must(ledger.Open(ctx, h.DB, ledger.Config{Origin: "kept/test", Key: seed, Clock: clk}))(t)
	h.Jobs = must(job.Open(ctx, h.DB, clk, log))(t)
	h.Subjects = must(subject.Open(ctx, h.DB, h.Vault, h.Ledger, clk))(t)
	h.Events = must(event.Open(ctx, h.DB, h.Vault, clk, h.eventTables()))(t)
	h.Egress = must(egress.Open(ctx, h.DB, h.Ledger, clk, h.Policy, network))(t)
	h.Consent = must(consent.Open(ctx, h.DB, h.Vault, h.Ledger, h.Subjects, clk, h.Policy, consent.Config{}))(t)
	h.openDuties(ctx)
	h.Mail = must(mail.Open(ctx, mail.Config{
		DB: h.DB, Vault: h.Vault, Ledger: h.Ledger, Jobs: h.Jobs, Subjects: h.Subjects, Policy: h.Policy, Dial: h.Egress.DialOperator,
		Clock: clk, Log: log, Settings: must(mail.Configure(h.Sink.Options()))(t),
	}))(t)
	env := activity.Env{
		Policy: h.Policy, DB: h.DB, Events: h.Events, Vault: h.Vault, Ledger: h.Ledger, Jobs: h.Jobs,
		Egress: h.Egress, Mail: h.Mail, Subjects: h.Subjects, Consent: h.Consent, Clock: clk, Log: log,
		End: h.Retain.Now, Site: shell{}, Desk: shell{}, Front: shell{}, PortalURL: PortalURL,
	}
	var table access.Table
	for _, k := range kinds {
		if err := k.Migrate(ctx, h.DB); err != nil {
			t.Fatal(err)
		}
		r := must(k.Open(ctx, env))(t)
		h.running[k.Manifest().Name] = r
		if c, ok := r.(activity.Customers); ok && env.Customers == nil {
			env.Customers = c
		}
		if e, ok := r.(activity.Ending); ok {
			h.Rights.OnEnding(k.Manifest().Name, e.Ending)
		}
		if l, ok := r.(activity.Leaving); ok {
			h.Retain.OnLeaving(k.Manifest().Name, l.Leaving)
		}
		table = append(table, r.Routes()...)
	}
	h.Mail.Begin()
	if err := table.Check(); err != nil {
		t.Fatal(err)
	}
	h.mux = table.Mux(access.Site, func(*http.Request) (access.Role, error) { return access.Nobody, nil }, deny, log)
	h.portal = table.Mux(access.Portal, h.guard, deny, log)
	h.desk = table.Mux(access.Console, func(*http.Request) (access.Role, error) { return access.Owner, nil }, deny, log)
	return h
}

func (h *House) openDuties(ctx context.Context) {
	h.T.Helper()
	h.Retain = must(retain.Open(ctx, retain.Config{
		DB: h.DB, Events: h.Events, Vault: h.Vault, Ledger: h.Ledger, Subjects: h.Subjects, Jobs: h.Jobs, Clock: h.clock,
		Manifests: h.Manifests, Policy: h.Policy, Brake: retain.Brake{Jump: 100 * 365 * 24 * time.Hour, Share: 1, Rows: 1 << 40},
	}))(h.T)
	h.Rights = must(rights.Open(ctx, rights.Config{
		DB: h.DB, Events: h.Events, Vault: h.Vault, Ledger: h.Ledger, Subjects: h.Subjects, Jobs: h.Jobs, Clock: h.clock,
		Manifests: h.Manifests, Policy: h.Policy,
	}))(h.T)
	h.Consent.OnWithdraw(h.Retain.OnWithdraw)
}

// must ends the test at an error.
func must[V any](v V, err error) func(t testing.TB) V {
	return func(t testing.TB) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func deny(w http.ResponseWriter, _ *http.Request, status int, message string) {
	http.Error(w, message, status)
}

func (h *House) eventTables() []manifest.Table {
	var tables []manifest.Table
	for _, m := range h.Manifests {
		for _, t := range m.Tables {
			if t.Shape != manifest.Rows {
				tables = append(tables, t)
			}
		}
	}
	return tables
}

// Policy returns the policy in force.
func (h *House) Policy() *policy.Policy { return h.policy.Load() }

// SetPolicy puts another policy in force at once.
func (h *House) SetPolicy(text string) {
	h.T.Helper()
	p, findings := policy.Load("policy.yaml", []byte(text), manifest.Vocabulary(h.Manifests), h.clock.Now())
	for _, f := range findings {
		if f.Severity == policy.Mistake {
			h.T.Errorf("%s %s: %s (%s)", f.Pos, f.Code, f.Problem, f.Remedy)
		}
	}
	if findings.HasErrors() {
		h.T.FailNow()
	}
	h.policy.Store(p)
}

// Running returns the kind at work.
func (h *House) Running(kind string) activity.Running { return h.running[kind] }

// Serve answers a request as the site's door would.
func (h *House) Serve(r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.mux.ServeHTTP(w, r)
	return w.Result()
}

// Staff answers a request as the console's door would to the owner.
func (h *House) Staff(r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.desk.ServeHTTP(w, r)
	return w.Result()
}

// PortalURL is how people reach the portal of a house.
const PortalURL = "https://portal.example.org"

// AtPortal answers a request as the portal's door would.
func (h *House) AtPortal(r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	h.portal.ServeHTTP(w, r)
	return w.Result()
}

// guard is whoever the kind that keeps accounts says, with every right where none does.
func (h *House) guard(r *http.Request) (access.Role, error) {
	for _, k := range h.running {
		if c, ok := k.(activity.Customers); ok {
			m, err := c.Portal().Member(r)
			if fault.Is(err, fault.Forbidden) {
				return access.Nobody, nil
			}
			return m.Role, err
		}
	}
	return access.CustomerOwner, nil
}

// Handler is the site's door.
func (h *House) Handler() http.Handler { return h.mux }

// Accept decides as a visitor who accepts groups, and returns the cookie.
func (h *House) Accept(groups ...string) (*http.Cookie, consent.State) {
	h.T.Helper()
	hash := h.publish()
	out, err := h.Consent.Decide(context.Background(), consent.Request{Groups: groups, Language: "en", Source: consent.Banner, NoticeHash: hash})
	if err != nil {
		h.T.Fatal(err)
	}
	return out.Cookie, out.State
}

// publish publishes a notice to consent to.
func (h *House) publish() string {
	h.T.Helper()
	const hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	ctx := context.Background()
	err := h.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return h.Consent.Publish(ctx, tx, consent.Notice{
			Hash: hash, Version: h.Policy().Notice.Version, Language: "en", HTML: "<p>notice</p>", Text: "notice", PolicyHash: h.Policy().Hash,
		})
	})
	if err != nil {
		h.T.Fatal(err)
	}
	return hash
}

// Work does every job that is due.
func (h *House) Work() {
	h.T.Helper()
	for range 10_000 {
		worked, err := h.Jobs.Step(context.Background())
		if err != nil {
			h.T.Fatal(err)
		}
		if !worked {
			return
		}
	}
	h.T.Fatal("the jobs never end")
}

// Sweep runs retention and the jobs that it makes.
func (h *House) Sweep() {
	h.T.Helper()
	if r, err := h.Retain.Sweep(context.Background()); err != nil {
		h.T.Fatal(err)
	} else if r.Waiting {
		h.T.Fatalf("retention waits for a person: %+v", r.Plan.Waits)
	}
	h.Work()
}

// Everything returns every byte that the instance holds: its files, its tables
// on PostgreSQL, what it logged.
func (h *House) Everything() []Searched {
	h.T.Helper()
	all := append(Files(h.T, h.Dir), Searched{"the log", []byte(h.Logged.String())})
	if h.Place.URL != "" {
		all = append(all, Tables(h.T, h.Place.URL)...)
	}
	return all
}

// Close stops the house as a clean stop does.
func (h *House) Close() {
	if h.closed {
		return
	}
	h.closed = true
	ctx := context.Background()
	for _, r := range h.running {
		h.check(r.Close(ctx))
	}
	if h.Mail != nil {
		h.Mail.Close()
	}
	if h.Events != nil {
		h.check(h.Events.Close(ctx))
	}
	if h.Vault != nil {
		h.check(h.Vault.Close())
	}
	h.check(h.DB.Close())
}

func (h *House) check(err error) {
	h.T.Helper()
	if err != nil {
		h.T.Error(err)
	}
}
