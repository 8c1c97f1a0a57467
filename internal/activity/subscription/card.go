package subscription

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"time"

	"kept/internal/activity"
	"kept/internal/activity/subscription/plan"
	"kept/internal/egress"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy"
	"kept/internal/remote/stripe"
	"kept/internal/store"
	"kept/internal/vault"
)

// Account is the operator's at the payment service.
type Account struct {
	Key     vault.Secret // of the interface
	Webhook vault.Secret // that signs its messages
}

// tillChange is what the payment service is told about a subscription.
type tillChange struct {
	Subscription string `json:"subscription,omitempty"`
	Customer     string `json:"customer,omitempty"`
	Price        string `json:"price,omitempty"`
	Prorate      bool   `json:"prorate,omitempty"`
	Cancel       string `json:"cancel,omitempty"`
	Activity     string `json:"activity"`
}

// How a subscription is cancelled at the payment service.
const (
	atTermEnd = "end"
	atOnce    = "once"
	notAtAll  = "no"
)

// leastTrial is what is left of a trial at least, if the payment service is to wait for
// its end.
const leastTrial = 49 * time.Hour

// stripe returns the client of an entry's payment service, and which recipient that
// is. Refused if the policy names none, or this instance has no account there.
func (o *Office) stripe(a *policy.Activity) (*stripe.Client, string, error) {
	to := a.Settings.Forwards("payments")
	if len(to) == 0 {
		return nil, "", fault.New(fault.Refused, "the policy names no payment service under %s", a.Key)
	}
	r := o.env.Policy().Recipient(to[0].Recipient)
	switch {
	case r == nil || len(r.Hosts) == 0:
		return nil, "", fault.New(fault.Refused, "the policy declares no host of the payment service %s", to[0].Recipient)
	case o.Stripe.Key.Reveal() == "":
		return nil, "", fault.New(fault.Refused, "this instance has no key for the payment service; name it with --stripe-key")
	}
	way, err := o.env.Egress.Client(r.Key)
	if err != nil {
		return nil, "", err
	}
	return stripe.New(stripe.Config{Key: o.Stripe.Key, HTTP: way, Host: r.Hosts[0]}), r.Key, nil
}

// Checkout has a customer pay a plan by card, on the page of the payment service whose
// address it returns. The subscription begins when that service says so.
func (o *Office) Checkout(ctx context.Context, w Wish) (address string, err error) {
	p, err := o.offered(w.Plan)
	if err != nil {
		return "", err
	}
	if p.Stripe == "" {
		return "", fault.New(fault.Refused, "this plan cannot be paid by card")
	}
	w.PayBy = byCard
	var chosen Subscription
	err = o.ordering(ctx, w, func(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, fresh bool) error {
		if s.PayBy != "" && s.State(o.now()) != Expired {
			return fault.New(fault.Conflict, "this is subscribed to already; change the plan instead")
		}
		if fresh { // nothing was concluded yet: if nobody pays, it is over
			s.Plan = p.Key
			if err := o.end(ctx, tx, s, o.now()); err != nil {
				return err
			}
		}
		if err := o.await(ctx, tx, s, fresh); err != nil {
			return err
		}
		if err := o.save(ctx, tx, a, s); err != nil {
			return err
		}
		chosen = *s
		return o.keep(ctx, tx, a, s, w, didOrder, p)
	})
	if err == nil {
		address, err = o.visit(ctx, &chosen, p)
	}
	if err != nil {
		return "", fmt.Errorf("pay by card: %w", err)
	}
	return address, nil
}

// visitLife is how long the payment service's page stands open, with a while for the
// message that it was paid.
const visitLife = 25 * time.Hour

// await has the contract end no earlier than the payment service's page closes: with
// its end may go the number by which a payment is known to be this customer's. What was
// ordered under a contract that ended before stays as it is.
func (o *Office) await(ctx context.Context, tx *store.Tx, s *Subscription, fresh bool) error {
	until, before := o.now().Add(visitLife), s.ContractEnd
	if before.IsZero() || !before.Before(until) {
		return nil
	}
	s.ContractEnd = until
	if !fresh && s.State(o.now()) == Expired {
		return nil
	}
	return o.contractEnds(ctx, tx, s, before)
}

// visit opens the payment service's page for a subscription.
func (o *Office) visit(ctx context.Context, s *Subscription, p *plan.Plan) (string, error) {
	a := o.env.Policy().Activity(s.Activity)
	client, recipient, err := o.stripe(a)
	if err != nil {
		return "", err
	}
	if s.ProviderCustomer == "" {
		if err := o.introduce(ctx, client, recipient, a, s); err != nil {
			return "", err
		}
	}
	x := stripe.Checkout{Customer: s.ProviderCustomer, Price: p.Stripe, Own: s.ID, Lang: s.lang(),
		Success: o.link(portalPath + "?done=card"), Cancel: o.link(portalPath + "/order?" + url.Values{"plan": {p.Key}}.Encode())}
	if left := s.TrialUntil.Sub(o.now()); left > leastTrial {
		x.Trial = s.TrialUntil.Unix()
	}
	return client.CreateCheckout(ctx, x, store.NewID())
}

