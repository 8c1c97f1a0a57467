package rights

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/store"
)

const (
	carryJob      = "rights.carry"
	carryLease    = 30 * time.Minute
	carryAttempts = 8
	// patience is how long an order that waits for another system rests before it
	// asks again.
	patience = 15 * time.Minute
)

// carry is the job. It goes on wherever the order stands: each of its steps can
// be run again, and what is done is written down after it. An order is never
// closed by time: a system that does not answer has it wait, and be asked again.
func (d *Desk) carry(ctx context.Context, j job.Job) error {
	var p pending
	if err := j.Decode(&p); err != nil {
		return err
	}
	o, err := d.order(ctx, p.Request)
	if err != nil {
		return err
	}
	if o.State == Done || o.content == nil {
		return d.sealNothing(ctx, o.id) // it may have been stopped before that
	}
	err = d.carryOn(ctx, &o)
	switch {
	case err == nil:
		return nil
	case fault.Is(err, fault.Unavailable):
		return d.wait(ctx, &o, d.down(ctx, &o))
	case j.Attempt >= carryAttempts:
		return errors.Join(err, d.wait(ctx, &o, []string{Here}))
	}
	return fmt.Errorf("carry out %s: %w", o.Right, err)
}

// carryOn takes the order from step to step until it is done or waits for the
// erasures that it began.
func (d *Desk) carryOn(ctx context.Context, o *order) error {
	if err := d.at("order begun"); err != nil {
		return err
	}
	if err := d.intendOrder(ctx, o); err != nil {
		return err
	}
	ready, err := d.carryHere(ctx, o)
	if err != nil || !ready {
		return err
	}
	if err := d.at("order carried here"); err != nil {
		return err
	}
	if err := d.carryElsewhere(ctx, o); err != nil {
		return err
	}
	if err := d.at("order carried elsewhere"); err != nil {
		return err
	}
	if done, err := d.handsDone(ctx, o); err != nil || !done {
		return err
	}
	if err := d.askOrderAgain(ctx, o); err != nil {
		return err
	}
	if err := d.at("order asked again"); err != nil {
		return err
	}
	if err := d.endOrder(ctx, o); err != nil {
		return err
	}
	if err := d.at("order ended"); err != nil {
		return err
	}
	return d.sealNothing(ctx, o.id)
}

// intendOrder states in the ledger what begins.
func (d *Desk) intendOrder(ctx context.Context, o *order) error {
	if o.intent != "" {
		return nil
	}
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		o.intent, err = d.Ledger.Append(ctx, tx, "order.intended", map[string]any{"case": o.Case, "right": string(o.Right), "parts": len(o.content.Plan.Parts)})
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "update rights_order set intent_leaf = $1 where id = $2", o.intent, o.id)
		return store.Classify(err)
	})
}

// keep writes down how far the order is.
func (d *Desk) keep(ctx context.Context, tx *store.Tx, o *order) error {
	sealed, err := d.sealOrder(ctx, o.id, o.content)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "update rights_order set content = $1, goes = $2, stays = $3 where id = $4",
		sealed, store.JSON[[]Part]{V: o.gone()}, store.JSON[[]Part]{V: o.Stays}, o.id)
	return store.Classify(err)
}

// gone is what went here and elsewhere.
func (o *order) gone() []Part { return slices.Concat(o.Goes, o.content.Gone) }

// stayed is what stays here and elsewhere.
func (o *order) stayed() []Part { return slices.Concat(o.Stays, o.content.Kept) }

// wait writes down what the order waits for, and has it carried on later.
func (d *Desk) wait(ctx context.Context, o *order, systems []string) error {
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, "update rights_order set waits = $1 where id = $2", store.JSON[[]string]{V: systems}, o.id)
		if err != nil {
			return store.Classify(err)
		}
		return d.wake(ctx, tx, o.id, d.Clock.Now().Add(patience))
	})
}

