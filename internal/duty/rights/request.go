package rights

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/policy/period"
	"kept/internal/store"
	"kept/internal/vault"
)

// Right is what a person asks for.
type Right string

// The rights that are executed.
const (
	Access        Right = "access"        // Art. 15
	Portability   Right = "portability"   // Art. 20
	Erasure       Right = "erasure"       // Art. 17
	Restriction   Right = "restriction"   // Art. 18
	Objection     Right = "objection"     // Art. 21
	Rectification Right = "rectification" // Art. 16
	HumanReview   Right = "human-review"  // Art. 22(3): a person decides, nothing here is changed
	Safeguards    Right = "safeguards"    // Art. 13(1)(f), 15(2): a copy of what makes a transfer lawful
	Withdrawal    Right = "withdrawal"    // Art. 7(3)
	Confirmation  Right = "confirmation"  // Art. 15(1), first half: whether anything is held
)

// What an order carries on when a restriction has begun or ended without one: with an
// examination, by a browser, at its end. It is told wherever the data lies.
const (
	Restricted Right = "restricted"
	Lifted     Right = "lifted"
)

// Taken is the reason why a value could not be corrected: it belongs to somebody else
// already, or a rule of its system forbids it.
const Taken = "taken"

func (r Right) follows() bool { return r == Restricted || r == Lifted }

// Reasons, as keys of the words for the person.
const (
	reasonLaw    = "law"    // a law demands that it is kept, Art. 17(3)(b)
	reasonClaims = "claims" // it is kept to establish or defend claims, Art. 17(3)(e)
	reasonHold   = "hold"   // a hold suspends its deletion
	reasonFailed = "failed" // a part of the system did not answer; a person looks at it
)

// Request is one wish of a person and how far it is.
type Request struct {
	ID       string
	Right    Right
	Subject  string // empty once the request is closed by an erasure
	Activity string // what an objection is against
	State    State
	From     State // the state that a waiting request goes back to
	Reason   string
	Received time.Time
	Due      time.Time // one month after receipt, Art. 12(3)
	Closed   time.Time
	Goes     []Part // what went or goes
	Stays    []Part // what a rule or a hold keeps
	Intent   string // leaf
	Leaf     string // leaf of the end
}

// Part is data of one table, by count.
type Part struct {
	Activity string    `json:"activity"`
	Table    string    `json:"table"`
	Rows     int64     `json:"rows"`
	Rule     string    `json:"rule,omitempty"`   // that keeps it
	Reason   string    `json:"reason,omitempty"` // law, claims or hold
	Text     Words     `json:"text,omitempty"`   // the reason as the policy or the hold words it
	Until    time.Time `json:"until,omitzero"`   // when it ends
}

// Words are wording by language.
type Words map[string]string

// In returns the words in lang, else in English, else in any language.
func (w Words) In(lang string) string {
	for _, l := range []string{lang, "en", "de"} {
		if s := w[l]; s != "" {
			return s
		}
	}
	for _, s := range w {
		return s
	}
	return ""
}

// keyOf names the key of a person who has asked for something. Nothing is sealed
// under it; while it lives the person is known, and so are the requests.
func keyOf(subject string) vault.Ref { return vault.Ref{Subject: subject, Rule: Name} }

func (r Request) progress() progress { return progress{at: r.State, from: r.From} }

// month is the time to answer, Art. 12(3).
var month = period.Period{Months: 1}

// received returns a new request.
func (d *Desk) received(right Right, subject string) Request {
	now := d.Clock.Now()
	return Request{ID: store.NewID(), Right: right, Subject: subject, State: Received, Received: now, Due: workday(month.After(now))}
}

// workday moves a Saturday or Sunday to the Monday after it (Regulation 1182/71,
// Art. 3(4)). Public holidays differ by place and are not known here: the date
// is then a day early, never late.
func workday(t time.Time) time.Time {
	switch t.Weekday() {
	case time.Saturday:
		return t.AddDate(0, 0, 2)
	case time.Sunday:
		return t.AddDate(0, 0, 1)
	}
	return t
}

const columns = "id, asked, subject, activity, state, resume_state, reason, received_at, due_at, closed_at, goes, stays, intent_leaf, leaf"

func insert(ctx context.Context, tx *store.Tx, r Request) error {
	_, err := tx.ExecContext(ctx, "insert into rights_request ("+columns+") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
		r.ID, r.Right, null(r.Subject), null(r.Activity), r.State, null(string(r.From)), null(r.Reason), store.At(r.Received), store.At(r.Due),
		closed(r), store.JSON[[]Part]{V: r.Goes}, store.JSON[[]Part]{V: r.Stays}, null(r.Intent), null(r.Leaf))
	return store.Classify(err)
}

