package request

import (
	"context"
	"fmt"
	"slices"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/store"
)

// parts returns what became of every right of a case, in the order in which they
// are carried out.
func (d *Desk) parts(ctx context.Context, q store.Querier, id string) ([]Part, error) {
	rows, err := q.QueryContext(ctx, `select asked, refused, coalesce(ground, ''), reason, coalesce(review, ''), ordered_at, done_at, coalesce(failed, ''), goes, stays, told, coalesce(leaf, '')
		from request_part where request = $1 order by place`, id)
	if err != nil {
		return nil, fmt.Errorf("read what became of a request: %w", store.Classify(err))
	}
	defer rows.Close()
	var all []Part
	for rows.Next() {
		var (
			p             Part
			reason        []byte
			ordered, done store.Time
			goes, stays   store.JSON[[]rights.Part]
			told          store.JSON[[]rights.Told]
		)
		err := rows.Scan(&p.Right, &p.Refused, &p.Ground, &reason, &p.Review, &ordered, &done, &p.Failed, &goes, &stays, &told, &p.Leaf)
		if err != nil {
			return nil, fmt.Errorf("read what became of a request: %w", err)
		}
		if p.Reason, err = d.openText(ctx, id, "request_part.reason", reason); err != nil {
			return nil, err
		}
		p.Ordered, p.Done, p.Goes, p.Stays, p.Told = ordered.Time, done.Time, goes.V, stays.V, told.V
		all = append(all, p)
	}
	return all, store.Classify(rows.Err())
}

// execute carries out what is left of a case, one right after the other: what is
// handed out is made before anything changes. moved is true once all is done.
func (d *Desk) execute(ctx context.Context, c Case) (moved bool, err error) {
	all, err := d.parts(ctx, d.DB, c.ID)
	if err != nil {
		return false, err
	}
	for _, p := range all {
		if p.Refused || !p.Done.IsZero() {
			continue
		}
		if !p.Ordered.IsZero() {
			return false, nil // rights reports when it is done
		}
		done, err := d.executePart(ctx, c, p)
		if err == nil {
			err = d.at("began " + string(p.Right))
		}
		if err != nil {
			return false, fmt.Errorf("carry out %s: %w", p.Right, err)
		}
		if !done {
			return false, nil
		}
	}
	_, err = d.change(ctx, c.ID, func(ctx context.Context, tx *store.Tx, c *Case) error { return d.step(ctx, tx, c, Carry, "", "") })
	return err == nil, err
}

// executePart does one right, or orders it; done is false for an order.
func (d *Desk) executePart(ctx context.Context, c Case, p Part) (done bool, err error) {
	k, _ := kindOf(p.Right)
	switch {
	case k.carried:
		who, err := d.person(ctx, d.DB, c.ID)
		if err != nil {
			return false, err
		}
		if len(who.Subjects)+len(who.Identifiers) > 0 {
			return false, d.order(ctx, c, p)
		} // a letter shows who wrote it, and nothing is held by which to find them
	case k.packed:
		if err := d.pack(ctx, c, p.Right); err != nil {
			return false, err
		}
		if err := d.at("packed " + string(p.Right)); err != nil {
			return false, err
		}
	}
	return true, d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		held, told, err := d.found(ctx, tx, c, p.Right)
		if err != nil {
			return err
		}
		return d.partDone(ctx, tx, rights.Carried{Case: c.ID, Right: p.Right, Goes: held, Told: told})
	})
}

// found is what the plan of a right that changes nothing had found: what is held,
// and who got it.
func (d *Desk) found(ctx context.Context, q store.Querier, c Case, r rights.Right) (held []rights.Part, told []rights.Told, err error) {
	plans, err := d.plans(ctx, q, c.ID)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(plans, func(p rights.Plan) bool { return p.Right == r })
	if i < 0 {
		return nil, nil, nil
	}
	for _, part := range plans[i].Parts {
		held = append(held, part.Part)
	}
	return held, plans[i].Told, nil
}

// order has the room rights carry out one right.
func (d *Desk) order(ctx context.Context, c Case, p Part) error {
	who, err := d.person(ctx, d.DB, c.ID)
	if err != nil {
		return err
	}
	w, err := d.wish(ctx, d.DB, c.ID)
	if err != nil {
		return err
	}
	plans, err := d.plans(ctx, d.DB, c.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(plans, func(x rights.Plan) bool { return x.Right == p.Right })
	if i < 0 {
		return fault.New(fault.Internal, "the case has no plan for %s", p.Right)
	}
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		now, err := caseOf(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		if now.State != Executing {
			return fault.New(fault.Conflict, "a request that is %s is not carried out", now.State)
		}
		if _, err := tx.ExecContext(ctx, "update request_part set ordered_at = $1 where request = $2 and asked = $3", store.At(d.Clock.Now()), c.ID, string(p.Right)); err != nil {
			return store.Classify(err)
		}
		return d.Rights.Carry(ctx, tx, rights.Order{Case: c.ID, Person: who, Right: p.Right, Wish: c.wished(w), Plan: plans[i], By: c.ApprovedBy})
	})
}

// carried is told by the room rights what became of an order.
func (d *Desk) carried(ctx context.Context, tx *store.Tx, r rights.Carried) error {
	c, err := caseOf(ctx, tx, r.Case)
	if fault.Is(err, fault.NotFound) {
		return nil // past its time, or an order of somebody else
	} else if err != nil {
		return err
	}
	if c.State != Executing {
		return fault.New(fault.Conflict, "an order of a request that is %s", c.State)
	}
	if err := d.partDone(ctx, tx, r); err != nil {
		return err
	}
	return d.goOn(ctx, tx, c.ID)
}

// partDone writes down what became of one right.
func (d *Desk) partDone(ctx context.Context, tx *store.Tx, r rights.Carried) error {
	_, err := tx.ExecContext(ctx, `update request_part set done_at = $1, failed = $2, goes = $3, stays = $4, told = $5, leaf = $6 where request = $7 and asked = $8`,
		store.At(d.Clock.Now()), null(r.Failed), store.JSON[[]rights.Part]{V: r.Goes}, store.JSON[[]rights.Part]{V: r.Stays}, store.JSON[[]rights.Told]{V: r.Told},
		null(r.Leaf), r.Case, string(r.Right))
	if err != nil {
		return store.Classify(err)
	}
	_, err = d.Ledger.Append(ctx, tx, "request.part-done", map[string]any{"request": r.Case, "right": string(r.Right), "failed": r.Failed != ""})
	return err
}

// close ends a case whose answer has left, once nothing is left to be told or
// fetched.
func (d *Desk) close(ctx context.Context, c Case) (moved bool, err error) {
	files, err := d.packages(ctx, d.DB, c.ID)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(files, func(p Package) bool { return p.Fetched == 0 }) {
		return false, nil // remind closes it when the file has gone
	}
	_, err = d.change(ctx, c.ID, func(ctx context.Context, tx *store.Tx, c *Case) error { return d.step(ctx, tx, c, Close, "", "") })
	return err == nil, err
}
