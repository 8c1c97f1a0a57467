package rights

import (
	"context"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/store"
)

// While the accuracy of data is examined, or whether an objection outweighs, the
// data is restricted (Art. 18(1)(a), (d) GDPR). Before a restriction ends, the
// person is told (Art. 18(3)).

const liftJob = "rights.lift"

// Notice is how long before its end a person is told that a restriction ends.
const Notice = 72 * time.Hour

// Lifting is told, in the transaction that decides it, that the restriction of a
// subject ends at a moment: the person gets a letter before.
type Lifting func(ctx context.Context, tx *store.Tx, subject string, at time.Time) error

// OnLifting adds f to what is told before a restriction ends. Call it before
// serving.
func (d *Desk) OnLifting(f Lifting) { d.liftings = append(d.liftings, f) }

// Examine restricts the data of a person while a case is examined. Somebody whose
// data is restricted already stays so for that reason.
func (d *Desk) Examine(ctx context.Context, tx *store.Tx, of string, p Person) error {
	var begun []string
	for _, who := range p.Subjects {
		var restricted int
		err := tx.QueryRowContext(ctx, `select (select count(*) from subject_restriction where subject = $1)
			- (select count(*) from rights_examination where subject = $1 and lifts_at is null)`, who).Scan(&restricted)
		if err != nil {
			return fmt.Errorf("restrict for an examination: %w", store.Classify(err))
		}
		if restricted > 0 {
			continue
		}
		_, err = tx.ExecContext(ctx, `insert into rights_examination (case_id, subject, since) values ($1, $2, $3)
			on conflict (case_id, subject) do nothing`, of, who, store.At(d.Clock.Now()))
		if err != nil {
			return fmt.Errorf("restrict for an examination: %w", store.Classify(err))
		}
		if err := d.Subjects.Restrict(ctx, tx, who, "examination"); err != nil {
			return err
		}
		begun = append(begun, who)
	}
	return d.follow(ctx, tx, of, Restricted, begun...)
}

// Examined ends the restriction that the examination of a case began, after the
// person was told.
func (d *Desk) Examined(ctx context.Context, tx *store.Tx, of string) error {
	subjects, err := store.Texts(ctx, tx, "select subject from rights_examination where case_id = $1 and lifts_at is null order by subject", of)
	if err != nil {
		return fmt.Errorf("end an examination: %w", err)
	}
	for _, who := range subjects {
		if err := d.announce(ctx, tx, of, who); err != nil {
			return err
		}
	}
	return nil
}

// LiftAfterNotice ends a restriction as staff decides it: the person is told now,
// and it ends when Notice is over. Who lifts their own does it at once (Lift).
func (d *Desk) LiftAfterNotice(ctx context.Context, tx *store.Tx, of, subject string) error {
	_, err := tx.ExecContext(ctx, `insert into rights_examination (case_id, subject, since) values ($1, $2, $3)
		on conflict (case_id, subject) do nothing`, of, subject, store.At(d.Clock.Now()))
	if err != nil {
		return fmt.Errorf("announce the end of a restriction: %w", store.Classify(err))
	}
	return d.announce(ctx, tx, of, subject)
}

func (d *Desk) announce(ctx context.Context, tx *store.Tx, of, who string) error {
	at := d.Clock.Now().Add(Notice)
	_, err := tx.ExecContext(ctx, "update rights_examination set lifts_at = $1 where case_id = $2 and subject = $3", store.At(at), of, who)
	if err != nil {
		return fmt.Errorf("announce the end of a restriction: %w", store.Classify(err))
	}
	for _, f := range d.liftings {
		if err := f(ctx, tx, who, at); err != nil {
			return fmt.Errorf("announce the end of a restriction: %w", err)
		}
	}
	_, err = d.Jobs.Enqueue(ctx, tx, job.New{Kind: liftJob, Key: store.NewID(), At: at})
	return err
}

// liftDue is the job: it ends the restrictions whose end was announced and has
// come, unless another examination needs them.
func (d *Desk) liftDue(ctx context.Context, _ job.Job) error {
	now := store.At(d.Clock.Now())
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		due, err := store.Texts(ctx, tx, "select distinct subject from rights_examination where lifts_at <= $1 order by subject", now)
		if err != nil {
			return err
		}
		lifted := map[string][]string{} // by the case that ended it last
		for _, who := range due {
			of, err := store.Texts(ctx, tx, "select case_id from rights_examination where subject = $1 and lifts_at <= $2 order by lifts_at desc, case_id limit 1", who, now)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "delete from rights_examination where subject = $1 and lifts_at <= $2", who, now); err != nil {
				return store.Classify(err)
			}
			var open int
			if err := tx.QueryRowContext(ctx, "select count(*) from rights_examination where subject = $1 and lifts_at is null", who).Scan(&open); err != nil {
				return store.Classify(err)
			}
			if open > 0 {
				continue
			}
			if err := d.Subjects.Lift(ctx, tx, who); err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			lifted[of[0]] = append(lifted[of[0]], who)
		}
		for of, subjects := range lifted {
			if err := d.follow(ctx, tx, of, Lifted, subjects...); err != nil {
				return err
			}
		}
		return nil
	})
}
