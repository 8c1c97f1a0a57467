package rights

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// Withdraw ends, in a transaction, the consent on which a kind's rows about a
// subject rest, for one entry of the policy; no change if none stands.
type Withdraw func(ctx context.Context, tx *store.Tx, activity, subject string) error

// OnWithdrawal has f end the consents that a kind asks for itself. Call it before
// serving.
func (d *Desk) OnWithdrawal(kind string, f Withdraw) {
	if d.withdrawals == nil {
		d.withdrawals = map[string]Withdraw{}
	}
	d.withdrawals[kind] = f
}

// carryHere does what an order wants here, and reports whether that is over: an
// erasure has requests of its own, which the order waits for.
func (d *Desk) carryHere(ctx context.Context, o *order) (over bool, err error) {
	w := o.content.Wish
	switch o.Right {
	case Erasure:
		return d.eraseAll(ctx, o)
	case Rectification:
		return true, d.correctAll(ctx, o)
	case Restriction:
		if err := d.known(ctx, o); err != nil {
			return false, err
		}
		err = d.eachSubject(ctx, o, func(ctx context.Context, tx *store.Tx, who string) error {
			return d.restrict(ctx, tx, who, cmp.Or(w.Reason, "asked for"))
		})
		if err == nil {
			err = d.overtakeLifting(ctx, o)
		}
	case Objection:
		err = d.eachSubject(ctx, o, func(ctx context.Context, tx *store.Tx, who string) error {
			return d.Subjects.Object(ctx, tx, who, w.Activity)
		})
	case Withdrawal:
		err = d.withdrawAll(ctx, o)
	case Restricted, Lifted:
		return true, d.prepareToFollow(ctx, o)
	}
	o.planned(Stops, Restricts, HandsOut)
	return true, err
}

// known makes somebody of whom only other systems hold something a subject here: else
// nobody could say later that the restriction is over.
func (d *Desk) known(ctx context.Context, o *order) error {
	who := &o.content.Person
	if len(who.Subjects) > 0 {
		return nil
	}
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, i := range who.Identifiers {
			if len(who.Subjects) > 0 {
				if err := d.Subjects.Link(ctx, tx, who.Subjects[0], i.Kind, i.Value); err != nil && !fault.Is(err, fault.Conflict) {
					return err
				}
				continue
			}
			id, _, err := d.Subjects.Ensure(ctx, tx, i.Kind, i.Value)
			if err != nil {
				return err
			}
			who.Subjects = []string{id}
		}
		return d.keep(ctx, tx, o)
	})
}

// done and finished remember what of an order is done: a subject, a system.
func (o *order) done(what string) bool { return o.content.Done[what] }

func (o *order) finished(what string) {
	if o.content.Done == nil {
		o.content.Done = map[string]bool{}
	}
	o.content.Done[what] = true
}

// planned takes over from the plan what was to be done here and is.
func (o *order) planned(does ...Does) {
	o.Goes, o.Stays = nil, nil
	for _, part := range o.content.Plan.Parts {
		switch {
		case part.System != "" || part.Chosen == ChooseLeave:
		case slices.Contains(does, part.Does):
			o.Goes = append(o.Goes, part.Part)
		case part.Does == Keeps || part.Does == Cannot:
			o.Stays = append(o.Stays, part.Part)
		}
	}
}

// eachSubject does something about each subject of the order once, in a transaction.
func (d *Desk) eachSubject(ctx context.Context, o *order, do func(ctx context.Context, tx *store.Tx, who string) error) error {
	for _, who := range o.content.Person.Subjects {
		if o.done(who) {
			continue
		}
		err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			if err := do(ctx, tx, who); err != nil {
				return err
			}
			o.finished(who)
			return d.keep(ctx, tx, o)
		})
		if err != nil {
			return err
		}
		if err := d.at("order carried for a subject"); err != nil {
			return err
		}
	}
	return nil
}

// eraseAll asks for an erasure of each subject, and reports whether all are done.
func (d *Desk) eraseAll(ctx context.Context, o *order) (over bool, err error) {
	over = true
	var goes, stays []Part
	for _, who := range o.content.Person.Subjects {
		if o.content.Requests[who] == "" {
			if err := d.clearShared(ctx, o, who); err != nil {
				return false, err
			}
			if err := d.askFor(ctx, o, who); err != nil {
				return false, err
			}
			if err := d.at("order asked for an erasure"); err != nil {
				return false, err
			}
		}
		r, err := d.Request(ctx, o.content.Requests[who])
		if err != nil {
			return false, err
		}
		if r.State == Waiting {
			return false, d.wait(ctx, o, []string{Here})
		}
		over = over && r.State == Done
		goes, stays = append(goes, r.Goes...), append(stays, r.Stays...)
	}
	o.Goes, o.Stays = goes, stays
	return over, nil
}

