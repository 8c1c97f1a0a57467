package request

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/store"
)

// lookAgain is when a case that waits for another system is looked at again.
const lookAgain = 15 * time.Minute

// advance is the job: it takes a case from state to state until a person or
// another room has to do something. It bears being killed and run again at any
// step.
func (d *Desk) advance(ctx context.Context, j job.Job) error {
	var a about
	if err := j.Decode(&a); err != nil {
		return err
	}
	for {
		c, err := d.Case(ctx, a.Request)
		if fault.Is(err, fault.NotFound) {
			return nil // past its time
		} else if err != nil {
			return err
		}
		moved, err := d.onward(ctx, c)
		if err == nil {
			err = d.at("after " + string(c.State))
		}
		if fault.Is(err, fault.Conflict) { // somebody else moved it
			return nil
		}
		if err != nil {
			return err
		}
		if !moved {
			return d.announce(ctx, c.ID)
		}
	}
}

// onward takes a case one step on, if it needs nobody for that.
func (d *Desk) onward(ctx context.Context, c Case) (moved bool, err error) {
	if c.Channel == Browser {
		return false, nil // follow looks after what was served at once
	}
	switch c.State {
	case Identified:
		if len(c.Rights) == 0 {
			return false, nil // somebody has to read what is wanted
		}
		if err := d.restrict(ctx, c); err != nil {
			return false, err
		}
		if err := d.at("restricted"); err != nil {
			return false, err
		}
		return d.planned(ctx, c)
	case Planned:
		return d.afterPlan(ctx, c)
	case Approved:
		_, err := d.change(ctx, c.ID, func(ctx context.Context, tx *store.Tx, c *Case) error { return d.step(ctx, tx, c, Execute, "", "") })
		return err == nil, err
	case Executing:
		return d.execute(ctx, c)
	case Carried:
		return d.answerAtOnce(ctx, c)
	case Answered:
		if err := d.handOver(ctx, c); err != nil {
			return false, err
		}
		if err := d.at("handed over"); err != nil {
			return false, err
		}
		return d.close(ctx, c)
	}
	return false, nil
}

// planned has a plan made, unless a person has to enter first what the wish leaves
// open.
func (d *Desk) planned(ctx context.Context, c Case) (moved bool, err error) {
	lacking, err := d.lacking(ctx, c)
	if err != nil || len(lacking) > 0 {
		return false, err
	}
	return true, d.makePlan(ctx, c)
}

// lacking are the rights of a case that cannot be planned as they were asked for:
// an objection that does not say against what, a correction without the values.
func (d *Desk) lacking(ctx context.Context, c Case) (all []rights.Right, err error) {
	w, err := d.wish(ctx, d.DB, c.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range c.Rights {
		k, _ := kindOf(r)
		if err := d.Rights.Lacks(r, c.wished(w)); k.carried && fault.Is(err, fault.Invalid) {
			all = append(all, r)
		}
	}
	return all, nil
}

// makePlan asks the rooms that hold data what every right would do.
func (d *Desk) makePlan(ctx context.Context, c Case) error {
	who, err := d.person(ctx, d.DB, c.ID)
	if err != nil {
		return err
	}
	w, err := d.wish(ctx, d.DB, c.ID)
	if err != nil {
		return err
	}
	plans := make([]rights.Plan, 0, len(c.Rights))
	for _, r := range c.Rights {
		plan, err := d.planOne(ctx, c, who, r, c.wished(w))
		if err != nil {
			return fmt.Errorf("plan %s: %w", r, err)
		}
		plans = append(plans, plan)
	}
	sealed, err := d.seal(ctx, c.ID, "request_case.plans", plans)
	if err != nil {
		return err
	}
	_, err = d.change(ctx, c.ID, func(ctx context.Context, tx *store.Tx, c *Case) error {
		if err := d.step(ctx, tx, c, Plan, "", ""); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "update request_case set plans = $1 where id = $2", sealed, c.ID)
		return store.Classify(err)
	})
	return err
}

func (d *Desk) planOne(ctx context.Context, c Case, who rights.Person, r rights.Right, w rights.Wish) (rights.Plan, error) {
	k, _ := kindOf(r)
	switch {
	case k.carried:
		return d.Rights.Plan(ctx, who, r, w)
	case k.open || r == rights.HumanReview:
		return rights.Plan{Right: r}, nil
	}
	asked := rights.Access // whether anything is held, and who got it, is seen from all of it
	if r == rights.Portability {
		asked = r
	}
	plan, err := d.Rights.Plan(ctx, who, asked, w) // the request itself is no answer to the request
	plan.Right = r
	return plan, err
}

// plans reads the plan of a case; none while there is none.
func (d *Desk) plans(ctx context.Context, q store.Querier, id string) (plans []rights.Plan, err error) {
	var sealed []byte
	if err := q.QueryRowContext(ctx, "select plans from request_case where id = $1", id).Scan(&sealed); err != nil {
		return nil, store.Classify(err)
	}
	return plans, d.unseal(ctx, id, "request_case.plans", sealed, &plans)
}

