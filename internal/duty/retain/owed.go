package retain

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"kept/internal/job"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
)

// What a withdrawal should have ended and a hold or a restriction kept is owed:
// it ends when nothing keeps it any more, unless the person has consented again.

// releaseJob ends what is owed and not kept any more.
const releaseJob = "retain.release"

// owe remembers that what an activity holds of a subject is to end.
func (s *Sweeper) owe(ctx context.Context, tx *store.Tx, subject, activity string) error {
	_, err := tx.ExecContext(ctx, "insert into retain_owed (subject, activity, at) values ($1, $2, $3) on conflict (subject, activity) do nothing",
		subject, activity, store.At(s.Clock.Now()))
	return store.Classify(err)
}

// released has what waited looked at when a hold or a restriction ends: what is
// owed, and what has reached its time since.
func (s *Sweeper) released(ctx context.Context, tx *store.Tx, at time.Time) error {
	if _, err := s.Jobs.Enqueue(ctx, tx, job.New{Kind: releaseJob, Key: strconv.FormatInt(at.UnixMilli(), 10), At: at}); err != nil {
		return err
	}
	if at.After(s.Clock.Now()) { // the tick comes by itself
		return nil
	}
	_, err := s.Jobs.Enqueue(ctx, tx, job.New{Kind: sweepJob, Key: "now"})
	return err
}

// finishOwed is the job: each thing that is owed by itself, so that one that
// fails leaves the others done.
func (s *Sweeper) finishOwed(ctx context.Context, _ job.Job) error {
	owed, err := s.owed(ctx)
	if err != nil {
		return err
	}
	for _, e := range owed {
		if err := s.pay(ctx, e); err != nil {
			return fmt.Errorf("end what %s held on a consent that was withdrawn: %w", e.Activity, err)
		}
	}
	return nil
}

func (s *Sweeper) owed(ctx context.Context) ([]ended, error) {
	rows, err := s.DB.QueryContext(ctx, "select subject, activity from retain_owed order by at, subject, activity")
	if err != nil {
		return nil, fmt.Errorf("read what is owed: %w", store.Classify(err))
	}
	defer rows.Close()
	var owed []ended
	for rows.Next() {
		var e ended
		if err := rows.Scan(&e.Subject, &e.Activity); err != nil {
			return nil, fmt.Errorf("read what is owed: %w", err)
		}
		owed = append(owed, e)
	}
	return owed, store.Classify(rows.Err())
}

// pay ends what is owed if nothing keeps it any more. An activity that the policy
// dropped, or a consent that was given again, leaves nothing to end.
func (s *Sweeper) pay(ctx context.Context, e ended) error {
	var m *manifest.Manifest
	a := s.Policy().Activity(e.Activity)
	due := a != nil && a.Basis == policy.Consent
	if due {
		m = s.manifest(a.Kind)
		if kept, err := s.keeps(ctx, a, e.Subject); err != nil || kept {
			return err
		}
		again, err := s.consents(ctx, e.Subject, a.Group)
		if err != nil {
			return err
		}
		due = m != nil && !again
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "delete from retain_owed where subject = $1 and activity = $2", e.Subject, e.Activity); err != nil {
			return store.Classify(err)
		}
		if !due {
			return nil
		}
		return s.withdraw(ctx, tx, a, m, e.Subject)
	})
}

// forgotten deletes what the room keeps under a subject that is forgotten.
func (s *Sweeper) forgotten(ctx context.Context, tx *store.Tx, subject string) error {
	for _, table := range []string{"retain_owed", "retain_restriction", "retain_told"} {
		if _, err := tx.ExecContext(ctx, "delete from "+table+" where subject = $1", subject); err != nil {
			return store.Classify(err)
		}
	}
	return nil
}
