package audit

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"kept/internal/clock"
	"kept/internal/ledger"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/vault"
)

// Config is what the audit reads.
type Config struct {
	DB        *store.DB
	Events    *event.Store
	Vault     *vault.Vault
	Ledger    *ledger.Ledger
	Clock     clock.Clock
	Manifests []manifest.Manifest
	Policy    func() *policy.Policy                                      // in force at this moment
	ScriptTag bool                                                       // pages are served elsewhere and only embed Kept's script
	Site      http.Handler                                               // the gateway in front of the site, asked for a page without a trace in its log; nil: not served here
	Serving   bool                                                       // this process serves the instance: it has seen all that an audit can see
	Receipt   func(ctx context.Context, decision string) ([]byte, error) // what was handed to the person; nil: decisions are not compared with it
	Apart     func() time.Duration                                       // how far this node's clock is ahead of the database's, 0 while they agree; nil: nobody compares
	Public    *url.URL                                                   // the site's address as visitors see it; nil: the controller's in the policy
}

// Auditor checks an instance.
type Auditor struct {
	Config
}

// Open makes the room's tables and returns the auditor.
func Open(ctx context.Context, c Config) (*Auditor, error) {
	if err := c.DB.Migrate(ctx, "audit", files); err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return &Auditor{Config: c}, nil
}

// Run checks the nine guarantees and stores the counts and a leaf. Its error
// says why the audit could not be done; what it found is in the report.
func (a *Auditor) Run(ctx context.Context) (Report, error) {
	x, err := a.examine(ctx)
	if err != nil {
		return Report{}, fmt.Errorf("audit: %w", err)
	}
	report := Report{ID: store.NewID(), At: x.now, Policy: x.policy.Hash}
	started := time.Now() // a duration for the report, not a decision
	for i, look := range []func(context.Context, *sheet) error{
		x.purposes, x.fields, x.terminal, x.consents, x.deliveries, x.periods, x.visibility, x.erasures, x.record,
	} {
		s := &sheet{Guarantee: Guarantee{Number: i + 1, Title: titles[i]}}
		if err := look(ctx, s); err != nil {
			return Report{}, fmt.Errorf("audit of guarantee %d: %w", i+1, err)
		}
		report.Guarantees = append(report.Guarantees, s.close())
	}
	report.Took = time.Since(started)
	return a.keep(ctx, report)
}

// examination is one audit under way: what every guarantee's check needs.
type examination struct {
	*Auditor
	now    time.Time
	policy *policy.Policy
	live   map[string][]string // columns of the main database's tables
	events map[string][]string // columns of the tables in partitions
	keys   map[string][]string // columns of the vault's tables, which lie apart

	visitors []visitor        // every subject, once people has read them
	whole    map[string]tally // all rows of a table
	persons  map[string]tied  // event tables whose persons were tied to subjects
}

func (a *Auditor) examine(ctx context.Context) (*examination, error) {
	x := &examination{Auditor: a, now: a.Clock.Now(), policy: a.Policy(), whole: map[string]tally{}, persons: map[string]tied{}}
	var err error
	if x.live, err = a.DB.Columns(ctx); err != nil {
		return nil, err
	}
	if x.events, err = a.Events.Schema(ctx); err != nil {
		return nil, err
	}
	if x.keys, err = a.Vault.Columns(ctx); err != nil {
		return nil, err
	}
	return x, nil
}

// has reports whether the main database has the table.
func (x *examination) has(table string) bool { return x.live[table] != nil }

// sheet collects what is found about one guarantee.
type sheet struct{ Guarantee }

func (s *sheet) check(c Check) { s.Checks = append(s.Checks, c) }

// find notes a finding and makes the check that led to it broken.
func (s *sheet) find(f Finding) {
	f.Guarantee = s.Number
	s.Findings = append(s.Findings, f)
}

// counted notes a check, broken if f counts anything, with the finding.
func (s *sheet) counted(c Check, f Finding) {
	if f.Count > 0 {
		c.Verdict = Broken
		f.Rule, f.Table = c.Rule, c.Table
		s.find(f)
	}
	if c.Verdict == "" {
		c.Verdict = Verified
	}
	s.check(c)
}

// unsure notes a check that cannot be done here.
func (s *sheet) unsure(what, why string) {
	s.check(Check{What: what, Verdict: NotVerifiable, Why: why})
}

// severity orders verdicts: the worst of its checks is a guarantee's.
var severity = map[Verdict]int{Verified: 0, Sampled: 1, NotVerifiable: 2, Broken: 3}

func (s *sheet) close() Guarantee {
	s.Verdict = Verified
	for _, c := range s.Checks {
		if severity[c.Verdict] > severity[s.Verdict] {
			s.Verdict = c.Verdict
		}
	}
	return s.Guarantee
}

// titles are the nine guarantees.
var titles = []string{
	"No purpose, no processing",
	"No declaration, no field",
	"No consent, no access to the terminal or to a third party",
	"No consent without proof",
	"No undeclared recipient, no undeclared field",
	"Nothing past its time",
	"Nothing hidden from the person",
	"Erasure is real",
	"No silent change",
}
