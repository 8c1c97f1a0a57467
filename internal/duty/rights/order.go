package rights

import (
	"context"

	"kept/internal/fault"
	"kept/internal/store"
)

// Order has a right of a case carried out as it was planned and approved.
type Order struct {
	Case   string // names the case; an order is unique for case and right
	Person Person
	Right  Right
	Wish   Wish
	Plan   Plan
	By     string // who approved it
}

// Carried is what became of an order once all of it was asked again.
type Carried struct {
	Case   string
	Right  Right
	Goes   []Part // what went, or was changed
	Stays  []Part // what stays, and why
	Told   []Told // recipients that are told
	Leaf   string // the ledger's leaf of the end
	Failed string // why nothing could be done; empty if it was
}

// OnCarried adds f to what is told, in the transaction that ends an order, what
// became of it. If f fails, the order is ended again later. Call it before serving.
func (d *Desk) OnCarried(f func(ctx context.Context, tx *store.Tx, c Carried) error) {
	d.carried = append(d.carried, f)
}

// Carry takes an order in the caller's transaction; a job carries it out. Again
// for the same case and right it is no change. Conflict if the plan has a part
// that a person has not decided yet.
func (d *Desk) Carry(ctx context.Context, tx *store.Tx, o Order) error {
	if at := o.Plan.Undecided(); len(at) > 0 {
		return fault.New(fault.Conflict, "%d parts of the plan wait for a person's decision", len(at))
	}
	return fault.New(fault.Unavailable, "orders are not carried out yet")
}
