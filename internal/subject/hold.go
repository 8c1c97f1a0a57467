package subject

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/vault"
)

const holdContext = "subject_hold.reason"

// Hold suspends retention rules: for one subject or for all, for one activity
// or for all, for one rule or for all.
type Hold struct {
	ID       string
	Subject  string // empty: everybody
	Activity string // empty: every activity
	Rule     string // a rule's ID; empty: every rule of the activity
	Reason   string
	Ground   string    // key of the policy's holds that it is founded on; empty: none
	By       string    // who set it
	Since    time.Time // when
	Until    time.Time // when it ends by itself
}

// SetHold places a hold and returns its id. Invalid without a reason, a person
// who sets it, or an end in the future.
func (r *Registry) SetHold(ctx context.Context, tx *store.Tx, h Hold) (id string, err error) {
	now := r.clock.Now()
	switch {
	case h.Reason == "" || h.By == "":
		return "", fault.New(fault.Invalid, "a hold needs a reason and somebody who answers for it")
	case !h.Until.After(now):
		return "", fault.New(fault.Invalid, "a hold needs an end, and one that is still to come")
	case h.Rule != "" && h.Activity == "":
		return "", fault.New(fault.Invalid, "a hold on a rule names the rule's activity too")
	}
	h.ID = store.NewID()
	sealed, err := r.vault.Seal(ctx, h.key(), holdContext, []byte(h.Reason))
	if err != nil {
		return "", fmt.Errorf("set a hold: %w", err)
	}
	_, err = tx.ExecContext(ctx, `insert into subject_hold (id, subject, activity, rule, reason, set_by, since, until_at, ground)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, h.ID, h.Subject, h.Activity, h.Rule, sealed, h.By, store.At(now), store.At(h.Until), h.Ground)
	if err = store.Classify(err); err == nil {
		_, err = r.ledger.Append(ctx, tx, "hold.set", map[string]any{
			"hold": h.ID, "activity": h.Activity, "rule": h.Rule, "everybody": h.Subject == "", "until": h.Until.UTC(), "ground": h.Ground,
		})
	}
	if err == nil {
		err = r.release(ctx, tx, h.Until)
	}
	if err != nil {
		return "", fmt.Errorf("set a hold: %w", err)
	}
	return h.ID, nil
}

// LiftHold ends a hold before its time; NotFound if it does not stand.
func (r *Registry) LiftHold(ctx context.Context, tx *store.Tx, id, by string) error {
	if by == "" {
		return fault.New(fault.Invalid, "somebody must answer for lifting a hold")
	}
	now := r.clock.Now()
	result, err := tx.ExecContext(ctx, "update subject_hold set until_at = $1, set_by = $2 where id = $3 and until_at > $1", store.At(now), by, id)
	if err != nil {
		return fmt.Errorf("lift a hold: %w", store.Classify(err))
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return fault.New(fault.NotFound, "this hold does not stand")
	}
	if _, err := r.ledger.Append(ctx, tx, "hold.lifted", map[string]any{"hold": id}); err != nil {
		return fmt.Errorf("lift a hold: %w", err)
	}
	if err := r.release(ctx, tx, now); err != nil {
		return fmt.Errorf("lift a hold: %w", err)
	}
	return nil
}

// Holds returns the holds that stand now, the oldest first.
func (r *Registry) Holds(ctx context.Context) (found []Hold, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("read the holds: %w", err)
		}
	}()
	rows, err := r.db.QueryContext(ctx, `select id, subject, activity, rule, reason, set_by, since, until_at, ground
		from subject_hold where until_at > $1 order by since, id`, store.At(r.clock.Now()))
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		h, err := r.scanHold(ctx, rows)
		if err != nil {
			return nil, err
		}
		found = append(found, h)
	}
	return found, store.Classify(rows.Err())
}

func (r *Registry) scanHold(ctx context.Context, rows *sql.Rows) (Hold, error) {
	var (
		h            Hold
		sealed       []byte
		since, until store.Time
	)
	if err := rows.Scan(&h.ID, &h.Subject, &h.Activity, &h.Rule, &sealed, &h.By, &since, &until, &h.Ground); err != nil {
		return Hold{}, err
	}
	reason, err := r.vault.Open(ctx, h.key(), holdContext, sealed)
	if err != nil {
		return Hold{}, err
	}
	h.Reason, h.Since, h.Until = string(reason), since.Time, until.Time
	return h, nil
}

// key seals the reason: a hold is about something else than one person's data
// and outlives the keys of the person.
func (h Hold) key() vault.Ref { return vault.Ref{Subject: h.ID, Rule: Rule} }

// Kept says whose data a retention rule must not touch now: everybody's, or
// that of the subjects returned (held for this activity and rule, or
// restricted), sorted. It is one query, for the planner and the event store.
func (r *Registry) Kept(ctx context.Context, activity, rule string) (subjects []string, everybody bool, err error) {
	rows, err := r.db.QueryContext(ctx, `select subject from subject_hold
		where until_at > $1 and activity in ('', $2) and rule in ('', $3)
		union select subject from subject_restriction`, store.At(r.clock.Now()), activity, rule)
	if err != nil {
		return nil, false, fmt.Errorf("read what is held: %w", store.Classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, false, fmt.Errorf("read what is held: %w", err)
		}
		if id == "" {
			everybody = true
			continue
		}
		subjects = append(subjects, id)
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("read what is held: %w", store.Classify(err))
	}
	slices.Sort(subjects)
	return subjects, everybody, nil
}
