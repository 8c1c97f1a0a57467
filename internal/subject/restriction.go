package subject

import (
	"context"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

const (
	reasonContext = "subject_restriction.reason"
	staleness     = time.Second // how old the set of Restricted may be
)

// Restrict stops the processing of subject's data (Art. 18 GDPR): it is kept,
// and nothing else happens to it. Again replaces the reason.
func (r *Registry) Restrict(ctx context.Context, tx *store.Tx, subject, reason string) error {
	if reason == "" {
		return fault.New(fault.Invalid, "say why the data is restricted")
	}
	sealed, err := r.vault.Seal(ctx, key(subject), reasonContext, []byte(reason))
	if err != nil {
		return fmt.Errorf("restrict: %w", err)
	}
	_, err = tx.ExecContext(ctx, `insert into subject_restriction (subject, reason, since) values ($1, $2, $3)
		on conflict (subject) do update set reason = excluded.reason`, subject, sealed, store.At(r.clock.Now()))
	if err = store.Classify(err); err == nil {
		err = r.note(ctx, tx, "restriction.set", subject, map[string]any{})
	}
	if err != nil {
		return fmt.Errorf("restrict: %w", err)
	}
	tx.OnCommit(r.reread)
	return nil
}

// Lift ends a restriction; NotFound if there is none.
func (r *Registry) Lift(ctx context.Context, tx *store.Tx, subject string) error {
	result, err := tx.ExecContext(ctx, "delete from subject_restriction where subject = $1", subject)
	if err != nil {
		return fmt.Errorf("lift a restriction: %w", store.Classify(err))
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return fault.New(fault.NotFound, "this person's data is not restricted")
	}
	err = r.note(ctx, tx, "restriction.lifted", subject, map[string]any{})
	if err == nil {
		err = r.release(ctx, tx, r.clock.Now())
	}
	if err != nil {
		return fmt.Errorf("lift a restriction: %w", err)
	}
	tx.OnCommit(r.reread)
	return nil
}

// Restricted returns the subjects under restriction; what another node did is
// seen within a second. The map is shared: do not change it.
func (r *Registry) Restricted(ctx context.Context) (map[string]bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock.Now()
	if age := now.Sub(r.readAt); r.restricted != nil && age >= 0 && age < staleness {
		return r.restricted, nil
	}
	set, err := r.subjects(ctx, "select subject from subject_restriction")
	if err != nil {
		return nil, fmt.Errorf("read the restrictions: %w", err)
	}
	r.restricted, r.readAt = set, now
	return set, nil
}

func (r *Registry) reread() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.restricted, r.objectors = nil, nil
}

// Object records an objection to an activity (Art. 21 GDPR); again is no change.
func (r *Registry) Object(ctx context.Context, tx *store.Tx, subject, activity string) error {
	result, err := tx.ExecContext(ctx, "insert into subject_objection (subject, activity, at) values ($1, $2, $3) on conflict (subject, activity) do nothing",
		subject, activity, store.At(r.clock.Now()))
	if err != nil {
		return fmt.Errorf("record an objection: %w", store.Classify(err))
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if err := r.note(ctx, tx, "objection.made", subject, map[string]any{"activity": activity}); err != nil {
		return fmt.Errorf("record an objection: %w", err)
	}
	tx.OnCommit(r.reread)
	return nil
}

// Unobject takes an objection back, as an explicit later consent does; no
// change if there is none.
func (r *Registry) Unobject(ctx context.Context, tx *store.Tx, subject, activity string) error {
	result, err := tx.ExecContext(ctx, "delete from subject_objection where subject = $1 and activity = $2", subject, activity)
	if err != nil {
		return fmt.Errorf("take an objection back: %w", store.Classify(err))
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if err := r.note(ctx, tx, "objection.taken-back", subject, map[string]any{"activity": activity}); err != nil {
		return fmt.Errorf("take an objection back: %w", err)
	}
	tx.OnCommit(r.reread)
	return nil
}

// Objected reports whether subject objected to activity.
func (r *Registry) Objected(ctx context.Context, subject, activity string) (bool, error) {
	var n int
	err := r.db.QueryRowContext(ctx, "select count(*) from subject_objection where subject = $1 and activity = $2", subject, activity).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("read objections: %w", store.Classify(err))
	}
	return n > 0, nil
}

// objectors is who objected to an activity, as it was read at a moment.
type objectors struct {
	subjects map[string]bool
	readAt   time.Time
}

// Objectors returns the subjects that objected to activity, for whoever asks at
// every request; what was done a second ago is seen. The map is shared: do not
// change it.
func (r *Registry) Objectors(ctx context.Context, activity string) (map[string]bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock.Now()
	if known, ok := r.objectors[activity]; ok {
		if age := now.Sub(known.readAt); age >= 0 && age < staleness {
			return known.subjects, nil
		}
	}
	set, err := r.subjects(ctx, "select subject from subject_objection where activity = $1", activity)
	if err != nil {
		return nil, fmt.Errorf("read objections: %w", err)
	}
	if r.objectors == nil {
		r.objectors = map[string]objectors{}
	}
	r.objectors[activity] = objectors{set, now}
	return set, nil
}

func (r *Registry) subjects(ctx context.Context, query string, args ...any) (map[string]bool, error) {
	rows, err := r.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	set := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		set[id] = true
	}
	return set, store.Classify(rows.Err())
}
