package contactsync

import (
	"context"
	"sync"

	"kept/internal/activity"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy"
	"kept/internal/remote/throttle"
	"kept/internal/store"
)

// Kind is the synchronisation of contacts as a kind of activity.
type Kind struct{}

// Migrate makes the kind's tables.
func (Kind) Migrate(ctx context.Context, db *store.DB) error { return db.Migrate(ctx, Name, files) }

// Open starts the kind; what runs is a *Synchroniser.
func (Kind) Open(_ context.Context, env activity.Env) (activity.Running, error) {
	return Open(env), nil
}

// Synchroniser keeps contacts in mailboxes up to date. It is safe for concurrent
// use.
type Synchroniser struct {
	env     activity.Env
	limiter *throttle.Limiter // of all customers: they take turns

	// Folder is where files lie that are sources, in one folder for each customer;
	// empty: nowhere. It is set before the first run.
	Folder string

	background context.Context // ends with the synchroniser
	stop       context.CancelFunc
	working    sync.WaitGroup

	mu   sync.Mutex
	busy map[string]bool // set-ups that this process works at in the background
}

// Open starts the synchroniser.
func Open(env activity.Env) *Synchroniser {
	y := &Synchroniser{env: env, limiter: throttle.New(throttle.Outlook, env.Clock), busy: map[string]bool{}}
	y.background, y.stop = context.WithCancel(context.Background())
	env.Jobs.Every(dueJob, dueRhythm, y.due, job.Options{})
	if env.Customers != nil {
		env.Customers.OnExpiry(y.Expire)
		env.Customers.OnDelete(y.Forget)
	}
	return y
}

// Close ends the synchroniser: what it acknowledged is durable already, and what
// it had begun goes on with the next run.
func (y *Synchroniser) Close(context.Context) error {
	y.stop()
	y.working.Wait()
	return nil
}

// entry returns the policy's entry of a key; with an empty key the only one.
func (y *Synchroniser) entry(key string) (*policy.Activity, error) {
	all := y.env.Policy().OfKind(Name)
	if key == "" && len(all) == 1 {
		return all[0], nil
	}
	for _, a := range all {
		if a.Key == key {
			return a, nil
		}
	}
	if key == "" && len(all) > 1 {
		return nil, fault.New(fault.Invalid, "the policy has several activities of the kind %s; name one", Name)
	}
	return nil, fault.New(fault.Refused, "the policy has no such activity of the kind %s: nothing is synchronised", Name)
}
