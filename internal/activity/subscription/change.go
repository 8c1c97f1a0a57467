package subscription

import (
	"context"
	"fmt"
	"time"

	"kept/internal/activity"
	"kept/internal/activity/subscription/invoice"
	"kept/internal/activity/subscription/plan"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/policy"
	"kept/internal/store"
)

// Change has a customer go on with another plan: a larger one at once, the rest of the
// term is paid in addition; a smaller one from the next term on.
func (o *Office) Change(ctx context.Context, by activity.Member, key string) error {
	p, err := o.offered(key)
	if err != nil {
		return err
	}
	err = o.act(ctx, by.Customer, func(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription) error {
		now := o.now()
		switch state := s.State(now); {
		case state == Cancelled && s.PayBy == byInvoice && o.Book().Plan(s.Plan) == nil: // it ends since its plan is not offered any more
			s.Cancelled = time.Time{}
			if err := o.end(ctx, tx, s, time.Time{}); err != nil {
				return err
			}
		case state == Expired || state == Cancelled:
			return fault.New(fault.Conflict, "continue the subscription first")
		}
		if s.Plan == p.Key && s.NextPlan == "" {
			return fault.New(fault.Conflict, "this is the plan already")
		}
		up, more := o.larger(s, p, now)
		switch {
		case s.PayBy == byCard:
			if err := o.byCardToo(s, p, up); err != nil {
				return err
			}
			s.NextPlan = ""
			if !up && p.Key != s.Plan { // the payment service takes the smaller price from the next term on
				s.NextPlan = p.Key
			}
			err = o.tellTillLater(ctx, tx, s, tillChange{Subscription: s.ProviderSubscription, Price: p.Stripe, Prorate: up && p.Key != s.Plan})
		case p.Key == s.Plan:
			s.NextPlan = "" // what was to come is taken back
		case !up:
			s.NextPlan = p.Key
		default:
			err = o.upgrade(ctx, tx, a, s, p, more)
		}
		if err != nil {
			return err
		}
		if err := o.save(ctx, tx, a, s); err != nil {
			return err
		}
		if err := o.keep(ctx, tx, a, s, Wish{By: by, PayBy: s.PayBy}, didChange, p); err != nil {
			return err
		}
		from := now
		if s.NextPlan != "" {
			from = s.PaidUntil
		}
		return o.write(ctx, tx, a, s, letter{what: didChange, p: p, at: from})
	})
	if err != nil {
		return fmt.Errorf("change the plan: %w", err)
	}
	return nil
}

// larger reports whether a change to p holds at once, and what is invoiced for it; a
// change that would have to pay something back waits for the next term. Where both
// have terms of the same length the difference for what is left of the term is paid, by
// the day; else a new term begins, and what is left of the former one is set off.
func (o *Office) larger(s *Subscription, p *plan.Plan, now time.Time) (up bool, more bill) {
	before := o.Book().Plan(s.Plan)
	switch {
	case s.PayBy == "":
		return true, more
	case o.Book().Rank(p.Key) < o.Book().Rank(s.Plan):
		return false, more
	case s.PayBy != byInvoice:
		return true, more
	case before == nil: // what it cost is not in the list any more: nothing can be set off
		return false, more
	}
	from := now
	if s.TrialUntil.After(now) { // the first term is paid, and begins when the trial ends
		from = s.TrialUntil
	}
	term := max(1, days(s.PaidUntil.Sub(before.Term.Before(s.PaidUntil))))
	rest := min(term, max(0, days(s.PaidUntil.Sub(from))))
	if s.TrialUntil.After(now) {
		rest = term
	}
	left := before.Price.Share(rest, term)
	was, to := before.Title.In(s.lang()), p.Title.In(s.lang())
	more = bill{from: from, until: s.PaidUntil, lines: []invoice.Line{{Text: o.words(s, "line.upgrade", was, to), Net: p.Price.Share(rest, term) - left}}}
	if p.Term != before.Term {
		more = bill{from: from, until: p.Term.After(from), lines: []invoice.Line{{Text: o.line(p, s), Net: p.Price}, {Text: o.words(s, "line.left", was), Net: -left}}}
	}
	return more.net() > 0, more
}

