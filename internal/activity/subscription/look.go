package subscription

import (
	"context"
	"strings"
	"time"

	"kept/internal/store"
)

func joined(parts []string) string { return strings.Join(parts, ", ") }

// Line is a subscription without a word on whose it is.
type Line struct {
	ID      string    `json:"id"`
	Plan    string    `json:"plan,omitempty"`
	State   State     `json:"state"`
	PayBy   string    `json:"pay_by,omitempty"`
	Begun   time.Time `json:"begun"`
	Until   time.Time `json:"term_until,omitzero"`
	Expires time.Time `json:"expires,omitzero"`
}

// List returns every subscription, the latest first, and names nobody.
func (o *Office) List(ctx context.Context) (all []Line, err error) {
	rows, err := o.env.DB.QueryContext(ctx, `select id, coalesce(plan, ''), coalesce(pay_by, ''), begun_at, trial_until, paid_until, expires_at, failed_at
		from subscription order by begun_at desc, id`)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	now := o.now()
	for rows.Next() {
		var s Subscription
		var begun, trial, paid, expires, failed store.Time
		if err := rows.Scan(&s.ID, &s.Plan, &s.PayBy, &begun, &trial, &paid, &expires, &failed); err != nil {
			return nil, err
		}
		s.Expires, s.Failed = expires.Time, failed.Time
		until := paid.Time
		if until.IsZero() {
			until = trial.Time
		}
		all = append(all, Line{ID: s.ID, Plan: s.Plan, State: s.State(now), PayBy: s.PayBy, Begun: begun.Time, Until: until, Expires: expires.Time})
	}
	return all, store.Classify(rows.Err())
}

// Tally is how many customers have a plan, by state.
type Tally struct {
	Plan  string        `json:"plan"`
	Count map[State]int `json:"count"`
}

// Count returns how many customers have which plan, in the order of the price list;
// plans that it does not offer any more stand last.
func (o *Office) Count(ctx context.Context) ([]Tally, error) {
	lines, err := o.List(ctx)
	if err != nil {
		return nil, err
	}
	var all []Tally
	at := map[string]int{}
	add := func(key string) int {
		i, ok := at[key]
		if !ok {
			i = len(all)
			at[key], all = i, append(all, Tally{key, map[State]int{}})
		}
		return i
	}
	for _, p := range o.Book().Plans {
		add(p.Key)
	}
	for _, l := range lines {
		if l.Plan != "" {
			all[add(l.Plan)].Count[l.State]++
		}
	}
	return all, nil
}

// Look opens a subscription with its orders and invoices; that is recorded in the
// ledger. by is who looks. Of a customer whose data is restricted it shows that there
// is one, and no word on whose.
func (o *Office) Look(ctx context.Context, id, by string) (s Subscription, orders []Order, bills []Bill, err error) {
	if s, err = o.one(ctx, o.env.DB, "id = $1", id); err != nil {
		return s, nil, nil, err
	}
	restricted, err := o.env.Subjects.Restricted(ctx)
	if err != nil {
		return s, nil, nil, err
	}
	if restricted[s.Customer] {
		s.Details, s.ProviderCustomer, s.ProviderSubscription, s.Restricted = Details{}, "", "", true
		return s, nil, nil, nil
	}
	if orders, err = o.Orders(ctx, s.Customer); err != nil {
		return s, nil, nil, err
	}
	if bills, err = o.Bills(ctx, s.Customer); err != nil {
		return s, nil, nil, err
	}
	err = o.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return o.note(ctx, tx, "subscription.opened", &s, map[string]any{"by": by})
	})
	return s, orders, bills, err
}

// Invoice opens an invoice; that is recorded in the ledger. Refused while the
// customer's data is restricted.
func (o *Office) Invoice(ctx context.Context, number, by string) (Bill, error) {
	b, err := o.bill(ctx, o.env.DB, "number = $1", number)
	if err == nil {
		err = o.free(ctx, b.Customer)
	}
	if err != nil {
		return b, err
	}
	return b, o.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := o.env.Ledger.Append(ctx, tx, "invoice.opened", map[string]any{"invoice": b.ID, "by": by})
		return err
	})
}

// Waiting returns the invoices that wait for money, the oldest first, without their
// words.
func (o *Office) Waiting(ctx context.Context) ([]Bill, error) {
	all, err := o.bills(ctx, o.env.DB, "paid_at is null and cancels is null and cancelled_by is null and gross > 0")
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	return all, err
}
