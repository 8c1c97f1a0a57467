package rights

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/store"
	"kept/internal/vault"
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
	Failed string // what could not be done, Taken or LiftedSince; empty if all was
}

// LiftedSince is why a restriction does not stand although it was carried out: it was
// lifted before that was done everywhere.
const LiftedSince = "lifted"

// Progress is how far an order is.
type Progress struct {
	Case     string
	Right    Right
	State    State    // Executing, Verified or Done
	ByHand   []string // systems in which a person has still to do it, and to tick it off
	Waits    []string // systems that do not answer; Here: something of this instance; empty: it goes on by itself
	Received time.Time
	Closed   time.Time
	Goes     []Part
	Stays    []Part
}

// Here stands for this instance among the systems that an order waits for.
const Here = "here"

// content is what an order needs to know of the person, sealed until all is done.
type content struct {
	Person   Person            `json:"person"`
	Wish     Wish              `json:"wish"`
	Plan     Plan              `json:"plan"`
	Requests map[string]string `json:"requests,omitempty"` // erasures, by subject
	Done     map[string]bool   `json:"done,omitempty"`     // subjects and systems that are done
	Gone     []Part            `json:"gone,omitempty"`     // what went in other systems
	Kept     []Part            `json:"kept,omitempty"`     // what stays in other systems, and why
	Manual   []Planned         `json:"manual,omitempty"`   // what a person does by hand in other systems
	Failed   string            `json:"failed,omitempty"`
}

// order is a stored order.
type order struct {
	Progress
	id      string
	by      string
	intent  string
	content *content // nil once all is done
}

const orderContent = "rights_order.content"

// orderKey seals what an order knows of the person. It belongs to the order, not
// to the person: it outlives the person's keys, and ends with the order.
func orderKey(order string) vault.Ref { return vault.Ref{Subject: order, Rule: Name} }

// OnCarried adds f to what is told, in the transaction that ends an order, what
// became of it. If f fails, the order is ended again later. Call it before serving.
func (d *Desk) OnCarried(f func(ctx context.Context, tx *store.Tx, c Carried) error) {
	d.carried = append(d.carried, f)
}

// Carry takes an order in the caller's transaction; a job carries it out. Again
// for the same case and right it is no change. Conflict if the plan has a part
// that a person has not decided yet, or that waits for a new address to be proven.
func (d *Desk) Carry(ctx context.Context, tx *store.Tx, o Order) error {
	if err := d.may(o); err != nil {
		return err
	}
	id := store.NewID()
	sealed, err := d.sealOrder(ctx, id, &content{Person: o.Person, Wish: o.Wish, Plan: o.Plan})
	if err != nil {
		return fmt.Errorf("order: %w", err)
	}
	result, err := tx.ExecContext(ctx, `insert into rights_order (id, case_id, asked, state, content, approved_by, received_at)
		values ($1, $2, $3, $4, $5, $6, $7) on conflict (case_id, asked) do nothing`,
		id, o.Case, o.Right, Executing, sealed, o.By, store.At(d.Clock.Now()))
	if err != nil {
		return fmt.Errorf("order: %w", store.Classify(err))
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, d.Vault.Destroy(ctx, id, Name))
	}
	return d.wake(ctx, tx, id, time.Time{})
}

// may says why an order must not be taken.
func (d *Desk) may(o Order) error {
	if o.Case == "" || o.By == "" {
		return fault.New(fault.Invalid, "an order names its case and who approved it")
	}
	if len(o.Person.Subjects)+len(o.Person.Identifiers) == 0 {
		return fault.New(fault.Invalid, "an order is about a person who is identified")
	}
	if o.Plan.Right != o.Right {
		return fault.New(fault.Conflict, "the plan is for another right; make it again")
	}
	if n := len(o.Plan.Undecided()); n > 0 {
		return fault.New(fault.Conflict, "%d parts of the plan wait for a person's decision", n)
	}
	for _, part := range o.Plan.Parts {
		if part.Does == Confirms {
			return fault.New(fault.Conflict, "the new address is not proven yet: have it confirmed, then make the plan again")
		}
	}
	return d.check(o.Right, o.Wish)
}

