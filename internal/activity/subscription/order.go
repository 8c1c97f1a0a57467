package subscription

import (
	"context"
	"fmt"
	"time"

	"kept/internal/activity"
	"kept/internal/activity/subscription/invoice"
	"kept/internal/activity/subscription/plan"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// What was done, as an order says it.
const (
	didTrial    = "trial"
	didOrder    = "order"
	didChange   = "change"
	didCancel   = "cancel"
	didResume   = "resume"
	didRenew    = "renew"
	didCorrect  = "correct"
	didAnnounce = "announce" // a price that rises
	didWithdraw = "withdraw" // a plan that is not offered any more ends
)

// Order is what was agreed, as it is kept.
type Order struct {
	ID          string     `json:"id"`
	At          time.Time  `json:"at"`
	Did         string     `json:"did"`
	Plan        string     `json:"plan,omitempty"`
	Title       string     `json:"title,omitempty"` // of the plan, as it was shown
	Price       plan.Money `json:"price,omitempty"` // net, for one term
	Currency    string     `json:"currency,omitempty"`
	Term        string     `json:"term,omitempty"` // ISO 8601
	PayBy       string     `json:"pay_by,omitempty"`
	Ends        time.Time  `json:"ends,omitzero"` // of a cancellation
	By          string     `json:"by,omitempty"`  // the address of who ordered
	Version     string     `json:"terms_version,omitempty"`
	Terms       string     `json:"terms,omitempty"` // ids of the documents that were agreed to
	Agreement   string     `json:"agreement,omitempty"`
	Company     string     `json:"company,omitempty"` // the party, as it called itself
	Name        string     `json:"name,omitempty"`
	Address     Address    `json:"address,omitzero"`
	ContractEnd time.Time  `json:"-"`
}

// Wish is what somebody orders.
type Wish struct {
	Plan    string
	PayBy   string // empty: the trial
	Details Details
	Lang    string
	By      activity.Member
	// Business and Agreed say that the customer orders as a business, and has agreed to
	// the terms and to the agreement on processing as they were shown.
	Business, Agreed bool
}

// Begin begins the trial of a plan. Conflict if the customer had one, or has
// subscribed already.
func (o *Office) Begin(ctx context.Context, w Wish) error {
	p, err := o.offered(w.Plan)
	if err != nil {
		return err
	}
	if p.Trial.IsZero() {
		return fault.New(fault.Refused, "this plan has no trial")
	}
	now := o.now()
	err = o.ordering(ctx, w, func(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, fresh bool) error {
		if !fresh && !s.nothingBegun() {
			return fault.New(fault.Conflict, "the trial can be used once")
		}
		s.Plan, s.TrialUntil = p.Key, p.Trial.After(now)
		if err := o.keep(ctx, tx, a, s, w, didTrial, p); err != nil {
			return err
		}
		if err := o.end(ctx, tx, s, s.TrialUntil); err != nil {
			return err
		}
		if err := o.save(ctx, tx, a, s); err != nil {
			return err
		}
		return o.write(ctx, tx, a, s, letter{what: didTrial, p: p, at: s.TrialUntil})
	})
	if err != nil {
		return fmt.Errorf("begin a trial: %w", err)
	}
	return nil
}

// Buy orders a plan that is paid by invoice. The first term begins when the trial
// ends, at once without one or after an earlier subscription expired.
func (o *Office) Buy(ctx context.Context, w Wish) error {
	p, err := o.offered(w.Plan)
	if err != nil {
		return err
	}
	w.PayBy = byInvoice
	now := o.now()
	err = o.ordering(ctx, w, func(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, _ bool) error {
		if s.PayBy != "" && s.State(now) != Expired {
			return fault.New(fault.Conflict, "this is subscribed to already; change the plan instead")
		}
		from := now
		if s.TrialUntil.After(now) {
			from = s.TrialUntil
		}
		s.Plan, s.NextPlan, s.PayBy, s.PaidUntil, s.Cancelled, s.Failed = p.Key, "", byInvoice, p.Term.After(from), time.Time{}, time.Time{}
		if s.State(now) == Expired {
			s.ContractEnd = time.Time{} // the earlier contract's rows stay as they are
		}
		if err := o.end(ctx, tx, s, time.Time{}); err != nil {
			return err
		}
		if err := o.save(ctx, tx, a, s); err != nil {
			return err
		}
		if err := o.keep(ctx, tx, a, s, w, didOrder, p); err != nil {
			return err
		}
		if err := o.write(ctx, tx, a, s, letter{what: didOrder, p: p, at: from}); err != nil {
			return err
		}
		_, err := o.issue(ctx, tx, a, s, bill{from: from, until: s.PaidUntil, lines: []invoice.Line{{Text: o.line(p, s), Net: p.Price}}})
		return err
	})
	if err != nil {
		return fmt.Errorf("order a plan: %w", err)
	}
	return nil
}

// ordering checks a wish and does f on the customer's subscription, which is made if
// there is none (fresh). Details that were given take the place of earlier ones.
func (o *Office) ordering(ctx context.Context, w Wish, f func(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, fresh bool) error) error {
	a, err := o.entry()
	if err != nil {
		return err
	}
	switch {
	case w.PayBy != "" && !accepts(a, w.PayBy):
		return fault.New(fault.Refused, "this way to pay is not offered")
	case !w.Agreed:
		return fault.New(fault.Invalid, "agree to the terms and to the agreement on processing")
	case !w.Business:
		return fault.New(fault.Invalid, "this offer is for businesses")
	}
	if err := o.complete(a, &w.Details, w.PayBy != ""); err != nil {
		return err
	}
	if err := o.free(ctx, w.By.Customer); err != nil {
		return err
	}
	registered, _, err := o.env.Customers.Registered(ctx, w.By.Customer)
	if err != nil {
		return err
	}
	return o.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		s, err := o.locked(ctx, tx, a, w.By.Customer)
		fresh := fault.Is(err, fault.NotFound)
		if err != nil && !fresh {
			return err
		}
		if fresh {
			s = Subscription{ID: store.NewID(), Activity: a.Key, Customer: w.By.Customer, Begun: o.now()}
		}
		s.Details, s.Language = w.Details.over(s.Details), w.Lang
		s.Registered = registered
		return f(ctx, tx, a, &s, fresh)
	})
}