// byCardToo returns Refused for a plan that a card cannot change to. The payment service
// begins a term of another length at once, and what was paid for the longer one would be
// lost.
func (o *Office) byCardToo(s *Subscription, p *plan.Plan, up bool) error {
	before := o.Book().Plan(s.Plan)
	switch {
	case p.Stripe == "":
		return fault.New(fault.Refused, "this plan cannot be paid by card")
	case up && s.NextPlan != "" && p.Key != s.Plan:
		return fault.New(fault.Conflict, "take the change back first that is to come")
	case !up && before != nil && before.Term != p.Term:
		return fault.New(fault.Refused, "a smaller plan with another term begins once the one that is paid has ended: cancel this one, and order the other then")
	}
	return nil
}

// net is what a bill comes to.
func (b bill) net() (sum plan.Money) {
	for _, l := range b.lines {
		sum += l.Net
	}
	return sum
}

// upgrade takes the larger plan at once.
func (o *Office) upgrade(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, p *plan.Plan, more bill) error {
	s.Plan, s.NextPlan = p.Key, ""
	if len(more.lines) == 0 {
		return nil
	}
	s.PaidUntil = more.until
	_, err := o.issue(ctx, tx, a, s, more)
	return err
}

// days counts the days of a length of time, begun ones too.
func days(d time.Duration) int64 { return int64((d + 24*time.Hour - 1) / (24 * time.Hour)) }

// Cancel ends a subscription with its current term, or with the trial. It returns when
// that is. Conflict if it is cancelled already.
func (o *Office) Cancel(ctx context.Context, by activity.Member) (end time.Time, err error) {
	err = o.act(ctx, by.Customer, func(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription) error {
		now := o.now()
		if state := s.State(now); state == Cancelled || state == Expired || state == Trial {
			return fault.New(fault.Conflict, "it ends by itself already, on %s", s.Expires.Format(time.DateOnly))
		}
		s.Cancelled, s.NextPlan = now, ""
		if end = s.PaidUntil; end.Before(now) {
			end = now
		}
		if err := o.end(ctx, tx, s, end); err != nil {
			return err
		}
		if err := o.save(ctx, tx, a, s); err != nil {
			return err
		}
		if s.PayBy == byCard {
			if err := o.tellTillLater(ctx, tx, s, tillChange{Subscription: s.ProviderSubscription, Cancel: atTermEnd}); err != nil {
				return err
			}
		}
		if err := o.keep(ctx, tx, a, s, Wish{By: by, PayBy: s.PayBy}, didCancel, o.Book().Plan(s.Plan)); err != nil {
			return err
		}
		return o.write(ctx, tx, a, s, letter{what: didCancel, p: o.Book().Plan(s.Plan), at: end})
	})
	if err != nil {
		return end, fmt.Errorf("cancel a subscription: %w", err)
	}
	return end, nil
}

// ending names a subscription that a command asked to be cancelled.
type ending struct {
	Subscription string `json:"subscription"`
}

// CancelLater has the serving process cancel a subscription to the end of its term:
// there every kind hears of it. It returns what it ends, and when. With a trial nothing
// is done.
func (o *Office) CancelLater(ctx context.Context, id string, trial bool) (s Subscription, err error) {
	err = o.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if s, err = o.one(ctx, tx, "id = $1", id); err != nil {
			return err
		}
		if state := s.State(o.now()); state != Active && state != Failing {
			return fault.New(fault.Conflict, "it ends by itself already, on %s", s.Expires.Format(time.DateOnly))
		}
		if trial {
			return nil
		}
		_, err := o.env.Jobs.Enqueue(ctx, tx, job.New{Kind: cancelJob, Key: id, Payload: ending{id}})
		return err
	})
	if err != nil {
		return s, fmt.Errorf("cancel a subscription: %w", err)
	}
	return s, nil
}

