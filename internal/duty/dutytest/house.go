package dutytest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/fault"
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

// Start is when the clock of a House stands at first.
var Start = time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC)

// House is an instance.
type House struct {
	T         testing.TB
	Ctx       context.Context
	DB        *store.DB
	Events    *event.Store
	Vault     *vault.Vault
	Keys      string // the folder of the vault's keys.db
	Ledger    *ledger.Ledger
	Jobs      *job.Queue
	Subjects  *subject.Registry
	Consent   *consent.Service
	Clock     *clock.Manual
	Manifests []manifest.Manifest

	policy atomic.Pointer[policy.Policy]
}

// Each runs f as a subtest on each database.
func Each(t *testing.T, activities string, more []manifest.Manifest, f func(t *testing.T, h *House)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, c store.Config) { f(t, Open(t, c, activities, more)) })
}

// Open opens an instance on a database, with the circle's manifest and more.
func Open(t testing.TB, c store.Config, activities string, more []manifest.Manifest) *House {
	t.Helper()
	h := &House{T: t, Ctx: context.Background(), Clock: clock.At(Start)}
	h.Manifests = append([]manifest.Manifest{Circle(), consent.Manifest(), subject.Manifest(), job.Manifest(), ledger.Manifest(), store.Manifest()}, more...)
	h.policy.Store(h.Read(activities))
	h.DB = storetest.Open(t, c)
	h.must(h.DB.Migrate(h.Ctx, "circle", files))
	master, err := vault.MasterFromFile(filepath.Join(t.TempDir(), "master"), true)
	h.must(err)
	h.Keys = t.TempDir()
	h.Vault, err = vault.Open(h.Ctx, vault.Config{Dir: h.Keys, Master: master, Clock: h.Clock})
	h.must(err)
	t.Cleanup(func() { h.Vault.Close() })
	h.Ledger, err = ledger.Open(h.Ctx, h.DB, ledger.Config{Origin: "circle.example/ledger", Key: bytes.Repeat([]byte{7}, 32), Clock: h.Clock})
	h.must(err)
	h.Jobs, err = job.Open(h.Ctx, h.DB, h.Clock, slog.New(slog.DiscardHandler))
	h.must(err)
	h.Subjects, err = subject.Open(h.Ctx, h.DB, h.Vault, h.Ledger, h.Clock)
	h.must(err)
	h.Consent, err = consent.Open(h.Ctx, h.DB, h.Vault, h.Ledger, h.Subjects, h.Clock, h.Policy, consent.Config{})
	h.must(err)
	var tables []manifest.Table
	for _, m := range h.Manifests {
		tables = append(tables, m.Tables...)
	}
	h.Events, err = event.Open(h.Ctx, h.DB, h.Vault, h.Clock, tables)
	h.must(err)
	t.Cleanup(func() { h.must(h.Events.Close(h.Ctx)) })
	return h
}

func (h *House) must(err error) {
	h.T.Helper()
	if err != nil {
		h.T.Fatal(err)
	}
}

// Read reads a policy with these entries and fails the test if it has mistakes.
func (h *House) Read(activities string) *policy.Policy {
	h.T.Helper()
	p, findings := policy.Load("policy.yaml", []byte(Policy(activities)), manifest.Vocabulary(h.Manifests), Start)
	if findings.HasErrors() {
		for _, f := range findings {
			if f.Severity == policy.Mistake {
				h.T.Errorf("%s %s: %s", f.Code, f.Pos, f.Problem)
			}
		}
		h.T.Fatal("the test's policy has mistakes")
	}
	return p
}

// Policy returns the policy in force.
func (h *House) Policy() *policy.Policy { return h.policy.Load() }

// Take puts a policy in force.
func (h *House) Take(p *policy.Policy) { h.policy.Store(p) }

// Write runs f in a transaction.
func (h *House) Write(f func(ctx context.Context, tx *store.Tx) error) {
	h.T.Helper()
	h.must(h.DB.Write(h.Ctx, f))
}

// Exec runs one statement.
func (h *House) Exec(query string, args ...any) {
	h.T.Helper()
	if _, err := h.DB.ExecContext(h.Ctx, query, args...); err != nil {
		h.T.Fatalf("%s: %v", query, err)
	}
}

// Count counts the rows of a table that meet a condition.
func (h *House) Count(table, where string, args ...any) (n int64) {
	h.T.Helper()
	h.must(h.DB.QueryRowContext(h.Ctx, "select count(*) from "+table+" where "+where, args...).Scan(&n))
	return n
}

// Subject makes a person who is known by a visitor id.
func (h *House) Subject(visitor string) (id string) {
	h.T.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		id, _, err = h.Subjects.Ensure(ctx, tx, subject.Visitor, visitor)
		return err
	})
	return id
}

