package rights

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// A restriction that begins without an order of its own, while a case is examined or
// at once from a browser, and one that ends, holds everywhere: other systems are marked
// or done by hand, and who got the data is told (Art. 18, 19 GDPR). That is an order,
// which nobody has to approve since it only carries on what holds here.

// follow takes, in the transaction that begins or ends a restriction, the order that
// has all others follow. There is none where nobody else holds anything.
func (d *Desk) follow(ctx context.Context, tx *store.Tx, of string, r Right, subjects ...string) error {
	if len(subjects) == 0 || len(d.Elsewhere) == 0 && !d.handsOn() {
		return nil
	}
	id := store.NewID()
	sealed, err := d.sealOrder(ctx, id, &content{Person: Person{Subjects: subjects}, Plan: Plan{Right: r}})
	if err != nil {
		return fmt.Errorf("order what follows: %w", err)
	}
	_, err = tx.ExecContext(ctx, `insert into rights_order (id, case_id, asked, state, content, approved_by, received_at) values ($1, $2, $3, $4, $5, $6, $7)`,
		id, of, r, Executing, sealed, "law", store.At(d.Clock.Now()))
	if err != nil {
		return fmt.Errorf("order what follows: %w", store.Classify(err))
	}
	return d.wake(ctx, tx, id, time.Time{})
}

// handsOn reports whether the policy names somebody who gets data and is to be told.
func (d *Desk) handsOn() bool {
	p := d.Policy()
	for i := range p.Activities {
		for _, delivery := range p.Activities[i].Recipients {
			if to := p.Recipient(delivery.Recipient); to != nil && to.Role != policy.Hosting {
				return true
			}
		}
	}
	return false
}

// prepareToFollow looks up who is meant and what is held of them. What the end of a
// restriction overtook is not to be done by hand any more.
func (d *Desk) prepareToFollow(ctx context.Context, o *order) error {
	if o.done(Here) {
		return nil
	}
	who := &o.content.Person
	who.Identifiers = nil
	for _, id := range who.Subjects {
		known, err := d.Subjects.Identifiers(ctx, id)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		who.Identifiers = append(who.Identifiers, known...)
	}
	holds, err := d.stillHolds(ctx, o)
	if err != nil {
		return err
	}
	var over []string
	if holds {
		if over, err = d.overtaken(ctx, o); err != nil {
			return err
		}
	}
	if holds && len(who.Identifiers) > 0 { // else it was overtaken, or everything is erased
		plan, err := d.Plan(ctx, *who, Restriction, Wish{})
		if err != nil {
			return err
		}
		if len(plan.Down) > 0 {
			return fault.New(fault.Unavailable, "%d systems do not answer", len(plan.Down))
		}
		o.content.Plan.Told = plan.Told
	}
	o.finished(Here)
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := d.overtake(ctx, tx, over); err != nil {
			return err
		}
		return d.keep(ctx, tx, o)
	})
}

// stillHolds reports whether what the order carries on holds still.
func (d *Desk) stillHolds(ctx context.Context, o *order) (bool, error) {
	on, err := d.restricted(ctx, o.content.Person.Subjects)
	return on == (o.Right != Lifted), err
}

// restricted reports whether a restriction stands on one of the subjects.
func (d *Desk) restricted(ctx context.Context, subjects []string) (bool, error) {
	for _, who := range subjects {
		var n int
		err := d.DB.QueryRowContext(ctx, "select count(*) from subject_restriction where subject = $1", who).Scan(&n)
		if err != nil || n > 0 {
			return n > 0, store.Classify(err)
		}
	}
	return false, nil
}

// followIn marks in other systems what holds now, and returns what is left to a person.
func (d *Desk) followIn(ctx context.Context, e Elsewhere, o *order) (done []Part, tasks map[string][]Planned, err error) {
	p := o.content.Person
	if len(p.Identifiers) == 0 {
		return nil, nil, nil
	}
	on, err := d.restricted(ctx, p.Subjects)
	if err != nil {
		return nil, nil, err
	}
	if done, err = e.Mark(ctx, p, Restriction, o.content.Wish, on); err != nil || on != (o.Right != Lifted) {
		return nil, nil, err
	}
	plan, err := e.Plan(ctx, p, Restriction, o.content.Wish)
	return done, byHand(plan, e), err
}

// Overtaken stands for who ticked off a task that nobody has to do any more.
const Overtaken = "overtaken"

// overtaken are the orders that leave to somebody what o makes needless: to restrict
// what has been lifted since, or to lift what is restricted again, of the same person.
func (d *Desk) overtaken(ctx context.Context, o *order) (ids []string, err error) {
	asked := []any{Restriction, Restricted}
	if o.Right != Lifted {
		asked = []any{Lifted, Lifted}
	}
	open, err := store.Texts(ctx, d.DB, `select id from rights_order where asked in ($1, $2) and id <> $3
		and exists (select 1 from rights_told where order_id = rights_order.id and told_at is null and way = $4)`, append(asked, o.id, ByHand)...)
	if err != nil {
		return nil, fmt.Errorf("look at what was overtaken: %w", err)
	}
	for _, id := range open {
		x, err := d.order(ctx, id)
		if err != nil {
			return nil, err
		}
		if x.content != nil && slices.ContainsFunc(x.content.Person.Subjects, func(who string) bool { return slices.Contains(o.content.Person.Subjects, who) }) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// overtakeLifting ends tasks to lift what o restricts again.
func (d *Desk) overtakeLifting(ctx context.Context, o *order) error {
	if holds, err := d.stillHolds(ctx, o); err != nil || !holds {
		return err
	}
	over, err := d.overtaken(ctx, o)
	if err != nil || len(over) == 0 {
		return err
	}
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return d.overtake(ctx, tx, over) })
}

// overtake ends what a person had still to do by hand, or to tell by hand, for orders
// that were overtaken.
func (d *Desk) overtake(ctx context.Context, tx *store.Tx, orders []string) error {
	for _, id := range orders {
		_, err := tx.ExecContext(ctx, "update rights_told set told_at = $1, told_by = $2 where order_id = $3 and told_at is null and way = $4",
			store.At(d.Clock.Now()), Overtaken, id, ByHand)
		if err != nil {
			return fmt.Errorf("end what was overtaken: %w", store.Classify(err))
		}
		if err := d.wake(ctx, tx, id, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}