func (d *Desk) sealOrder(ctx context.Context, id string, c *content) ([]byte, error) {
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, fault.New(fault.Invalid, "encode an order: %w", err)
	}
	if err := d.Vault.Prepare(ctx, orderKey(id)); err != nil {
		return nil, err
	}
	return d.Vault.Seal(ctx, orderKey(id), orderContent, plain)
}

const orderColumns = "id, case_id, asked, state, waits, content, approved_by, received_at, closed_at, goes, stays, intent_leaf"

func (d *Desk) scanOrder(ctx context.Context, row interface{ Scan(...any) error }) (o order, err error) {
	var (
		waits            store.JSON[[]string]
		sealed           []byte
		received, closed store.Time
		goes, stays      store.JSON[[]Part]
		intent           sql.NullString
	)
	err = row.Scan(&o.id, &o.Case, &o.Right, &o.State, &waits, &sealed, &o.by, &received, &closed, &goes, &stays, &intent)
	if err != nil {
		return o, store.Classify(err)
	}
	o.Waits, o.Received, o.Closed, o.Goes, o.Stays, o.intent = waits.V, received.Time, closed.Time, goes.V, stays.V, intent.String
	if len(sealed) == 0 {
		return o, nil
	}
	plain, err := d.Vault.Open(ctx, orderKey(o.id), orderContent, sealed)
	if err != nil {
		return o, err
	}
	o.content = &content{}
	if err := json.Unmarshal(plain, o.content); err != nil {
		return o, fault.New(fault.Internal, "read a stored order: %w", err)
	}
	return o, nil
}

func (d *Desk) order(ctx context.Context, id string) (order, error) {
	o, err := d.scanOrder(ctx, d.DB.QueryRowContext(ctx, "select "+orderColumns+" from rights_order where id = $1", id))
	if err != nil {
		return o, fmt.Errorf("read an order: %w", err)
	}
	return o, nil
}

// Orders returns how far the orders of a case are; without a case, those that are
// open, the oldest first.
func (d *Desk) Orders(ctx context.Context, of string) ([]Progress, error) {
	where, args := "closed_at is null", []any{}
	if of != "" {
		where, args = "case_id = $1", []any{of}
	}
	rows, err := d.DB.QueryContext(ctx, "select "+orderColumns+" from rights_order where "+where+" order by received_at, id", args...)
	if err != nil {
		return nil, fmt.Errorf("read orders: %w", store.Classify(err))
	}
	defer rows.Close()
	var found []Progress
	var ids []string
	for rows.Next() {
		o, err := d.scanOrder(ctx, rows)
		if err != nil {
			return nil, fmt.Errorf("read orders: %w", err)
		}
		found, ids = append(found, o.Progress), append(ids, o.id)
	}
	if err := rows.Err(); err != nil {
		return nil, store.Classify(err)
	}
	rows.Close()
	for i, id := range ids {
		if found[i].ByHand, err = d.hands(ctx, id); err != nil {
			return nil, fmt.Errorf("read orders: %w", err)
		}
	}
	return found, nil
}

// wake has an order carried on, at once or at a moment.
func (d *Desk) wake(ctx context.Context, tx *store.Tx, id string, at time.Time) error {
	_, err := d.Jobs.Enqueue(ctx, tx, job.New{Kind: carryJob, Key: id, At: at, Payload: pending{id}})
	return err
}

// wakeOrders has the open orders carried on: an erasure that they wait for may be
// done.
func (d *Desk) wakeOrders(ctx context.Context, tx *store.Tx) error {
	open, err := store.Texts(ctx, tx, "select id from rights_order where closed_at is null")
	if err != nil {
		return err
	}
	for _, id := range open {
		if err := d.wake(ctx, tx, id, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}
