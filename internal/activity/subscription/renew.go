package subscription

import (
	"context"
	"slices"
	"time"

	"kept/internal/activity/subscription/invoice"
	"kept/internal/activity/subscription/plan"
	"kept/internal/i18n"
	"kept/internal/policy"
	"kept/internal/policy/period"
	"kept/internal/store"
)

// How long before a term begins anew customers hear what they may not want.
var (
	// ahead is for a term of at least longTerm, and for a price that rises; one that
	// cannot be said enough ahead holds from the next term on.
	longTerm = period.Period{Months: 6}
	ahead    = period.Period{Days: 30}
	enough   = period.Period{Days: 28}
	// notice is what is left at least of a plan that is not offered any more, free of
	// charge where the term ends earlier. CS07's mail comes ten days before the end.
	notice = period.Period{Days: 14}
)

// renew begins the terms that have come, each with its invoice, and says ahead what is
// to come.
func (o *Office) renew(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription) error {
	if len(o.Book().Plans) == 0 { // somebody forgot the price list: nothing is concluded from that
		return nil
	}
	agreed, err := o.agreedTo(ctx, s)
	if err != nil {
		return err
	}
	now := o.now()
	for s.Expires.IsZero() && !s.PaidUntil.After(now) && o.next(s) != nil {
		if err := o.term(ctx, tx, a, s, agreed); err != nil {
			return err
		}
	}
	switch p := o.next(s); {
	case !s.Expires.IsZero():
	case p == nil:
		err = o.withdraw(ctx, tx, a, s, agreed)
	case s.renewalTold.Equal(s.PaidUntil) || now.Before(ahead.Before(s.PaidUntil)):
	default:
		err = o.announce(ctx, tx, a, s, p, agreed)
	}
	if err != nil {
		return err
	}
	return o.save(ctx, tx, a, s)
}

// next is the plan of the coming term, nil if it is not offered any more.
func (o *Office) next(s *Subscription) *plan.Plan { return o.Book().Plan(or(s.NextPlan, s.Plan)) }

// term begins the next term with its invoice.
func (o *Office) term(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, agreed past) error {
	p := *o.next(s)
	p.Price = agreed.price(s.PaidUntil, &p)
	s.Plan, s.NextPlan = p.Key, ""
	from := s.PaidUntil
	s.PaidUntil = termAfter(p.Term, from)
	if err := o.save(ctx, tx, a, s); err != nil {
		return err
	}
	if err := o.keep(ctx, tx, a, s, Wish{PayBy: s.PayBy}, didRenew, &p); err != nil {
		return err
	}
	_, err := o.issue(ctx, tx, a, s, bill{from: from, until: s.PaidUntil, lines: []invoice.Line{{Text: o.line(&p, s), Net: p.Price}}})
	return err
}

// announce says ahead that a long term begins anew, or that a price rises. What was said
// about a price is kept: it holds from that term on.
func (o *Office) announce(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, p *plan.Plan, agreed past) error {
	before := *p
	before.Price = agreed.price(s.PaidUntil, p)
	rises := before.Price < p.Price && !o.now().After(enough.Before(s.PaidUntil))
	if !rises && longTerm.Longer(p.Term) {
		return nil
	}
	s.renewalTold = s.PaidUntil
	if !rises {
		return o.write(ctx, tx, a, s, letter{what: "renewal", p: &before, at: s.PaidUntil})
	}
	if err := o.keep(ctx, tx, a, s, Wish{PayBy: s.PayBy}, didAnnounce, p); err != nil {
		return err
	}
	return o.write(ctx, tx, a, s, letter{what: didAnnounce, args: []any{p.Title.In(s.lang()), i18n.DateIn(s.PaidUntil, o.zone(), s.lang()), o.price(p, s.lang()), before.Price.In(s.lang(), o.Book().Currency)}})
}

// withdraw ends a subscription whose plan is not offered any more, with its term, and
// with notice.
func (o *Office) withdraw(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, agreed past) error {
	now := o.now()
	if least := notice.After(now); s.PaidUntil.Before(least) {
		s.PaidUntil = least
	}
	s.Cancelled = now
	if err := o.end(ctx, tx, s, s.PaidUntil); err != nil {
		return err
	}
	if err := o.keep(ctx, tx, a, s, Wish{PayBy: s.PayBy}, didWithdraw, nil); err != nil {
		return err
	}
	return o.write(ctx, tx, a, s, letter{what: didWithdraw, args: []any{agreed.title(s.Plan), i18n.DateIn(s.PaidUntil, o.zone(), s.lang())}})
}

// past is what a customer agreed to and was told, the latest first.
type past []Order

func (o *Office) agreedTo(ctx context.Context, s *Subscription) (past, error) {
	all, err := o.Orders(ctx, s.Customer)
	currency := o.Book().Currency
	return slices.DeleteFunc(all, func(x Order) bool { return x.Plan == "" || x.Currency != currency }), err
}

// price is what a term of a plan costs that begins at a moment: what the price list says,
// but no more than was agreed last, unless that was announced for this term.
func (all past) price(begins time.Time, p *plan.Plan) plan.Money {
	for _, x := range all {
		switch {
		case x.Plan != p.Key:
		case x.Did == didAnnounce && x.Ends.Sub(begins).Abs() < time.Second, x.Did == didOrder, x.Did == didChange, x.Did == didRenew:
			return min(x.Price, p.Price)
		}
	}
	return p.Price
}

// title is what a plan was called, its key if nobody knows.
func (all past) title(key string) string {
	for _, x := range all {
		if x.Plan == key && x.Title != "" {
			return x.Title
		}
	}
	return key
}