func null(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

func closed(r Request) store.Time {
	if r.Closed.IsZero() {
		return store.Time{}
	}
	return store.At(r.Closed)
}

func scan(row interface{ Scan(...any) error }) (Request, error) {
	var (
		r                                             Request
		subject, activity, from, reason, intent, leaf sql.NullString
		received, due, closed                         store.Time
		goes, stays                                   store.JSON[[]Part]
	)
	err := row.Scan(&r.ID, &r.Right, &subject, &activity, &r.State, &from, &reason, &received, &due, &closed, &goes, &stays, &intent, &leaf)
	r.Subject, r.Activity, r.From, r.Reason, r.Intent, r.Leaf = subject.String, activity.String, State(from.String), reason.String, intent.String, leaf.String
	r.Received, r.Due, r.Closed, r.Goes, r.Stays = received.Time, due.Time, closed.Time, goes.V, stays.V
	return r, store.Classify(err)
}

// Request returns the request id, NotFound if there is none.
func (d *Desk) Request(ctx context.Context, id string) (Request, error) {
	r, err := scan(d.DB.QueryRowContext(ctx, "select "+columns+" from rights_request where id = $1", id))
	if err != nil {
		return Request{}, fmt.Errorf("read a request: %w", err)
	}
	return r, nil
}

// Requests returns the requests of a subject, the newest first.
func (d *Desk) Requests(ctx context.Context, subject string) ([]Request, error) {
	return d.requests(ctx, "where subject = $1 order by received_at desc, id", subject)
}

// Pending returns every request that is neither done nor refused, the oldest
// first.
func (d *Desk) Pending(ctx context.Context) ([]Request, error) {
	return d.requests(ctx, "where closed_at is null order by received_at, id")
}

func (d *Desk) requests(ctx context.Context, which string, args ...any) ([]Request, error) {
	rows, err := d.DB.QueryContext(ctx, "select "+columns+" from rights_request "+which, args...)
	if err != nil {
		return nil, fmt.Errorf("read requests: %w", store.Classify(err))
	}
	defer rows.Close()
	var found []Request
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read requests: %w", err)
		}
		found = append(found, r)
	}
	return found, store.Classify(rows.Err())
}

// advance takes r one step on: change fills in what the step found out, also
// writes what belongs to the step, all in one transaction. Conflict if the step
// is not allowed or another took it meanwhile.
func (d *Desk) advance(ctx context.Context, r Request, e Event, change func(*Request), also func(context.Context, *store.Tx, *Request) error) error {
	return d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return d.step(ctx, tx, &r, e, change, also) })
}

func (d *Desk) step(ctx context.Context, tx *store.Tx, r *Request, e Event, change func(*Request), also func(context.Context, *store.Tx, *Request) error) error {
	before := r.progress()
	if err := d.moved(r, e); err != nil {
		return err
	}
	if change != nil {
		change(r)
	}
	if also != nil {
		if err := also(ctx, tx, r); err != nil {
			return err
		}
	}
	result, err := tx.ExecContext(ctx, `update rights_request set subject = $1, state = $2, resume_state = $3, reason = $4, closed_at = $5,
		goes = $6, stays = $7, intent_leaf = $8, leaf = $9 where id = $10 and state = $11`,
		null(r.Subject), r.State, null(string(r.From)), null(r.Reason), closed(*r), store.JSON[[]Part]{V: r.Goes}, store.JSON[[]Part]{V: r.Stays},
		null(r.Intent), null(r.Leaf), r.ID, before.at)
	if err != nil {
		return store.Classify(err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return fault.New(fault.Conflict, "the request changed meanwhile")
	}
	return nil
}

// moved takes a request one step on, in memory. Conflict if the step leads nowhere
// from where it stands.
func (d *Desk) moved(r *Request, e Event) error {
	now, err := r.progress().after(e)
	if err != nil {
		return err
	}
	r.State, r.From = now.at, now.from
	if r.State == Done || r.State == Refused {
		r.Closed = d.Clock.Now()
	}
	return nil
}

// Resume takes up a request that waits.
func (d *Desk) Resume(ctx context.Context, id string) error {
	r, err := d.Request(ctx, id)
	if err != nil {
		return err
	}
	return d.advance(ctx, r, doResume, func(r *Request) { r.Reason = "" }, func(ctx context.Context, tx *store.Tx, r *Request) error {
		return d.enqueue(ctx, tx, r.ID)
	})
}

// Refuse refuses a request with a reason (Art. 12(5)). Conflict once it has
// begun to execute, Invalid without a reason.
func (d *Desk) Refuse(ctx context.Context, id, reason, who string) error {
	if reason == "" || who == "" {
		return fault.New(fault.Invalid, "a refusal needs a reason and somebody who answers for it")
	}
	r, err := d.Request(ctx, id)
	if err != nil {
		return err
	}
	return d.advance(ctx, r, doRefuse, func(r *Request) { r.Reason = reason }, func(ctx context.Context, tx *store.Tx, r *Request) (err error) {
		r.Leaf, err = d.Ledger.Append(ctx, tx, "request.refused", map[string]any{"request": r.ID, "right": string(r.Right)})
		return err
	})
}
