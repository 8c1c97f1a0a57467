package subscription

import (
	"context"
	"fmt"
	"time"

	"kept/internal/activity/subscription/plan"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// act does something to the subscription of a customer, alone: whoever else acts on it
// waits. NotFound without one, Refused while the customer's data is restricted.
func (o *Office) act(ctx context.Context, customer string, f func(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription) error) error {
	a, err := o.entry()
	if err != nil {
		return err
	}
	if err := o.free(ctx, customer); err != nil {
		return err
	}
	registered, err := o.registered(ctx, customer)
	if err != nil {
		return err
	}
	return o.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		s, err := o.locked(ctx, tx, a, customer)
		if err != nil {
			return err
		}
		s.Registered = or(registered, s.Registered)
		return f(ctx, tx, a, &s)
	})
}

// registered is the address of the registration as it is now; empty if nobody acts for
// the customer any more.
func (o *Office) registered(ctx context.Context, customer string) (string, error) {
	if o.env.Customers == nil {
		return "", nil
	}
	address, _, err := o.env.Customers.Registered(ctx, customer)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return address, err
}

// locked returns the subscription of a customer so that no other transaction changes it
// until the caller's ends.
func (o *Office) locked(ctx context.Context, tx *store.Tx, a *policy.Activity, customer string) (Subscription, error) {
	if _, err := tx.ExecContext(ctx, "update subscription set activity = activity where activity = $1 and customer = $2", a.Key, customer); err != nil {
		return Subscription{}, store.Classify(err)
	}
	return o.one(ctx, tx, "activity = $1 and customer = $2", a.Key, customer)
}

// free returns Refused while a customer's data is restricted (Art. 18 GDPR).
func (o *Office) free(ctx context.Context, customer string) error {
	restricted, err := o.env.Subjects.Restricted(ctx)
	if err == nil && restricted[customer] {
		err = fault.New(fault.Refused, "the customer's data is restricted: nothing is done with it until the restriction is lifted")
	}
	return err
}

// offered returns a plan of the price list.
func (o *Office) offered(key string) (*plan.Plan, error) {
	p := o.Book().Plan(key)
	if p == nil {
		return nil, fault.New(fault.NotFound, "there is no such plan")
	}
	return p, nil
}

// end notes when a subscription expires and its contract ends, with every kind that
// asked for it; the zero time takes that back. What was ordered and invoiced under the
// contract says so too, and what belongs to an earlier one stays as it is.
func (o *Office) end(ctx context.Context, tx *store.Tx, s *Subscription, at time.Time) error {
	before := s.ContractEnd
	s.Expires, s.ContractEnd = at, at
	if err := o.contractEnds(ctx, tx, s, before); err != nil {
		return err
	}
	if o.env.Customers == nil {
		return nil
	}
	err := o.env.Customers.SetExpiry(ctx, tx, s.Customer, at)
	if fault.Is(err, fault.NotFound) { // the account is gone; the subscription ends all the same
		return nil
	}
	return err
}

// contractEnds writes into what was ordered and invoiced under a contract when it ends.
func (o *Office) contractEnds(ctx context.Context, tx *store.Tx, s *Subscription, before time.Time) error {
	for _, table := range []string{orderTable, invoiceTable} {
		_, err := tx.ExecContext(ctx, "update "+table+" set contract_end = $1 where activity = $2 and customer = $3 and (contract_end is null or contract_end = $4 and at >= $5)",
			store.At(s.ContractEnd), s.Activity, s.Customer, store.At(before), store.At(s.Begun))
		if err != nil {
			return store.Classify(err)
		}
	}
	return nil
}

// note appends a leaf about a subscription.
func (o *Office) note(ctx context.Context, tx *store.Tx, kind string, s *Subscription, facts map[string]any) error {
	facts["subscription"], facts["activity"] = s.ID, s.Activity
	if _, err := o.env.Ledger.Append(ctx, tx, kind, facts); err != nil {
		return fmt.Errorf("note %s: %w", kind, err)
	}
	return nil
}
