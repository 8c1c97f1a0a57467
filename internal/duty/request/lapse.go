package request

import (
	"context"
	"strings"
	"time"

	"kept/internal/job"
	"kept/internal/policy/period"
	"kept/internal/store"
)

// unproven is the moment from which the policy says how long a request waits for
// its code. Nobody may have asked at all: somebody else can have typed the address.
const unprovenMoment = "unproven"

// patience is how long a request waits for its code; false if the policy does not
// say, and it waits until a person ends it.
func (d *Desk) patience() (keep period.Period, said bool) {
	a := d.Policy().Activity(Name)
	if a == nil {
		return keep, false
	}
	for _, r := range a.Retention {
		if r.From == unprovenMoment && (!said || keep.Longer(r.Keep)) {
			keep, said = r.Keep, true
		}
	}
	return keep, said
}

// lapsed reports whether the code of a case never came back in its time.
func (d *Desk) lapsed(c Case, now time.Time) bool {
	keep, said := d.patience()
	return said && c.State == Received && !c.Unproven.IsZero() && !now.Before(keep.After(c.Unproven))
}

// lapse closes a case of which nobody showed that it is theirs, and takes away
// whatever says who it was. The register keeps that there was one.
func (d *Desk) lapse(ctx context.Context, c Case) error {
	_, err := d.change(ctx, c.ID, func(ctx context.Context, tx *store.Tx, c *Case) error {
		if err := d.step(ctx, tx, c, Lapse, "", ""); err != nil {
			return err
		}
		for _, query := range []string{
			"update request_case set contact = null, wish = null, plans = null, source = null where id = $1",
			"delete from request_letter where request = $1",
			"delete from request_code where request = $1",
			"delete from request_pass where request = $1",
			"delete from request_identity where request = $1",
			"update request_note set body = null where request = $1",
		} {
			if _, err := tx.ExecContext(ctx, query, c.ID); err != nil {
				return store.Classify(err)
			}
		}
		if err := d.Mail.Forget(ctx, tx, Name, c.ID, mailbox+"+"+strings.ToLower(c.Number)); err != nil {
			return err
		}
		_, err := d.Jobs.Enqueue(ctx, tx, job.New{Kind: forgetJob, Key: c.ID, Payload: about{c.ID}})
		return err
	})
	return err
}

// forget is the job that destroys the keys of a case that lapsed: what they sealed
// is gone from every copy.
func (d *Desk) forget(ctx context.Context, j job.Job) error {
	var a about
	if err := j.Decode(&a); err != nil {
		return err
	}
	return d.Vault.Destroy(ctx, a.Request)
}
