package rights

import (
	"context"
	"fmt"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// Object ends an activity that rests on legitimate interests for subject
// (Art. 21). Invalid if the activity rests on another basis.
func (d *Desk) Object(ctx context.Context, subject, activity string) (request string, err error) {
	a := d.Policy().Activity(activity)
	if a == nil {
		return "", fault.New(fault.NotFound, "the policy has no activity %s", activity)
	}
	if a.Basis != policy.LegitimateInterests {
		return "", fault.New(fault.Invalid, "an objection is against an activity that rests on legitimate interests; a consent is withdrawn")
	}
	r := d.received(Objection, subject)
	r.Activity = activity
	return d.atOnce(ctx, r, func(ctx context.Context, tx *store.Tx) error { return d.Subjects.Object(ctx, tx, subject, activity) })
}

// Restrict keeps the subject's data from being used and from being deleted
// (Art. 18) until Lift. The reason is the person's, in plain words.
func (d *Desk) Restrict(ctx context.Context, subject, reason string) (request string, err error) {
	r := d.received(Restriction, subject)
	return d.atOnce(ctx, r, func(ctx context.Context, tx *store.Tx) error {
		if err := d.restrict(ctx, tx, subject, reason); err != nil {
			return err
		}
		return d.follow(ctx, tx, r.ID, Restricted, subject)
	})
}

// restrict begins the person's own restriction; one that a rule began is replaced.
func (d *Desk) restrict(ctx context.Context, tx *store.Tx, subject, reason string) error {
	if err := d.Subjects.Lift(ctx, tx, subject); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	// What an examination began becomes the person's own, and outlasts it.
	if _, err := tx.ExecContext(ctx, "delete from rights_examination where subject = $1", subject); err != nil {
		return store.Classify(err)
	}
	return d.Subjects.Restrict(ctx, tx, subject, reason)
}

// Lift ends a restriction; NotFound if there is none.
func (d *Desk) Lift(ctx context.Context, subject string) error {
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := d.Subjects.Lift(ctx, tx, subject); err != nil {
			return err
		}
		return d.follow(ctx, tx, store.NewID(), Lifted, subject)
	})
}

// atOnce takes a request through every state in one transaction.
func (d *Desk) atOnce(ctx context.Context, r Request, do func(ctx context.Context, tx *store.Tx) error) (string, error) {
	if err := d.Vault.Prepare(ctx, keyOf(r.Subject)); err != nil {
		return "", fmt.Errorf("%s: %w", r.Right, err)
	}
	err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := insert(ctx, tx, r); err != nil {
			return err
		}
		execute := func(ctx context.Context, tx *store.Tx, _ *Request) error { return do(ctx, tx) }
		for _, s := range []struct {
			event Event
			also  func(context.Context, *store.Tx, *Request) error
		}{{doPlan, nil}, {doExecute, execute}, {doVerify, nil}, {doFinish, nil}} {
			if err := d.step(ctx, tx, &r, s.event, nil, s.also); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", r.Right, err)
	}
	return r.ID, nil
}
