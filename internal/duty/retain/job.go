package retain

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
)

// takeJobs has the queue call this room. Whoever opens the instance makes the
// sweep periodic (Rhythm); here it is only what a take-over asks for at once.
func (s *Sweeper) takeJobs() {
	s.Jobs.Handle(sweepJob, func(ctx context.Context, _ job.Job) error {
		_, err := s.Sweep(ctx)
		return err
	}, job.Options{Lease: time.Hour})
	s.Jobs.Handle(withdrawJob, s.finishWithdrawal, job.Options{Lease: 10 * time.Minute})
	s.Jobs.Handle(lateJob, s.finishLate, job.Options{Lease: 10 * time.Minute})
	s.Jobs.Handle(keysJob, s.finishKeys, job.Options{})
	s.Jobs.Handle(releaseJob, s.finishOwed, job.Options{Lease: 10 * time.Minute})
	s.Jobs.Handle(personsJob, s.finishPersons, job.Options{Lease: 10 * time.Minute})
}

// Spread is how long after the end of a consent another node may go on taking
// events in on it: it hears of it within a second, and lets no acceptance count
// any more once it could not ask for ten (room consent). The rest is for clocks
// that differ.
const Spread = 30 * time.Second

// SecondLook returns when no node takes anything in any more on what ended at
// now: whoever erased looks once more then. On SQLite there is one node.
func SecondLook(db *store.DB, now time.Time) time.Time {
	if db.Dialect() == store.SQLite {
		return now
	}
	return now.Add(Spread)
}

// finishWithdrawal ends the events that were held on a withdrawn consent, and
// has them looked for once more when no node takes any in.
func (s *Sweeper) finishWithdrawal(ctx context.Context, j job.Job) error {
	a, m, e, err := s.about(j)
	if err != nil || a == nil {
		return err
	}
	if e.Events, err = s.endEvents(ctx, a, m, e.Subject); err != nil {
		return err
	}
	if err := s.loose(ctx, a, m, e.Subject); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := s.Jobs.Enqueue(ctx, tx, job.New{Kind: lateJob, Key: j.ID, At: SecondLook(s.DB, s.Clock.Now()), Payload: e})
		return err
	})
}

// finishLate ends the events that another node took in before it knew of the
// withdrawal, asks whether any are left, destroys the keys by which they were
// found and says so in the ledger. Run twice it finds nothing more to do. What a
// hold or a restriction that came meanwhile keeps is owed instead.
func (s *Sweeper) finishLate(ctx context.Context, j job.Job) error {
	a, m, e, err := s.about(j)
	if err != nil || a == nil {
		return err
	}
	if kept, err := s.keeps(ctx, a, e.Subject); err != nil {
		return err
	} else if kept {
		return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return s.owe(ctx, tx, e.Subject, a.Key) })
	}
	late, err := s.endEvents(ctx, a, m, e.Subject)
	if err != nil {
		return err
	}
	again, err := s.consents(ctx, e.Subject, a.Group)
	if err != nil {
		return err
	}
	if !again { // else new events come, and need the keys
		if err := s.endEventKeys(ctx, m, e.Subject); err != nil {
			return err
		}
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := s.Ledger.Append(ctx, tx, "erasure.done", map[string]any{"activity": a.Key, "cause": "withdrawal", "events": e.Events + late})
		return err
	})
}

// endEvents deletes or anonymises the subject's events, unless a hold or a
// restriction that came meanwhile keeps them. The keys stay: a node that does not
// know of the withdrawal yet writes under them, and must be found.
func (s *Sweeper) endEvents(ctx context.Context, a *policy.Activity, m *manifest.Manifest, who string) (rows int64, err error) {
	if kept, err := s.keeps(ctx, a, who); err != nil || kept {
		return 0, err
	}
	end := func(t *manifest.Table) (int64, error) { return s.Events.Erase(ctx, t.Name, who) }
	if a.OnWithdrawal == policy.Anonymise {
		end = func(t *manifest.Table) (int64, error) { return s.Events.Anonymise(ctx, t.Name, who, time.Time{}, nil) }
	}
	for _, t := range personal(m) {
		n, err := end(t)
		if err != nil {
			return rows, fmt.Errorf("end the events of a withdrawn consent: %w", err)
		}
		rows += n
	}
	return rows, nil
}

// personal returns m's event tables that know persons.
func personal(m *manifest.Manifest) []*manifest.Table {
	return slices.DeleteFunc(tables(m), func(t *manifest.Table) bool { return t.Shape == manifest.Rows || t.Subject == "" })
}

// endEventKeys destroys the keys that tie events to the subject, once none
// answers to them.
func (s *Sweeper) endEventKeys(ctx context.Context, m *manifest.Manifest, who string) error {
	for _, t := range personal(m) {
		left := 0
		err := s.Events.Of(ctx, t.Name, who, func(event.Row) error { left++; return nil })
		if err != nil {
			return fmt.Errorf("ask %s again: %w", t.Name, err)
		}
		if left > 0 {
			return fault.New(fault.Internal, "%d events of %s are still there after the withdrawal", left, t.Name)
		}
		if err := s.Vault.Destroy(ctx, who, event.KeyOf(t.Name, who).Rule); err != nil {
			return err
		}
	}
	return nil
}

// consents reports whether a decision of the subject for group stands.
func (s *Sweeper) consents(ctx context.Context, who, group string) (bool, error) {
	var n int
	err := s.DB.QueryRowContext(ctx, "select count(*) from consent_decision where subject = $1 and ended_at is null and accepted like $2",
		who, `%"`+group+`"%`).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look whether a consent was given again: %w", store.Classify(err))
	}
	return n > 0, nil
}

// finishKeys destroys keys that a transaction left without anything sealed.
func (s *Sweeper) finishKeys(ctx context.Context, j job.Job) error {
	a, m, e, err := s.about(j)
	if err != nil || a == nil {
		return err
	}
	return s.loose(ctx, a, m, e.Subject)
}

// loose destroys the subject's keys under which the activity has nothing sealed. A
// kind that is only declared has no tables, so nothing is sealed under it.
func (s *Sweeper) loose(ctx context.Context, a *policy.Activity, m *manifest.Manifest, who string) error {
	if len(m.Tables) == 0 {
		return nil
	}
	c := condition{cover(a, termsOf(a), m, &m.Tables[0]), s.Clock.Now()}
	_, err := s.destroyLoose(ctx, s.DB, c, []due{{subject: who}})
	return err
}

// about reads what a job is about; a is nil if the policy has no such activity
// any more: then the sweep ends all of it.
func (s *Sweeper) about(j job.Job) (a *policy.Activity, m *manifest.Manifest, e ended, err error) {
	if err := j.Decode(&e); err != nil {
		return nil, nil, e, err
	}
	if a = s.Policy().Activity(e.Activity); a == nil {
		return nil, nil, e, nil
	}
	return a, s.manifest(a.Kind), e, nil
}