func (o *Office) cancelByJob(ctx context.Context, j job.Job) error {
	var x ending
	if err := j.Decode(&x); err != nil {
		return err
	}
	s, err := o.one(ctx, o.env.DB, "id = $1", x.Subscription)
	if err == nil {
		_, err = o.Cancel(ctx, activity.Member{Customer: s.Customer})
	}
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Conflict) { // it is over, or was cancelled meanwhile
		return nil
	}
	return err
}

// Resume takes a cancellation back before the term has ended.
func (o *Office) Resume(ctx context.Context, by activity.Member) error {
	err := o.act(ctx, by.Customer, func(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription) error {
		if s.State(o.now()) != Cancelled {
			return fault.New(fault.Conflict, "there is no cancellation that could be taken back")
		}
		if s.PayBy == byInvoice && o.Book().Plan(s.Plan) == nil {
			return fault.New(fault.Conflict, "this plan is not offered any more; change to another one")
		}
		s.Cancelled = time.Time{}
		if err := o.end(ctx, tx, s, time.Time{}); err != nil {
			return err
		}
		if err := o.save(ctx, tx, a, s); err != nil {
			return err
		}
		if s.PayBy == byCard {
			if err := o.tellTillLater(ctx, tx, s, tillChange{Subscription: s.ProviderSubscription, Cancel: notAtAll}); err != nil {
				return err
			}
		}
		if err := o.keep(ctx, tx, a, s, Wish{By: by, PayBy: s.PayBy}, didResume, o.Book().Plan(s.Plan)); err != nil {
			return err
		}
		return o.write(ctx, tx, a, s, letter{what: didResume, p: o.Book().Plan(s.Plan), at: s.PaidUntil})
	})
	if err != nil {
		return fmt.Errorf("continue a subscription: %w", err)
	}
	return nil
}

// stop ends the contract of a customer now, also at the payment service: nobody pays
// for what is being deleted.
func (o *Office) stop(ctx context.Context, tx *store.Tx, s *Subscription) error {
	now := o.now()
	if s.ProviderCustomer != "" { // known there, also without a payment or from an earlier term
		if err := o.tellTillLater(ctx, tx, s, tillChange{Subscription: s.ProviderSubscription, Cancel: atOnce}); err != nil {
			return err
		}
	}
	if s.ContractEnd.IsZero() || s.ContractEnd.After(now) {
		return o.end(ctx, tx, s, now)
	}
	return nil
}

// Ending implements activity.Ending: before a customer is erased the contract ends.
func (o *Office) Ending(ctx context.Context, key, customer string) error {
	a := o.env.Policy().Activity(key)
	if a == nil {
		return nil
	}
	err := o.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		s, err := o.locked(ctx, tx, a, customer)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err == nil {
			err = o.stop(ctx, tx, &s)
		}
		if err != nil {
			return err
		}
		return o.save(ctx, tx, a, &s)
	})
	if err != nil {
		return fmt.Errorf("end the contract of who is erased: %w", err)
	}
	return nil
}

// deleted ends the subscription of a customer who wants everything deleted: its
// contract ends now, and what the policy keeps no moment longer is gone with the
// caller's transaction.
func (o *Office) deleted(ctx context.Context, tx *store.Tx, customer string) error {
	for _, a := range o.entries() {
		s, err := o.locked(ctx, tx, a, customer)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err == nil {
			err = o.stop(ctx, tx, &s)
		}
		if err != nil {
			return err
		}
		s.Requested = o.now()
		if err := o.save(ctx, tx, a, &s); err != nil {
			return err
		}
		if err := o.note(ctx, tx, "subscription.deleted", &s, map[string]any{}); err != nil {
			return err
		}
		for _, moment := range []string{"contract-end", "request"} {
			if err := o.env.End(ctx, tx, a.Key, moment, subscriptionTable, s.ID); err != nil {
				return err
			}
		}
	}
	return nil
}
