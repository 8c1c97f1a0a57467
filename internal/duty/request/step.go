package request

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kept/internal/store"
)

// Law is who approves what nobody may weigh, and Itself who was served at once.
const (
	Law    = "law"
	Itself = "self-service"
)

// step takes a case one step on in the caller's transaction: the state, the
// moment, the line of the history and the leaf, all or nothing. Conflict if the
// step leads nowhere from here, or another took it meanwhile.
func (d *Desk) step(ctx context.Context, tx *store.Tx, c *Case, e Event, by, text string) error {
	before := c.progress()
	next, err := before.after(e)
	if err != nil {
		return err
	}
	now := d.Clock.Now()
	c.State, c.From = next.at, next.from
	switch e {
	case Identify:
		c.Identified = now
	case Plan:
		c.Planned = now
	case Approve:
		c.Approved, c.ApprovedBy = now, by
	case Carry:
		c.Carried = now
	case Answer:
		c.Answered = now
	}
	if e == Identify || e == Pause {
		c.Unproven = time.Time{} // somebody looks after it
	}
	if e == Identify || e == Resume || final[c.State] {
		c.resume(now)
		c.Due = d.clockOf(*c)
	}
	if final[c.State] {
		c.Closed = now
	}
	if err := save(ctx, tx, *c, before); err != nil {
		return err
	}
	return d.note(ctx, tx, c.ID, string(e), by, text)
}

// note writes a line of the history, with a leaf that names the case and what
// happened, nothing else.
func (d *Desk) note(ctx context.Context, tx *store.Tx, id, what, by, text string) error {
	sealed, err := d.sealText(ctx, id, "request_note.body", text)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "insert into request_note (id, request, at, what, by_whom, body) values ($1, $2, $3, $4, $5, $6)",
		store.NewID(), id, store.At(d.Clock.Now()), what, null(by), sealed)
	if err != nil {
		return store.Classify(err)
	}
	facts := map[string]any{"request": id}
	if by != "" {
		facts["by"] = by
	}
	if _, err := d.Ledger.Append(ctx, tx, "request."+what, facts); err != nil {
		return fmt.Errorf("write down what happened to a request: %w", err)
	}
	return nil
}

// change does something to a case in a transaction of its own and returns how it
// stands then.
func (d *Desk) change(ctx context.Context, name string, f func(ctx context.Context, tx *store.Tx, c *Case) error) (c Case, err error) {
	err = d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if c, err = caseOf(ctx, tx, name); err != nil {
			return err
		}
		if err := f(ctx, tx, &c); err != nil || !d.trial {
			return err
		}
		return errTrial
	})
	if errors.Is(err, errTrial) {
		err = nil
	}
	return c, err
}

// errTrial takes back what a trial did.
var errTrial = errors.New("a trial")

// Trial returns the desk as one on which nothing that is done to a case stays done:
// it says where the case would stand, or why it cannot.
func (d *Desk) Trial() *Desk {
	t := *d
	t.trial = true
	return &t
}
