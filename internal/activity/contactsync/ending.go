package contactsync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy"
	"kept/internal/store"
)

// When everything of a synchronisation goes, contacts in mailboxes go before, if the
// customer chose so: without the rows nobody would know where they are, and without
// the keys nobody could sign in there. See docs/decisions/0026.

// What becomes of contacts in mailboxes at the end.
const (
	removeThem = "remove"
	leaveThem  = "leave"
)

// Why a synchronisation is ended.
const (
	byExpiry  = "expiry"
	byRequest = "request"
)

const (
	// ahead is how long before the rows of an expired customer go the mailboxes are
	// cleared, so that a server that does not answer for a while can be asked again.
	ahead = 24 * time.Hour
	// patience is for how long a customer's request waits for mailboxes that cannot
	// be reached.
	patience = 3 * 24 * time.Hour
	// anew is after which time a mailbox that could not be cleared is tried again.
	anew = time.Hour
)

// Expire notes when the trial or the cancelled subscription of a customer expires;
// the zero time takes that back. Periods of the policy run from it.
func (y *Synchroniser) Expire(ctx context.Context, tx *store.Tx, customer string, at time.Time) error {
	all, err := y.syncs(ctx, "where subject = $1 and requested_at is null", customer)
	if err != nil {
		return err
	}
	for _, s := range all {
		when, ends, why := store.Time{}, store.Time{}, ""
		if !at.IsZero() {
			when = store.At(at)
			if last, goes := y.lastDay(s, at); goes && s.Setup.AtEnd == removeThem {
				ends, why = store.At(last), byExpiry
			}
		}
		_, err := tx.ExecContext(ctx, "update sync_setup set expires_at = $1, ending_at = $2, ending_for = $3 where id = $4", when, ends, null(why), s.ID)
		if err != nil {
			return fmt.Errorf("note the expiry of a synchronisation: %w", store.Classify(err))
		}
	}
	return nil
}

// lastDay is when mailboxes have to be cleared so that it is done when the rows go,
// false if the policy keeps them for ever.
func (y *Synchroniser) lastDay(s Sync, expiry time.Time) (time.Time, bool) {
	a, err := y.entry(s.Activity)
	if err != nil {
		return time.Time{}, false
	}
	for i := range a.Retention {
		if r := &a.Retention[i]; r.From == byExpiry && r.Then == policy.Delete {
			last := r.Keep.After(expiry).Add(-ahead)
			if last.Before(expiry) {
				last = expiry
			}
			return last, true
		}
	}
	return time.Time{}, false
}

// Forget notes that a customer wants everything deleted. What the customer chose to
// have removed from mailboxes is removed first, by a job.
func (y *Synchroniser) Forget(ctx context.Context, tx *store.Tx, customer string) error {
	all, err := y.syncs(ctx, "where subject = $1 and requested_at is null", customer)
	if err != nil {
		return err
	}
	for _, s := range all {
		if err := y.finish(ctx, tx, s, s.Setup.AtEnd == removeThem); err != nil {
			return err
		}
	}
	return nil
}

// Remove ends a synchronisation at the customer's request: everything that is held
// of it goes, as the policy's rule for requests says. With mailboxes, what stands in
// them goes first, by a job; without, it stays there.
func (y *Synchroniser) Remove(ctx context.Context, id string, mailboxes bool) error {
	s, err := y.Get(ctx, id)
	if err != nil {
		return err
	}
	err = y.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return y.finish(ctx, tx, s, mailboxes) })
	if err != nil {
		return fmt.Errorf("remove a synchronisation: %w", err)
	}
	return nil
}

// finish begins the end of a synchronisation.
func (y *Synchroniser) finish(ctx context.Context, tx *store.Tx, s Sync, mailboxes bool) error {
	now := store.At(y.env.Clock.Now())
	if !mailboxes {
		return y.requested(ctx, tx, s)
	}
	_, err := tx.ExecContext(ctx, "update sync_setup set ending_at = $1, ending_for = $2, next_at = $1 where id = $3", now, byRequest, s.ID)
	if err != nil {
		return store.Classify(err)
	}
	_, err = y.env.Jobs.Enqueue(ctx, tx, job.New{Kind: dueJob, Key: dueJob, Payload: struct{}{}})
	return err
}

// requested notes the moment of the request: what the policy ends then goes.
func (y *Synchroniser) requested(ctx context.Context, tx *store.Tx, s Sync) error {
	_, err := tx.ExecContext(ctx, "update sync_setup set requested_at = $1, next_at = null, ending_at = null where id = $2", store.At(y.env.Clock.Now()), s.ID)
	if err != nil {
		return store.Classify(err)
	}
	if _, err := y.env.Ledger.Append(ctx, tx, "sync.removed", map[string]any{"synchronisation": s.ID, "activity": s.Activity}); err != nil {
		return err
	}
	return y.env.End(ctx, tx, s.Activity, "request", setupTable, s.ID)
}

// end clears the mailboxes of a synchronisation that is ended. What cannot be
// reached is tried again; a request does not wait for it for ever.
func (y *Synchroniser) end(ctx context.Context, id string) {
	s, err := y.Get(ctx, id)
	if err != nil {
		return // it is gone
	}
	now := y.env.Clock.Now()
	if now.Before(s.Next) {
		return
	}
	r, err := y.Undo(ctx, id, Options{})
	if ctx.Err() != nil || errors.Is(err, errBusy) {
		return
	}
	cleared := err == nil && r.State == "done"
	err = y.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		switch {
		case s.EndingFor == byRequest && (cleared || !now.Before(s.Ending.Add(patience))):
			return y.requested(ctx, tx, s)
		case cleared:
			_, err := tx.ExecContext(ctx, "update sync_setup set ending_at = null, ending_for = null, next_at = null where id = $1", id)
			return store.Classify(err)
		}
		_, err := tx.ExecContext(ctx, "update sync_setup set next_at = $1 where id = $2", store.At(now.Add(anew)), id)
		return store.Classify(err)
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		y.env.Log.Error("the end of a synchronisation could not be noted", "synchronisation", id, "error", err)
	}
}