// plan has a case planned again: what is known of the person, or what is held,
// has changed.
func (d *Desk) plan(ctx context.Context, tx *store.Tx, c *Case) error {
	if _, err := tx.ExecContext(ctx, "update request_case set plans = null where id = $1", c.ID); err != nil {
		return store.Classify(err)
	}
	return d.goOn(ctx, tx, c.ID)
}

// Replan looks again at what is held. Conflict unless the case is identified and
// nobody has approved yet.
func (d *Desk) Replan(ctx context.Context, name string) (Case, error) {
	return d.change(ctx, name, func(ctx context.Context, tx *store.Tx, c *Case) error {
		if _, err := c.progress().after(Plan); err != nil {
			return err
		}
		return d.plan(ctx, tx, c)
	})
}

// afterPlan looks at a plan: one that waits for another system is made again, one
// that nobody may weigh is approved by the law.
func (d *Desk) afterPlan(ctx context.Context, c Case) (moved bool, err error) {
	plans, err := d.plans(ctx, d.DB, c.ID)
	if err != nil {
		return false, err
	}
	if plans == nil {
		return d.planned(ctx, c)
	}
	if len(down(plans)) > 0 {
		return false, d.later(ctx, c.ID)
	}
	if unproven(plans) {
		return false, d.askNew(ctx, c)
	}
	if !d.atOnce(c) || undecided(plans) {
		return false, nil
	}
	_, err = d.change(ctx, c.ID, func(ctx context.Context, tx *store.Tx, c *Case) error { return d.step(ctx, tx, c, Approve, Law, "") })
	return err == nil, err
}

// unproven reports whether a correction waits until its new address has been
// shown to be the person's.
func unproven(plans []rights.Plan) bool {
	return slices.ContainsFunc(plans, func(p rights.Plan) bool {
		return slices.ContainsFunc(p.Parts, func(x rights.Planned) bool { return x.Does == rights.Confirms })
	})
}

// askNew has a code sent to the address that a correction names, once.
func (d *Desk) askNew(ctx context.Context, c Case) error {
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var sent int
		if err := tx.QueryRowContext(ctx, "select count(*) from request_code where request = $1 and address is not null", c.ID).Scan(&sent); err != nil {
			return store.Classify(err)
		}
		if sent > 0 || !d.Writes() {
			return nil
		}
		_, err := d.Jobs.Enqueue(ctx, tx, job.New{Kind: codeJob, Key: "new/" + c.ID, Payload: coding{Number: c.Number, New: true}})
		return err
	})
}

// later makes the plan again after a while.
func (d *Desk) later(ctx context.Context, id string) error {
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "update request_case set plans = null where id = $1 and state = $2", id, string(Planned)); err != nil {
			return store.Classify(err)
		}
		_, err := d.Jobs.Enqueue(ctx, tx, job.New{Kind: goJob, Key: "later/" + id, At: d.Clock.Now().Add(lookAgain), Payload: about{id}})
		return err
	})
}

// down are the systems that do not answer now.
func down(plans []rights.Plan) (all []string) {
	for _, p := range plans {
		for _, s := range p.Down {
			if !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

func undecided(plans []rights.Plan) bool {
	return slices.ContainsFunc(plans, func(p rights.Plan) bool { return len(p.Undecided()) > 0 })
}

// atOnce reports whether nobody may weigh anything of a case: withdrawals,
// objections to direct marketing, and what is public anyway.
func (d *Desk) atOnce(c Case) bool {
	return len(c.Rights) > 0 && !slices.ContainsFunc(c.Rights, func(r rights.Right) bool { return !d.absolute(c, r) })
}

// absolute reports whether a right of a case can be neither weighed nor refused.
func (d *Desk) absolute(c Case, r rights.Right) bool {
	k, _ := kindOf(r)
	return k.atOnce || r == rights.Objection && d.marketing(c.Activity)
}

// marketing reports whether an activity is direct marketing (Art. 21(2)).
func (d *Desk) marketing(activity string) bool {
	a := d.Policy().Activity(activity)
	return a != nil && strings.HasPrefix(a.Purpose, "marketing")
}

// restrict keeps from use what is disputed, while that is examined (Art. 18(1)(a)
// and (d)).
func (d *Desk) restrict(ctx context.Context, c Case) error {
	if c.Restricts || d.atOnce(c) || !slices.Contains(c.Rights, rights.Rectification) && !slices.Contains(c.Rights, rights.Objection) {
		return nil
	}
	who, err := d.person(ctx, d.DB, c.ID)
	if err != nil || len(who.Subjects) == 0 {
		return err
	}
	_, err = d.change(ctx, c.ID, func(ctx context.Context, tx *store.Tx, c *Case) error {
		c.Restricts = true
		if err := save(ctx, tx, *c, c.progress()); err != nil {
			return err
		}
		if err := d.Rights.Examine(ctx, tx, c.ID, who); err != nil {
			return err
		}
		return d.note(ctx, tx, c.ID, "restricted", Law, "")
	})
	return err
}

// examined ends what restrict began, after the person was told (Art. 18(3)).
func (d *Desk) examined(ctx context.Context, tx *store.Tx, c *Case) error {
	if !c.Restricts {
		return nil
	}
	return d.Rights.Examined(ctx, tx, c.ID)
}
