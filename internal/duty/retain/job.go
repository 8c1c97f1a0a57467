package retain

import (
	"context"
	"fmt"
	"time"

	"kept/internal/job"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
)

// takeJobs has the queue call this room. Whoever opens the instance makes the
// sweep periodic (Rhythm); here it is only what a take-over asks for at once.
func (s *Sweeper) takeJobs() {
	s.Jobs.Handle(sweepJob, func(ctx context.Context, _ job.Job) error {
		_, err := s.Sweep(ctx)
		return err
	}, job.Options{Lease: time.Hour})
	s.Jobs.Handle(withdrawJob, s.finishWithdrawal, job.Options{Lease: 10 * time.Minute})
	s.Jobs.Handle(keysJob, s.finishKeys, job.Options{})
	s.Jobs.Handle(personsJob, s.finishPersons, job.Options{Lease: 10 * time.Minute})
}

// finishWithdrawal ends the events that were held on a withdrawn consent, then
// the keys, and says so in the ledger. Run twice it finds nothing more to do.
func (s *Sweeper) finishWithdrawal(ctx context.Context, j job.Job) error {
	a, m, who, err := s.about(j)
	if err != nil || a == nil {
		return err
	}
	var rows int64
	for _, t := range tables(m) {
		if t.Shape == manifest.Rows {
			continue
		}
		n, err := s.endEvents(ctx, a, t, who)
		if err != nil {
			return fmt.Errorf("end the events of a withdrawn consent: %w", err)
		}
		rows += n
	}
	if err := s.loose(ctx, a, m, who); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := s.Ledger.Append(ctx, tx, "erasure.done", map[string]any{"activity": a.Key, "cause": "withdrawal", "events": rows})
		return err
	})
}

// endEvents deletes or anonymises the subject's events and destroys the key that
// ties them to the subject.
func (s *Sweeper) endEvents(ctx context.Context, a *policy.Activity, t *manifest.Table, who string) (rows int64, err error) {
	if a.OnWithdrawal == policy.Anonymise {
		rows, err = s.Events.Anonymise(ctx, t.Name, who, time.Time{}, nil)
	} else {
		rows, err = s.Events.Erase(ctx, t.Name, who)
	}
	if err != nil {
		return rows, err
	}
	return rows, s.Vault.Destroy(ctx, who, t.Name)
}

// finishKeys destroys keys that a transaction left without anything sealed.
func (s *Sweeper) finishKeys(ctx context.Context, j job.Job) error {
	a, m, who, err := s.about(j)
	if err != nil || a == nil {
		return err
	}
	return s.loose(ctx, a, m, who)
}

func (s *Sweeper) loose(ctx context.Context, a *policy.Activity, m *manifest.Manifest, who string) error {
	c := condition{cover(a, termsOf(a), m, &m.Tables[0]), s.Clock.Now()}
	_, err := s.destroyLoose(ctx, s.DB, c, []due{{subject: who}})
	return err
}

// about reads what a job is about; a is nil if the policy has no such activity
// any more: then the sweep ends all of it.
func (s *Sweeper) about(j job.Job) (a *policy.Activity, m *manifest.Manifest, subject string, err error) {
	var e ended
	if err := j.Decode(&e); err != nil {
		return nil, nil, "", err
	}
	if a = s.Policy().Activity(e.Activity); a == nil {
		return nil, nil, "", nil
	}
	return a, s.manifest(a.Kind), e.Subject, nil
}
