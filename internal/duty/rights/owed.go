package rights

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"kept/internal/job"
	"kept/internal/store"
)

// An erasure from which a hold kept something is done as far as it can be, and
// owed for the rest: when the hold ends, it is asked for again in the person's
// name, with a request, leaves and an end of its own.

// releaseJob asks again for the erasures that nothing keeps any more.
const releaseJob = "rights.release"

const owedTable = "rights_owed"

// owe writes down, with the end of a request, whether something of it is owed.
func (d *Desk) owe(ctx context.Context, tx *store.Tx, subject string, owed bool) error {
	query, args := "delete from rights_owed where subject = $1", []any{subject}
	if owed {
		query = "insert into rights_owed (subject, at) values ($1, $2) on conflict (subject) do nothing"
		args = append(args, store.At(d.Clock.Now()))
	}
	_, err := tx.ExecContext(ctx, query, args...)
	return store.Classify(err)
}

// released has the erasures that are owed looked at when a hold ends.
func (d *Desk) released(ctx context.Context, tx *store.Tx, at time.Time) error {
	_, err := d.Jobs.Enqueue(ctx, tx, job.New{Kind: releaseJob, Key: strconv.FormatInt(at.UnixMilli(), 10), At: at})
	return err
}

// askAgain is the job. The request that it makes ends what is owed.
func (d *Desk) askAgain(ctx context.Context, _ job.Job) error {
	owed, err := d.owed(ctx)
	if err != nil {
		return err
	}
	for _, who := range owed {
		e, err := d.estate(ctx, who, "")
		if err != nil {
			return err
		}
		if e.held() {
			continue
		}
		if _, err := d.Erase(ctx, who); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) owed(ctx context.Context) ([]string, error) {
	owed, err := store.Texts(ctx, d.DB, "select subject from rights_owed order by at, subject")
	if err != nil {
		return nil, fmt.Errorf("read the erasures that are owed: %w", err)
	}
	return owed, nil
}

// forgotten deletes what this room keeps under a subject that is forgotten.
func (d *Desk) forgotten(ctx context.Context, tx *store.Tx, subject string) error {
	if _, err := tx.ExecContext(ctx, "delete from rights_examination where subject = $1", subject); err != nil {
		return store.Classify(err)
	}
	return d.owe(ctx, tx, subject, false)
}
