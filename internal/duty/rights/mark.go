package rights

import (
	"context"
	"slices"
	"time"

	"kept/internal/store"
)

// Restriction, objection and withdrawal in other systems: where a dataset says by
// which field, Kept marks the person's rows; where none says so, a person does it
// by hand and ticks it off. An order is not done before that.

// marks reports whether a right is carried out in other systems by marking rows.
func marks(r Right) bool { return r == Restriction || r == Objection || r == Withdrawal }

// byHand are the parts of a plan that nobody but a person can carry out in the
// systems of e, by system.
func byHand(parts []Planned, e Elsewhere) map[string][]Planned {
	found := map[string][]Planned{}
	for _, part := range parts {
		if part.Does == Cannot && slices.Contains(e.Systems(), part.System) {
			found[part.System] = append(found[part.System], part)
		}
	}
	return found
}

// task writes down what a person does by hand in a system, once for an order.
func (d *Desk) task(ctx context.Context, tx *store.Tx, o *order, system string, parts []Planned) error {
	var known int
	if err := tx.QueryRowContext(ctx, "select count(*) from rights_told where order_id = $1 and system = $2", o.id, system).Scan(&known); err != nil || known > 0 {
		return store.Classify(err)
	}
	var tables []string
	for _, part := range parts {
		if !slices.Contains(tables, part.Table) {
			tables = append(tables, part.Table)
		}
		o.content.Manual = append(o.content.Manual, part)
	}
	_, err := tx.ExecContext(ctx, `insert into rights_told (id, order_id, recipient, system, activity, fields, way, asked, since) values ($1, $2, '', $3, $4, $5, $6, $7, $8)`,
		store.NewID(), o.id, system, parts[0].Activity, store.JSON[[]string]{V: tables}, ByHand, o.Right, store.At(d.Clock.Now()))
	return store.Classify(err)
}

// handsDone reports whether everything that a person does by hand is ticked off. Else
// the order rests, and the tick wakes it.
func (d *Desk) handsDone(ctx context.Context, o *order) (bool, error) {
	var open int
	err := d.DB.QueryRowContext(ctx, "select count(*) from rights_told where order_id = $1 and system is not null and told_at is null", o.id).Scan(&open)
	return open == 0, store.Classify(err)
}

// tickedOff adds to what is gone what a person did by hand; what was overtaken nobody
// did.
func (d *Desk) tickedOff(ctx context.Context, tx *store.Tx, o *order) error {
	left, err := store.Texts(ctx, tx, "select system from rights_told where order_id = $1 and system is not null and told_by = $2", o.id, Overtaken)
	if err != nil {
		return err
	}
	for _, part := range o.content.Manual {
		if !slices.Contains(left, part.System) {
			o.content.Gone = append(o.content.Gone, part.Part)
		}
	}
	return nil
}

// hands names the systems in which somebody has still to do something for a case.
func (d *Desk) hands(ctx context.Context, order string) ([]string, error) {
	return store.Texts(ctx, d.DB, "select system from rights_told where order_id = $1 and system is not null and told_at is null order by system", order)
}

// ticked has the order of a task go on.
func (d *Desk) tickedTask(ctx context.Context, tx *store.Tx, i Informing, order string) error {
	if i.System == "" {
		return nil
	}
	return d.wake(ctx, tx, order, time.Time{})
}