// down names the systems that are not done yet: one of them does not answer.
func (d *Desk) down(_ context.Context, o *order) []string {
	var systems []string
	for _, e := range d.Elsewhere {
		if name := nameOf(e); !o.done(name) {
			systems = append(systems, e.Systems()...)
		}
	}
	if len(systems) == 0 {
		return []string{Here}
	}
	return systems
}

// nameOf names other systems that are carried out together.
func nameOf(e Elsewhere) string {
	if all := e.Systems(); len(all) > 0 {
		return all[0]
	}
	return "elsewhere"
}

// carryElsewhere has each of the other systems do its part, once.
func (d *Desk) carryElsewhere(ctx context.Context, o *order) error {
	for _, e := range d.Elsewhere {
		if o.done(nameOf(e)) {
			continue
		}
		parts, tasks, err := d.carryIn(ctx, e, o)
		if err != nil {
			return err
		}
		o.finished(nameOf(e))
		o.content.Gone = append(o.content.Gone, parts...)
		err = d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			for system, left := range tasks {
				if err := d.task(ctx, tx, o, system, left); err != nil {
					return err
				}
			}
			return d.keep(ctx, tx, o)
		})
		if err != nil {
			return err
		}
		if err := d.at("order carried in a system"); err != nil {
			return err
		}
	}
	return nil
}

// carryIn does what programs can do in other systems, and returns what is left to a
// person, by system. A system that does not answer has the order wait.
func (d *Desk) carryIn(ctx context.Context, e Elsewhere, o *order) (done []Part, tasks map[string][]Planned, err error) {
	key, p := o.Case+"/"+string(o.Right), o.content.Person
	if o.Right.follows() || o.Right == Restriction && len(p.Subjects) > 0 { // else nothing here can end it
		return d.followIn(ctx, e, o)
	}
	plan, err := e.Plan(ctx, p, o.Right, d.categorised(o.content.Wish))
	if err != nil {
		return nil, nil, err
	}
	switch {
	case o.Right == Erasure:
		done, err = e.Erase(ctx, p, key)
	case o.Right == Rectification:
		done, err = e.Correct(ctx, p, d.categorised(o.content.Wish).Corrections, o.content.Plan.Parts, key)
		done = o.refused(done)
	case marks(o.Right):
		done, err = e.Mark(ctx, p, o.Right, o.content.Wish, true)
	}
	return done, byHand(plan, e), err
}

// refused takes out of what was done what could not be, and says so.
func (o *order) refused(done []Part) []Part {
	return slices.DeleteFunc(done, func(p Part) bool {
		if p.Reason == "" {
			return false
		}
		o.content.Failed, o.content.Kept = p.Reason, append(o.content.Kept, p)
		return true
	})
}

// endOrder closes the order, and tells whoever wants to know, in one transaction.
func (d *Desk) endOrder(ctx context.Context, o *order) error {
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		now := d.Clock.Now()
		if err := d.tickedOff(ctx, tx, o); err != nil {
			return err
		}
		leaf, err := d.Ledger.Append(ctx, tx, "order.done", map[string]any{"case": o.Case, "right": string(o.Right), "done": len(o.Goes), "kept": len(o.stayed())})
		if err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, "update rights_order set state = $1, closed_at = $2, leaf = $3, goes = $4, stays = $5, waits = null where id = $6 and closed_at is null",
			Done, store.At(now), leaf, store.JSON[[]Part]{V: o.gone()}, store.JSON[[]Part]{V: o.stayed()}, o.id)
		if err != nil {
			return store.Classify(err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if err := d.inform(ctx, tx, o, now); err != nil {
			return err
		}
		if o.Right.follows() { // nobody asked for it
			return nil
		}
		carried := Carried{Case: o.Case, Right: o.Right, Goes: o.gone(), Stays: o.stayed(), Told: o.content.Plan.Told, Leaf: leaf, Failed: o.content.Failed}
		for _, f := range d.carried {
			if err := f(ctx, tx, carried); err != nil {
				return fmt.Errorf("tell of the end: %w", err)
			}
		}
		return nil
	})
}