// Accept accepts everything that the policy offers, now, and returns whose
// decision it is.
func (h *House) Accept() (id string) {
	h.T.Helper()
	text := "the text of " + h.Policy().Hash
	sum := sha256.Sum256([]byte(text))
	n := consent.Notice{Hash: hex.EncodeToString(sum[:]), Version: "1", Language: "en", HTML: text, Text: text, PolicyHash: h.Policy().Hash}
	h.Write(func(ctx context.Context, tx *store.Tx) error { return h.Consent.Publish(ctx, tx, n) })
	out, err := h.Consent.Decide(h.Ctx, consent.Request{All: true, Language: "en", Source: consent.Banner, NoticeHash: n.Hash})
	h.must(err)
	id, err = h.Consent.Subject(h.Ctx, out.State.Decision)
	h.must(err)
	return id
}

// Join makes subject a member who joined now and returns the member's id. The
// address is sealed under the rule that governs it, like the proof if the policy
// has one.
func (h *House) Join(subject, email string) string {
	h.T.Helper()
	id := store.NewID()
	a := h.Policy().Activity("circle")
	seal := func(field, text string) []byte {
		if !a.Has(field) {
			return nil
		}
		sealed, err := h.Vault.Seal(h.Ctx, vault.Ref{Subject: subject, Rule: a.RuleFor(field).ID}, Member+"."+field, []byte(text))
		h.must(err)
		return sealed
	}
	h.Exec("insert into circle_member (id, subject, email, email_index, name, proof, joined_at) values ($1, $2, $3, $4, $5, $6, $7)",
		id, subject, seal("email", email), h.Vault.Index(EmailSpace, email), "Ada", seal("proof", "signed up: "+email), store.At(h.Clock.Now()))
	return id
}

// WriteLetter stores a letter of a member, dated now.
func (h *House) WriteLetter(member, body string) {
	h.T.Helper()
	h.Exec("insert into circle_letter (id, member, body, link, at) values ($1, $2, $3, $4, $5)",
		store.NewID(), member, body, "https://circle.example/read?by=ada", store.At(h.Clock.Now()))
}

// Bill stores an invoice dated then.
func (h *House) Bill(subject string, at time.Time) {
	h.T.Helper()
	h.Exec("insert into circle_invoice (id, subject, amount, dated_at) values ($1, $2, $3, $4)", store.NewID(), subject, 4200, store.At(at))
}

// See stores visits of a subject at these moments.
func (h *House) See(subject, page string, at ...time.Time) {
	h.T.Helper()
	var rows []event.Row
	for _, t := range at {
		rows = append(rows, event.Row{At: t, Subject: subject, Values: []any{page}})
	}
	h.must(h.Events.Append(h.Ctx, Visit, rows...))
}

// Trace stores addresses seen at these moments.
func (h *House) Trace(at ...time.Time) {
	h.T.Helper()
	var rows []event.Row
	for _, t := range at {
		rows = append(rows, event.Row{At: t, Values: []any{"203.0.113.7"}})
	}
	h.must(h.Events.Append(h.Ctx, Trace, rows...))
}

// EventCount counts the rows of an event table.
func (h *House) EventCount(table string) int64 {
	h.T.Helper()
	n, err := h.Events.Count(h.Ctx, table)
	h.must(err)
	return n
}

// Hold places a hold and returns its id.
func (h *House) Hold(x subject.Hold) (id string) {
	h.T.Helper()
	x.Reason, x.By = "lawsuit 4 O 12/26", "staff"
	if x.Until.IsZero() {
		x.Until = h.Clock.Now().AddDate(30, 0, 0)
	}
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		id, err = h.Subjects.SetHold(ctx, tx, x)
		return err
	})
	return id
}

// Lift lifts a hold.
func (h *House) Lift(id string) {
	h.T.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error { return h.Subjects.LiftHold(ctx, tx, id, "staff") })
}

// Work runs every job that is due, and fails the test if one is set aside.
func (h *House) Work() {
	h.T.Helper()
	for more := true; more; {
		var err error
		more, err = h.Jobs.Step(h.Ctx)
		h.must(err)
	}
	aside, err := h.Jobs.SetAside(h.Ctx)
	h.must(err)
	for _, j := range aside {
		h.T.Errorf("job %s was set aside: %s", j.Kind, j.Error)
	}
}

// Leaves returns how many leaves of a kind there are, after sequencing.
func (h *House) Leaves(kind string) int64 {
	h.T.Helper()
	_, err := h.Ledger.Sequence(h.Ctx)
	h.must(err)
	counts, err := h.Ledger.Count(h.Ctx)
	h.must(err)
	return counts[kind]
}

// HasKey reports whether subject has a key under a rule.
func (h *House) HasKey(subject, rule string) bool {
	h.T.Helper()
	has, err := h.Vault.Has(h.Ctx, vault.Ref{Subject: subject, Rule: rule})
	if fault.Is(err, fault.NotFound) {
		return false
	}
	h.must(err)
	return has
}