// introduce makes the customer known to the payment service, with the fields that the
// policy lets it have.
func (o *Office) introduce(ctx context.Context, client *stripe.Client, recipient string, a *policy.Activity, s *Subscription) error {
	x := stripe.Customer{Own: s.ID}
	var fields []string
	for _, f := range []struct {
		field string
		give  func()
	}{
		{fieldName, func() { x.Name = s.Name }},
		{fieldCompany, func() { x.Name = or(s.Company, x.Name) }},
		{fieldAddress, func() { x.Street, x.City, x.Country = s.Address.Street, s.Address.City, s.Address.Country }},
		{fieldRegistered, func() { x.Email = s.Registered }},
		{fieldBilling, func() { x.Email = or(s.Billing, x.Email) }},
	} {
		_, err := o.env.Egress.Allowed(a.Key, recipient, map[string]string{f.field: ""})
		switch {
		case err == nil:
			f.give()
			fields = append(fields, f.field)
		case !fault.Is(err, fault.Refused):
			return err
		}
	}
	// A call that is repeated on the same day makes no second customer; on another one
	// the first may be deleted again.
	id, err := client.CreateCustomer(ctx, x, "customer/"+s.ID+"/"+o.now().UTC().Format(time.DateOnly))
	if err != nil {
		return err
	}
	s.ProviderCustomer = id
	return o.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "update subscription set provider_customer = $1 where id = $2", id, s.ID); err != nil {
			return store.Classify(err)
		}
		if len(fields) == 0 {
			return nil
		}
		_, err := o.env.Egress.Delivered(ctx, tx, egress.Delivery{Activity: a.Key, Recipient: recipient, Fields: fields, Count: 1})
		return err
	})
}

// Payments returns the address of the payment service's page on which a customer
// changes the way to pay and sees its invoices.
func (o *Office) Payments(ctx context.Context, customer string) (string, error) {
	s, err := o.of(ctx, o.env.DB, customer)
	if err == nil && s.ProviderCustomer == "" {
		err = fault.New(fault.NotFound, "nothing is paid by card here")
	}
	if err == nil {
		err = o.free(ctx, customer)
	}
	if err != nil {
		return "", err
	}
	client, _, err := o.stripe(o.env.Policy().Activity(s.Activity))
	if err != nil {
		return "", err
	}
	return client.CreatePortal(ctx, s.ProviderCustomer, o.link(portalPath), s.lang())
}

// tellTillLater has the payment service told, once the caller's transaction stands.
func (o *Office) tellTillLater(ctx context.Context, tx *store.Tx, s *Subscription, x tillChange) error {
	x.Activity = s.Activity
	if x.Cancel == atOnce {
		x.Customer = s.ProviderCustomer
	}
	n := job.New{Kind: cardJob, Payload: x}
	if x.Customer != "" {
		n.Key = x.Customer // who asks twice has the customer deleted once
	}
	_, err := o.env.Jobs.Enqueue(ctx, tx, n)
	return err
}

// Leaving implements activity.Leaving: with the number under which a customer is known
// at the payment service goes the customer there. The job knows the number until that
// is done; if it cannot be done it is set aside, where the operator sees it.
func (o *Office) Leaving(ctx context.Context, tx *store.Tx, key, table string, columns, rows []string) error {
	if table != subscriptionTable || columns != nil && !slices.Contains(columns, "provider_customer") {
		return nil
	}
	for _, id := range rows {
		numbers, err := store.Texts(ctx, tx, "select provider_customer from subscription where id = $1 and provider_customer is not null", id)
		if err != nil {
			return err
		}
		for _, n := range numbers {
			if err := o.tellTillLater(ctx, tx, &Subscription{ID: id, Activity: key, ProviderCustomer: n}, tillChange{Cancel: atOnce}); err != nil {
				return err
			}
		}
	}
	return nil
}

var _ activity.Leaving = (*Office)(nil)

// tellTill tells the payment service what a customer decided, and reads what became of
// it. The job's id keeps one that is repeated from being done twice.
func (o *Office) tellTill(ctx context.Context, j job.Job) error {
	var x tillChange
	if err := j.Decode(&x); err != nil {
		return err
	}
	a := o.env.Policy().Activity(x.Activity)
	if a == nil && x.Cancel != atOnce {
		return nil
	}
	if a == nil {
		return fault.New(fault.Refused, "the policy has no activity %s any more that could reach the payment service: delete the customer there by hand", x.Activity)
	}
	client, _, err := o.stripe(a)
	if err != nil {
		return err
	}
	switch {
	case x.Cancel == atOnce && x.Customer != "":
		err = client.DeleteCustomer(ctx, x.Customer)
	case x.Cancel == atOnce:
		_, err = client.CancelNow(ctx, x.Subscription)
	case x.Cancel != "":
		_, err = client.CancelAtEnd(ctx, x.Subscription, x.Cancel == atTermEnd, j.ID)
	default:
		var now stripe.Subscription
		if now, err = client.ReadSubscription(ctx, x.Subscription); err == nil {
			_, err = client.SetPrice(ctx, now, x.Price, x.Prorate, j.ID)
		}
	}
	if fault.Is(err, fault.NotFound) && x.Cancel != "" { // it is gone there already
		return nil
	}
	if err != nil || x.Cancel == atOnce {
		return err
	}
	return o.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return o.readLater(ctx, tx, toRead{Activity: x.Activity, Subscription: x.Subscription})
	})
}
