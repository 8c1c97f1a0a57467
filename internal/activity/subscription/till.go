package subscription

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"kept/internal/activity/subscription/plan"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy"
	"kept/internal/remote/stripe"
	"kept/internal/store"
)

// toRead names a subscription at the payment service that changed.
type toRead struct {
	Activity     string `json:"activity"`
	Subscription string `json:"subscription"`
}

// hear takes a message of the payment service: each once, and what it says is not
// believed but read again. So it does not matter in which order messages come.
func (o *Office) hear(w http.ResponseWriter, r *http.Request) error {
	a, err := o.entry()
	if err != nil || len(a.Settings.Forwards("payments")) == 0 {
		return fault.New(fault.NotFound, "no payment service is declared here")
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	e, err := stripe.ReadEvent(body, r.Header.Get("Stripe-Signature"), o.Stripe.Webhook, o.now())
	if err != nil {
		return err
	}
	err = o.env.DB.Write(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		done, err := tx.ExecContext(ctx, "insert into subscription_delivery (id, at) values ($1, $2) on conflict (id) do nothing", e.ID, store.At(o.now()))
		if err != nil {
			return store.Classify(err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 || e.Subscription == "" {
			return err
		}
		return o.readLater(ctx, tx, toRead{Activity: a.Key, Subscription: e.Subscription})
	})
	if err != nil {
		return fmt.Errorf("take a message of the payment service: %w", err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// readLater has a subscription read at the payment service; one that is being read is
// read once more.
func (o *Office) readLater(ctx context.Context, tx *store.Tx, x toRead) error {
	_, err := o.env.Jobs.Enqueue(ctx, tx, job.New{Kind: readJob, Key: x.Subscription, Payload: x})
	return err
}

// readTill reads a subscription as it stands at the payment service.
func (o *Office) readTill(ctx context.Context, j job.Job) error {
	var x toRead
	if err := j.Decode(&x); err != nil {
		return err
	}
	a := o.env.Policy().Activity(x.Activity)
	if a == nil {
		return nil
	}
	client, _, err := o.stripe(a)
	if err != nil {
		return err
	}
	now, err := client.ReadSubscription(ctx, x.Subscription)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	err = o.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return o.follow(ctx, tx, a, now) })
	if err != nil {
		return fmt.Errorf("follow the payment service: %w", err)
	}
	return nil
}

// follow brings a subscription to where it stands at the payment service. One that is
// not known here, or is another customer's there, is left alone.
func (o *Office) follow(ctx context.Context, tx *store.Tx, a *policy.Activity, there stripe.Subscription) error {
	s, err := o.one(ctx, tx, "activity = $1 and (provider_subscription = $2 or id = $3)", a.Key, there.ID, there.Own)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err == nil {
		s, err = o.locked(ctx, tx, a, s.Customer)
	}
	if err != nil {
		return err
	}
	now := o.now()
	switch {
	case s.ProviderCustomer != there.Customer:
		return nil
	case s.ProviderSubscription != there.ID && s.PayBy != "" && s.State(now) != Expired:
		return o.twice(ctx, tx, &s, there)
	}
	before := s
	switch there.Status {
	case stripe.Trialing, stripe.Active:
		err = o.paid(ctx, tx, a, &s, there, now)
	case stripe.PastDue:
		if s.ProviderSubscription == there.ID && s.Failed.IsZero() {
			s.Failed = now
			err = o.write(ctx, tx, a, &s, letter{what: "failed", to: s.Billing, p: o.Book().Plan(s.Plan), at: now})
		}
	case stripe.Canceled, stripe.Unpaid, stripe.IncompleteExpired:
		if s.ProviderSubscription == there.ID {
			err = o.over(ctx, tx, a, &s, there, now)
		}
	}
	if err != nil || before == s {
		return err
	}
	if err := o.save(ctx, tx, a, &s); err != nil {
		return err
	}
	return o.note(ctx, tx, "subscription.followed", &s, map[string]any{"state": string(s.State(now))})
}

// twice ends a subscription at the payment service whose customer has one already: paid
// on a second page that stood open, or beside an order on invoice.
func (o *Office) twice(ctx context.Context, tx *store.Tx, s *Subscription, there stripe.Subscription) error {
	if there.Status != stripe.Active && there.Status != stripe.Trialing {
		return nil
	}
	a := o.env.Policy().Activity(s.Activity)
	if _, err := o.env.Jobs.Enqueue(ctx, tx, job.New{Kind: cardJob, Payload: tillChange{Activity: s.Activity, Subscription: there.ID, Cancel: atOnce}}); err != nil {
		return err
	}
	if err := o.write(ctx, tx, a, s, letter{what: "twice", p: o.Book().Plan(s.Plan), at: o.now(), key: "twice/" + there.ID}); err != nil {
		return err
	}
	return o.note(ctx, tx, "subscription.twice", s, map[string]any{})
}

// paid follows a subscription that is paid, or in its trial.
func (o *Office) paid(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, there stripe.Subscription, now time.Time) error {
	first := s.PayBy != byCard || s.State(now) == Expired
	if s.State(now) == Expired && s.ContractEnd.Equal(s.Expires) {
		s.ContractEnd = time.Time{} // the earlier contract's rows stay as they are; what this payment was waited for has an end of its own
	}
	p, sameTerm := o.Book().ByStripe(there.Price), there.Until.Equal(s.PaidUntil)
	s.PayBy, s.ProviderSubscription, s.PaidUntil, s.Failed = byCard, there.ID, there.Until, time.Time{}
	if p != nil && !(sameTerm && s.NextPlan == p.Key) { // a smaller plan waits for the next term
		s.Plan, s.NextPlan = p.Key, ""
	}
	if !there.Ends.Equal(s.Expires) || first {
		s.Cancelled = time.Time{}
		if !there.Ends.IsZero() {
			s.Cancelled = now
		}
		if err := o.end(ctx, tx, s, there.Ends); err != nil {
			return err
		}
	}
	if !first {
		return nil
	}
	if p == nil {
		p = &plan.Plan{Key: s.Plan}
	}
	return o.write(ctx, tx, a, s, letter{what: didOrder, p: p, at: now})
}

// over follows a subscription that has ended at the payment service.
func (o *Office) over(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, there stripe.Subscription, now time.Time) error {
	if s.State(now) == Expired {
		return nil
	}
	ends := there.Ends
	if ends.IsZero() || ends.After(now) {
		ends = now
	}
	s.Cancelled = now
	if err := o.end(ctx, tx, s, ends); err != nil {
		return err
	}
	return o.write(ctx, tx, a, s, letter{what: "ended", p: o.Book().Plan(s.Plan), at: ends})
}