// askFor takes a request for erasure in the name of the order.
func (d *Desk) askFor(ctx context.Context, o *order, who string) error {
	if err := d.Vault.Prepare(ctx, keyOf(who)); err != nil {
		return err
	}
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		id, err := d.ask(ctx, tx, who, o.content.Wish.Activity)
		if err != nil {
			return err
		}
		if o.content.Requests == nil {
			o.content.Requests = map[string]string{}
		}
		o.content.Requests[who] = id
		return d.keep(ctx, tx, o)
	})
}

// correctAll carries every correction out. One that cannot be, since the value
// belongs to somebody else, is said and does not stop the others.
func (d *Desk) correctAll(ctx context.Context, o *order) error {
	o.planned(Corrects, Adds)
	for _, who := range o.content.Person.Subjects {
		for _, c := range o.content.Wish.Corrections {
			if c.System != "" {
				continue
			}
			_, failed, err := d.correct(ctx, o.content.Person, who, c, o.content.Plan.Parts)
			if err != nil {
				return err
			}
			for _, part := range failed {
				o.content.Failed = part.Reason
				o.Stays = append(o.Stays, part)
				o.Goes = slices.DeleteFunc(o.Goes, func(p Part) bool { return p.Activity == part.Activity && p.Table == part.Table })
			}
		}
	}
	return nil
}

// withdrawAll ends the consents of the order's subjects: all, or that of one
// activity.
func (d *Desk) withdrawAll(ctx context.Context, o *order) error {
	for _, who := range o.content.Person.Subjects {
		if err := d.withdrawFrom(ctx, who, o.content.Wish.Activity); err != nil {
			return err
		}
	}
	return d.eachSubject(ctx, o, func(ctx context.Context, tx *store.Tx, who string) error {
		for i := range d.Policy().Activities {
			a := &d.Policy().Activities[i]
			f := d.withdrawals[a.Kind]
			if f == nil || o.content.Wish.Activity != "" && a.Key != o.content.Wish.Activity {
				continue
			}
			if err := f(ctx, tx, a.Key, who); err != nil {
				return fmt.Errorf("withdraw from %s: %w", a.Key, err)
			}
		}
		return nil
	})
}

// withdrawFrom ends the decisions of the banner: all of them, or what of them
// stands for the group of one activity.
func (d *Desk) withdrawFrom(ctx context.Context, who, activity string) error {
	if activity == "" {
		return d.withdraw(ctx, who)
	}
	a := d.Policy().Activity(activity)
	if d.Consent == nil || a == nil || a.Basis != policy.Consent || a.Group == "" {
		return nil
	}
	decisions, err := d.Consent.Decisions(ctx, who)
	if err != nil {
		return err
	}
	for _, x := range decisions {
		if x.Ended.IsZero() && slices.Contains(x.Accepted, a.Group) {
			// What of it was not withdrawn would have to be asked for anew, with the
			// notice of today: all of it ends, and the browser asks.
			if err := d.endDecision(ctx, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// askHereAgain asks again what an order changed here, and names what is not as it
// should be.
func (d *Desk) askHereAgain(ctx context.Context, o *order) (string, error) {
	for _, who := range o.content.Person.Subjects {
		switch o.Right {
		case Restriction:
			var n int
			if err := d.DB.QueryRowContext(ctx, "select count(*) from subject_restriction where subject = $1", who).Scan(&n); err != nil {
				return "", store.Classify(err)
			}
			if n == 0 && !o.done(who) {
				return "no restriction stands", nil
			}
			if n == 0 {
				o.content.Failed = LiftedSince
			}
		case Objection:
			stands, err := d.Subjects.Objected(ctx, who, o.content.Wish.Activity)
			if err != nil {
				return "", err
			}
			if !stands {
				return "no objection stands", nil
			}
		case Rectification:
			if left, err := d.stillWrong(ctx, o, who); err != nil || left != "" {
				return left, err
			}
		}
	}
	return "", nil
}

// stillWrong names a place in which a wrong value still stands.
func (d *Desk) stillWrong(ctx context.Context, o *order, who string) (string, error) {
	if o.content.Failed != "" {
		return "", nil // said, place by place
	}
	e, err := d.estate(ctx, who, "")
	if err != nil {
		return "", err
	}
	for _, c := range o.content.Wish.Corrections {
		if c.System != "" {
			continue
		}
		places, _, err := e.places(c)
		if err != nil {
			return "", err
		}
		for _, at := range places {
			rows, err := d.wrong(ctx, who, at, c, o.content.Plan.Parts)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return "", err
			}
			if len(rows) > 0 {
				return fmt.Sprintf("%d rows in %s", len(rows), at.table.Name), nil
			}
		}
	}
	return "", nil
}
