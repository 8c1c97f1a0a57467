package rights

import (
	"context"
	"fmt"

	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/job"
	"kept/internal/ledger"
	"kept/internal/mail"
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
	Consent   *consent.Service // an erasure withdraws what stands; nil: nothing does
	Jobs      *job.Queue
	Clock     clock.Clock
	Manifests []manifest.Manifest
	Policy    func() *policy.Policy // in force at this moment
	Mail      *mail.Post            // tells recipients that have an address for it; nil: a person does
	Elsewhere []Elsewhere           // other systems that hold data of the same people
}

// Desk takes requests and carries them out. It is safe for concurrent use.
type Desk struct {
	Config
	fail func(step string) error // lets a test break an erasure anywhere; nil otherwise

	// What other rooms want to know or do; set before serving.
	carried     []func(ctx context.Context, tx *store.Tx, c Carried) error
	liftings    []Lifting
	corrected   map[string][]Corrected
	withdrawals map[string]Withdraw
	endings     map[string]End
	tellers     map[string]Teller
}

// Open makes the room's tables, takes its kinds of job and returns the desk.
func Open(ctx context.Context, c Config) (*Desk, error) {
	if err := c.DB.Migrate(ctx, "rights", files); err != nil {
		return nil, fmt.Errorf("rights: %w", err)
	}
	d := &Desk{Config: c}
	for _, kind := range []string{eraseJob, lateJob} {
		d.Jobs.Handle(kind, d.erase, job.Options{Lease: eraseLease, MaxAttempts: eraseAttempts})
	}
	for _, kind := range []string{manyJob, lateManyJob} {
		d.Jobs.Handle(kind, d.eraseMany, job.Options{Lease: eraseLease, MaxAttempts: eraseAttempts})
	}
	d.Jobs.Handle(carryJob, d.carry, job.Options{Lease: carryLease, MaxAttempts: carryAttempts})
	d.Jobs.Handle(liftJob, d.liftDue, job.Options{})
	d.Jobs.Handle(tellJob, d.tell, job.Options{MaxAttempts: tellAttempts})
	d.Jobs.Handle(releaseJob, d.askAgain, job.Options{Lease: eraseLease})
	d.Subjects.OnRelease(d.released)
	d.Subjects.OnForget(d.forgotten)
	return d, nil
}
