package contactsync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy/period"
	"kept/internal/store"
)

// A synchronisation that runs by itself has its next run in its row. A job looks
// each minute for what is due, on every node, and begins it beside the queue: a run
// may last for an hour, and mails and deletions are not to wait for it. The lease of
// the row lets one node at a time work at it. A node that is killed leaves its lease
// to run out and the run due, so another goes on with it.

// dueJob looks for synchronisations that are due.
const dueJob = "sync.due"

var dueRhythm = period.Period{Clock: time.Minute}

// together is how many synchronisations a node works at at a time. Their calls take
// turns in the limiter.
const together = 16

// retry is when a run that failed for the first time is tried again, if its rhythm
// is longer.
const retry = 15 * time.Minute

// due begins what is due. Without an entry of the policy nothing is.
func (y *Synchroniser) due(ctx context.Context, _ job.Job) error {
	if len(y.env.Policy().OfKind(Name)) == 0 {
		return nil
	}
	now := store.At(y.env.Clock.Now())
	for _, kind := range []struct {
		which string
		do    func(context.Context, string)
	}{
		{"ending_at <= $1 and (next_at is null or next_at <= $1 or ending_for = 'expiry')", y.end},
		{"ending_at is null and next_at <= $1 and (expires_at is null or expires_at > $1)", y.scheduled},
	} {
		ids, err := store.Texts(ctx, y.env.DB, "select id from sync_setup where requested_at is null and (held_until is null or held_until <= $1) and "+
			kind.which+" order by coalesce(next_at, 0), id limit $2", now, together)
		if err != nil {
			return fmt.Errorf("look for synchronisations that are due: %w", store.Classify(err))
		}
		for _, id := range ids {
			y.begin(id, kind.do)
		}
	}
	return nil
}

// begin works at a synchronisation in the background, unless this node does already
// or has its hands full: then it is begun a minute later.
func (y *Synchroniser) begin(id string, do func(context.Context, string)) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.background.Err() != nil || y.busy[id] || len(y.busy) >= together {
		return false
	}
	y.busy[id] = true
	y.working.Go(func() {
		defer func() {
			y.mu.Lock()
			defer y.mu.Unlock()
			delete(y.busy, id)
		}()
		do(y.background, id)
	})
	return true
}

// Wait returns when nothing is being worked at in the background.
func (y *Synchroniser) Wait() { y.working.Wait() }

// scheduled does a run that is due, after a look at what people changed if that is
// due too, and says when the next one is.
func (y *Synchroniser) scheduled(ctx context.Context, id string) {
	s, err := y.Get(ctx, id)
	if err == nil {
		err = y.lookIfDue(ctx, s)
	}
	if err == nil {
		_, err = y.Run(ctx, id, Options{Fresh: true})
	}
	switch {
	case ctx.Err() != nil, errors.Is(err, errBusy):
		return // it is due still
	case fault.Is(err, fault.NotFound) && s.ID == "":
		return // it was removed meanwhile
	}
	if failed := y.after(ctx, s, err); failed != nil {
		y.env.Log.Error("what became of a synchronisation could not be noted", "synchronisation", id, "error", failed)
	}
}

// lookIfDue verifies if the set-up says so and the time has come.
func (y *Synchroniser) lookIfDue(ctx context.Context, s Sync) error {
	often, err := s.Setup.rhythm(s.Setup.Verify)
	if err != nil || often == 0 || y.env.Clock.Now().Before(s.Verified.Add(often)) {
		return err
	}
	_, err = y.Verify(ctx, s.ID, Options{})
	return err
}

// after notes what became of a run that was due, plans the next one, and writes to
// the customer if something began to fail or is over.
func (y *Synchroniser) after(ctx context.Context, s Sync, failed error) error {
	a, err := y.entry(s.Activity)
	if err != nil {
		return nil // the policy has another entry by now: nothing runs
	}
	every, err := s.Setup.rhythm(s.Setup.Every)
	if err != nil {
		return err
	}
	return y.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		times := int64(0)
		if failed != nil {
			times = s.Failed + 1
		}
		fresh := int64(0) // mailboxes that failed for the first time
		err := tx.QueryRowContext(ctx, "select count(*) from sync_mailbox where setup = $1 and removed_at is null and failed = 1", s.ID).Scan(&fresh)
		if err != nil {
			return store.Classify(err)
		}
		_, err = tx.ExecContext(ctx, "update sync_setup set next_at = $1, failed = $2, problem = $3 where id = $4",
			y.next(s, every, times == 1 || fresh > 0), times, null(problemOf(failed)), s.ID)
		if err != nil {
			return store.Classify(err)
		}
		return y.tell(ctx, tx, a, s)
	})
}

// next is when a synchronisation runs next: a rhythm after the run that was planned,
// so that it does not slide, and sooner after something failed for the first time.
func (y *Synchroniser) next(s Sync, every time.Duration, again bool) store.Time {
	now := y.env.Clock.Now()
	switch {
	case every == 0:
		return store.Time{}
	case again && every > retry:
		return store.At(now.Add(retry))
	}
	missed := max(0, now.Sub(s.Next)/every)
	at := s.Next.Add((missed + 1) * every)
	if s.Next.IsZero() || at.Sub(now) > every {
		at = now.Add(every)
	}
	return store.At(at)
}

// plan says when a set-up that was stored runs: a rhythm from now at the latest.
func (y *Synchroniser) plan(ctx context.Context, tx *store.Tx, id string, s Setup) error {
	every, err := s.rhythm(s.Every)
	if err != nil {
		return err
	}
	at := store.Time{}
	if every > 0 {
		at = store.At(y.env.Clock.Now().Add(every))
	}
	_, err = tx.ExecContext(ctx, "update sync_setup set next_at = case when next_at < $1 then next_at else $1 end where id = $2", at, id)
	return store.Classify(err)
}

// Soon has a synchronisation run as soon as a node has a hand free.
func (y *Synchroniser) Soon(ctx context.Context, id string) error {
	return y.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		now := y.env.Clock.Now()
		if _, err := tx.ExecContext(ctx, "update sync_setup set next_at = $1 where id = $2", store.At(now), id); err != nil {
			return store.Classify(err)
		}
		_, err := y.env.Jobs.Enqueue(ctx, tx, job.New{Kind: dueJob, Key: dueJob, Payload: struct{}{}})
		return err
	})
}
