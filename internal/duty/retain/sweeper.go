package retain

import (
	"context"
	"fmt"
	"time"

	"kept/internal/clock"
	"kept/internal/job"
	"kept/internal/ledger"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

// Config is what the duty stands on.
type Config struct {
	DB        *store.DB
	Vault     *vault.Vault
	Ledger    *ledger.Ledger
	Subjects  *subject.Registry
	Jobs      *job.Queue
	Clock     clock.Clock
	Manifests []manifest.Manifest
	Policy    func() *policy.Policy // in force at this moment
	Brake     Brake                 // the zero Brake is DefaultBrake
}

// Brake says when a run waits for a person.
type Brake struct {
	Jump  time.Duration // the clock stands further past the last run than this
	Share float64       // a run would end more than this share of a table, unforeseen
	Rows  int64         // tables up to this size are not looked at for Share
}

// DefaultBrake is a day, 30 % and a thousand rows.
var DefaultBrake = Brake{Jump: 24 * time.Hour, Share: 0.3, Rows: 1000}

// Rhythm is how often Sweep wants to be called: the audit tolerates an hour.
const Rhythm = 10 * time.Minute

// Sweeper carries out the policy's retention rules. It is safe for concurrent
// use; one run at a time works, others wait.
type Sweeper struct {
	Config
}

// Open makes the room's tables, takes its kinds of job and returns the sweeper.
func Open(ctx context.Context, c Config) (*Sweeper, error) {
	if c.Brake == (Brake{}) {
		c.Brake = DefaultBrake
	}
	if err := c.DB.Migrate(ctx, "retain", Migrations()); err != nil {
		return nil, fmt.Errorf("retain: %w", err)
	}
	return &Sweeper{Config: c}, nil
}

// Plan says what is due now and changes nothing.
func (s *Sweeper) Plan(ctx context.Context) (Plan, error) { return Plan{}, nil }

// Sweep is the tick: it plans, runs what may run by itself and stores a plan
// that has to wait. It is called every Rhythm.
func (s *Sweeper) Sweep(ctx context.Context) (Report, error) { return Report{}, nil }

// Waiting returns the plans that wait for a person, the newest first.
func (s *Sweeper) Waiting(ctx context.Context) ([]Plan, error) { return nil, nil }

// Confirm carries out the waiting plan id, or allows the take-over it stands
// for, in the name of the person who confirms. NotFound if no such plan waits,
// Conflict if the data has changed so that more would go than the plan said.
func (s *Sweeper) Confirm(ctx context.Context, id, who string) (Report, error) {
	return Report{}, nil
}

// Reject puts the waiting plan id aside. The next run plans anew.
func (s *Sweeper) Reject(ctx context.Context, id, who string) error { return nil }

// Runs returns the n latest runs that had something to do.
func (s *Sweeper) Runs(ctx context.Context, n int) ([]Report, error) { return nil, nil }

// TakeOver says what changes over stored data if next replaces old. A plan
// without Waits may be taken over at once. Otherwise it is stored under its ID
// and waits; asked again with the same policies after Confirm, it waits no more.
func (s *Sweeper) TakeOver(ctx context.Context, old, next *policy.Policy) (Plan, error) {
	return Plan{}, nil
}

// Adopt records in the transaction that puts next in force which former rules go
// on for data collected before, and has what next no longer declares deleted.
// Refused if TakeOver's plan still waits. old is nil for the first policy.
func (s *Sweeper) Adopt(ctx context.Context, tx *store.Tx, old, next *policy.Policy) error {
	return nil
}

// OnWithdraw ends what is held of a subject on the consent to groups: rows in
// the transaction, events by a job right after it. Give it to consent.OnWithdraw.
func (s *Sweeper) OnWithdraw(ctx context.Context, tx *store.Tx, subject string, groups []string) error {
	return nil
}

// Now ends, in the caller's transaction, what "keep: 0 days" ends of the row key
// of table when the moment has come in it. A kind gets it handed in and calls it
// after it has written the moment.
func (s *Sweeper) Now(ctx context.Context, tx *store.Tx, activity, moment, table, key string) error {
	return nil
}
