package retain

import (
	"context"
	"fmt"
	"sync"
	"time"

	"kept/internal/clock"
	"kept/internal/job"
	"kept/internal/ledger"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/subject"
	"kept/internal/vault"
)

// Config is what the duty stands on.
type Config struct {
	DB        *store.DB
	Events    *event.Store
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
// use; one run at a time works, in whatever process.
type Sweeper struct {
	Config
	running sync.Mutex
	post    Post     // nil: nobody is told
	reach   Reaching // likewise

	leavings map[string]Leaving // by kind
}

// Open makes the room's tables, takes its kinds of job and returns the sweeper.
func Open(ctx context.Context, c Config) (*Sweeper, error) {
	if c.Brake == (Brake{}) {
		c.Brake = DefaultBrake
	}
	if err := c.DB.Migrate(ctx, "retain", files); err != nil {
		return nil, fmt.Errorf("retain: %w", err)
	}
	s := &Sweeper{Config: c}
	s.takeJobs()
	c.Subjects.OnRelease(s.released)
	c.Subjects.OnForget(s.forgotten)
	return s, nil
}