// sealNothing takes away what an order knows of the person once nobody needs it:
// it is closed, and everybody is told. The row goes first: an audit in between finds
// nothing that nobody can read. Whoever was stopped between the two does both again.
func (d *Desk) sealNothing(ctx context.Context, id string) error {
	var open int
	err := d.DB.QueryRowContext(ctx, `select (select count(*) from rights_order where id = $1 and closed_at is null)
		+ (select count(*) from rights_told where order_id = $1 and told_at is null)`, id).Scan(&open)
	if err != nil || open > 0 {
		return store.Classify(err)
	}
	if _, err = d.DB.ExecContext(ctx, "update rights_order set content = null where id = $1", id); err != nil {
		return store.Classify(err)
	}
	return d.Vault.Destroy(ctx, id, Name)
}

// askOrderAgain asks everything again that the order changed; what an erasure
// took here was asked again with its requests.
func (d *Desk) askOrderAgain(ctx context.Context, o *order) error {
	left, err := d.askHereAgain(ctx, o)
	if err != nil {
		return err
	}
	if left != "" {
		return fault.New(fault.Internal, "something is still there: %s", left)
	}
	if o.Right != Erasure {
		return nil
	}
	var kept []Part
	for _, e := range d.Elsewhere {
		parts, err := e.Left(ctx, o.content.Person)
		if err != nil {
			return err
		}
		for _, p := range parts {
			if p.Rows > 0 && p.Reason != "" && p.Reason != ByHandReason {
				kept = append(kept, p)
			}
		}
		if i := slices.IndexFunc(parts, func(p Part) bool { return p.Rows > 0 && p.Reason == "" }); i >= 0 {
			// It has to be done once more, not only asked.
			delete(o.content.Done, nameOf(e))
			o.content.Gone = nil
			if err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return d.keep(ctx, tx, o) }); err != nil {
				return err
			}
			return fault.New(fault.Internal, "%d rows are still in %s", parts[i].Rows, parts[i].Table)
		}
	}
	o.content.Kept = kept
	return nil
}

// clearShared empties, in other people's rows, what they share with who: somebody
// decided that it goes for everybody.
func (d *Desk) clearShared(ctx context.Context, o *order, who string) error {
	for _, part := range o.content.Plan.Parts {
		if part.Does != Decides || part.Chosen != ChooseAll || part.System != "" {
			continue
		}
		e, err := d.estate(ctx, who, o.content.Wish.Activity)
		if err != nil {
			return err
		}
		for _, h := range e.holdings {
			if h.entry.Key != part.Activity || h.table.Name != part.Table || h.whole || h.outside {
				continue
			}
			if err := d.empty(ctx, h, who); err != nil {
				return err
			}
		}
	}
	return nil
}

// empty empties the shared columns of other people's rows, except of those whose
// data a hold or a restriction keeps.
func (d *Desk) empty(ctx context.Context, h *holding, who string) error {
	sets := ""
	for i := range h.table.Columns {
		c := &h.table.Columns[i]
		if c.Others == 0 {
			continue
		}
		if sets != "" {
			sets += ", "
		}
		sets += c.Name + " = " + retain.Empty(c)
	}
	if sets == "" {
		return nil
	}
	kept, everybody, err := d.Subjects.Kept(ctx, h.entry.Key, "")
	if err != nil || everybody {
		return err
	}
	args := []any{who}
	where := sharedWith(h)
	for _, id := range kept {
		args = append(args, id)
		where += fmt.Sprintf(" and %s <> $%d", retain.Whose(h.manifest, h.table), len(args))
	}
	_, err = d.DB.ExecContext(ctx, "update "+h.table.Name+" set "+sets+" where "+where, args...)
	return store.Classify(err)
}