// over returns d, with what it leaves out taken from before; but not the address for
// invoices, nor the VAT number, which would be one of another country.
func (d Details) over(before Details) Details {
	for _, x := range []struct{ to, from *string }{{&d.Tenant, &before.Tenant}, {&d.Name, &before.Name}, {&d.Company, &before.Company}} {
		if *x.to == "" {
			*x.to = *x.from
		}
	}
	if d.Address == (Address{}) {
		d.Address = before.Address
	}
	return d
}

// keep stores what was agreed.
func (o *Office) keep(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, w Wish, did string, p *plan.Plan) error {
	x := Order{Did: did, PayBy: w.PayBy, By: w.By.Email, Company: s.Company, Name: s.Name, Address: s.Address}
	if p != nil {
		x.Plan, x.Title, x.Price, x.Currency, x.Term = p.Key, p.Title.In(s.Language), p.Price, o.Book().Currency, p.Term.String()
	}
	if w.Agreed {
		x.Version = o.Book().Terms.Version
		var err error
		if x.Terms, x.Agreement, err = o.keepDocuments(ctx, tx, s.lang()); err != nil {
			return err
		}
	}
	switch did {
	case didCancel, didWithdraw:
		x.Ends = s.Expires
	case didAnnounce:
		x.Ends = s.PaidUntil // of the term before
	}
	return o.keepOrder(ctx, tx, a, s, x)
}

func (o *Office) keepOrder(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, x Order) error {
	if !a.Has(fieldOrders) {
		return nil
	}
	id, seal := store.NewID(), o.env.Sealer(ctx, a, s.Customer)
	x.ID, x.At = id, o.now()
	content := seal.JSON("subscription_order.content", fieldOrders, x)
	if err := seal.Err(); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "insert into subscription_order (id, activity, customer, at, contract_end, content) values ($1, $2, $3, $4, $5, $6)",
		id, s.Activity, s.Customer, store.At(x.At), store.At(s.ContractEnd), content)
	if err != nil {
		return store.Classify(err)
	}
	return o.note(ctx, tx, "subscription."+x.Did, s, map[string]any{"order": id})
}

// Orders returns what a customer has agreed to, the latest first.
func (o *Office) Orders(ctx context.Context, customer string) (all []Order, err error) {
	rows, err := o.env.DB.QueryContext(ctx, "select content, contract_end from subscription_order where customer = $1 order by at desc, id", customer)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	x := o.env.Opener(ctx, customer)
	for rows.Next() {
		var content []byte
		var end store.Time
		if err := rows.Scan(&content, &end); err != nil {
			return nil, err
		}
		var order Order
		x.JSON("subscription_order.content", content, &order)
		if order.ID != "" {
			order.ContractEnd = end.Time
			all = append(all, order)
		}
	}
	if err := store.Classify(rows.Err()); err != nil {
		return nil, err
	}
	return all, x.Err()
}
