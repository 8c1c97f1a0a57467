package subject

import (
	"context"
	"time"

	"kept/internal/store"
)

// Find returns the subject that an identifier leads to, NotFound if none.
func (r *Registry) Find(ctx context.Context, q store.Querier, kind, value string) (id string, err error) {
	panic("not yet")
}

// Ensure returns the subject of an identifier and makes it if there is none.
func (r *Registry) Ensure(ctx context.Context, tx *store.Tx, kind, value string) (id string, created bool, err error) {
	panic("not yet")
}

// Link lets one more identifier lead to a subject: Conflict if it leads to another one.
func (r *Registry) Link(ctx context.Context, tx *store.Tx, subject, kind, value string) error {
	panic("not yet")
}

// Identifier is one thing that leads to a subject.
type Identifier struct {
	Kind, Value string
	At          time.Time
}

// Identifiers returns everything that leads to subject.
func (r *Registry) Identifiers(ctx context.Context, subject string) ([]Identifier, error) {
	panic("not yet")
}

// Restrict stops the processing of subject's data (Art. 18): it is kept, and nothing else.
func (r *Registry) Restrict(ctx context.Context, tx *store.Tx, subject, reason string) error {
	panic("not yet")
}

// Lift ends a restriction.
func (r *Registry) Lift(ctx context.Context, tx *store.Tx, subject string) error { panic("not yet") }

// Restricted returns the subjects under restriction; at most a second stale.
// The map is shared: do not change it.
func (r *Registry) Restricted(ctx context.Context) (map[string]bool, error) { panic("not yet") }

// Object records an objection to an activity (Art. 21).
func (r *Registry) Object(ctx context.Context, tx *store.Tx, subject, activity string) error {
	panic("not yet")
}

// Objected reports whether subject objected to activity.
func (r *Registry) Objected(ctx context.Context, subject, activity string) (bool, error) {
	panic("not yet")
}

// Hold suspends retention rules: for one subject or for all, for one activity
// or for all, for one rule or for all.
type Hold struct {
	ID       string
	Subject  string // empty: everybody
	Activity string // empty: every activity
	Rule     string // a rule's ID; empty: every rule of the activity
	Reason   string
	By       string    // who set it
	Since    time.Time // when
	Until    time.Time // when it ends by itself
}

// SetHold places a hold and returns its id. Invalid without a reason, a person
// who sets it, or an end in the future.
func (r *Registry) SetHold(ctx context.Context, tx *store.Tx, h Hold) (id string, err error) {
	panic("not yet")
}

// LiftHold ends a hold before its time; NotFound if it does not stand.
func (r *Registry) LiftHold(ctx context.Context, tx *store.Tx, id, by string) error {
	panic("not yet")
}

// Holds returns the holds that stand now.
func (r *Registry) Holds(ctx context.Context) ([]Hold, error) { panic("not yet") }

// Kept says whose data a retention rule must not touch now: everybody's, or
// that of the subjects returned (held for this activity and rule, or
// restricted), sorted. It is one query, for the planner and the event store.
func (r *Registry) Kept(ctx context.Context, activity, rule string) (subjects []string, everybody bool, err error) {
	panic("not yet")
}

// Forget removes a subject: its identifiers, restrictions, objections and holds
// of its own, and destroys the key that sealed them. Conflict while a hold
// stands on the subject. Data of other rooms is theirs to delete before.
func (r *Registry) Forget(ctx context.Context, tx *store.Tx, subject string) error { panic("not yet") }
