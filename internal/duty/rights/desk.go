package rights

import (
	"context"
	"fmt"

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
}

// Desk takes requests and carries them out. It is safe for concurrent use.
type Desk struct {
	Config
}

// Open makes the room's tables, takes its kinds of job and returns the desk.
func Open(ctx context.Context, c Config) (*Desk, error) {
	if err := c.DB.Migrate(ctx, "rights", Migrations()); err != nil {
		return nil, fmt.Errorf("rights: %w", err)
	}
	return &Desk{Config: c}, nil
}

// Access returns a copy of everything that is held about subject (Art. 15) and
// notes that it was given. A subject that nothing is known of gets a copy that
// says so.
func (d *Desk) Access(ctx context.Context, subject string) (Copy, error) { return Copy{}, nil }

// Portable returns what the person provided or the device sent, under consent or
// a contract (Art. 20).
func (d *Desk) Portable(ctx context.Context, subject string) (Copy, error) { return Copy{}, nil }

// Erase takes a request for erasure and returns its id at once; a job carries it
// out. Asked again while one is open, it returns that one.
func (d *Desk) Erase(ctx context.Context, subject string) (request string, err error) {
	return "", nil
}

// Preview says what an erasure would take and what would stay, and changes
// nothing.
func (d *Desk) Preview(ctx context.Context, subject string) (goes, stays []Part, err error) {
	return nil, nil, nil
}

// Object ends an activity that rests on legitimate interests for subject
// (Art. 21). Invalid if the activity rests on another basis.
func (d *Desk) Object(ctx context.Context, subject, activity string) (request string, err error) {
	return "", nil
}

// Restrict keeps the subject's data from being used and from being deleted
// (Art. 18) until Lift. The reason is the person's, in plain words.
func (d *Desk) Restrict(ctx context.Context, subject, reason string) (request string, err error) {
	return "", nil
}

// Lift ends a restriction.
func (d *Desk) Lift(ctx context.Context, subject string) error { return nil }

// Request returns the request id, NotFound if there is none.
func (d *Desk) Request(ctx context.Context, id string) (Request, error) { return Request{}, nil }

// Requests returns the requests of a subject, the newest first.
func (d *Desk) Requests(ctx context.Context, subject string) ([]Request, error) { return nil, nil }

// Pending returns every request that is neither done nor refused, the oldest
// first.
func (d *Desk) Pending(ctx context.Context) ([]Request, error) { return nil, nil }

// Resume takes up a request that waits.
func (d *Desk) Resume(ctx context.Context, id string) error { return nil }

// Refuse refuses a request with a reason (Art. 12(5)). Conflict once it has
// begun to execute.
func (d *Desk) Refuse(ctx context.Context, id, reason, who string) error { return nil }
