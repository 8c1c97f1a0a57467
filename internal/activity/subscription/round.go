package subscription

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/job"
	"kept/internal/policy"
	"kept/internal/policy/period"
	"kept/internal/store"
)

// retold is how long the numbers of the payment service's messages are remembered: it
// repeats a message for three days.
const retold = 30 * 24 * time.Hour

// round does what has become due. What fails for one customer keeps nothing from the
// others, and is tried again in the next round.
func (o *Office) round(ctx context.Context, _ job.Job) error {
	now := o.now()
	if _, err := o.env.DB.ExecContext(ctx, "delete from subscription_delivery where at < $1", store.At(now.Add(-retold))); err != nil {
		return fmt.Errorf("forget messages: %w", store.Classify(err))
	}
	a, err := o.entry()
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	customers, err := store.Texts(ctx, o.env.DB, `select customer from subscription where activity = $1 and pay_by = $2 and expires_at is null and paid_until <= $3`,
		a.Key, byInvoice, store.At(ahead.After(now)))
	if err != nil {
		return fmt.Errorf("look what is renewed: %w", err)
	}
	var failed error
	for _, c := range customers {
		if err := o.act(ctx, c, o.renew); err != nil && !fault.Is(err, fault.Refused) {
			failed = errors.Join(failed, fmt.Errorf("renew a subscription: %w", err))
		}
	}
	return errors.Join(failed, o.remindAll(ctx, a))
}

// termAfter returns when a term ends that begins at from. One that begins with the last
// moment of a month, since that month was too short for the term before, ends with one
// too: it does not stay short.
func termAfter(term period.Period, from time.Time) time.Time {
	from = from.UTC()
	end := term.After(from)
	if term.Days != 0 || term.Clock != 0 || from.Add(time.Millisecond).Month() == from.Month() {
		return end
	}
	return time.Date(end.Year(), end.Month()+1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Millisecond)
}

// remindAll asks for what was due and was not paid, as often as the price list says.
func (o *Office) remindAll(ctx context.Context, a *policy.Activity) error {
	numbers, err := store.Texts(ctx, o.env.DB, `select number from subscription_invoice where activity = $1 and paid_at is null and cancels is null and cancelled_by is null
		and due_at < $2 and reminded < $3 and gross > 0`, a.Key, store.At(o.now()), len(o.Book().Invoices.Remind))
	if err != nil {
		return fmt.Errorf("look what was not paid: %w", err)
	}
	var failed error
	for _, n := range numbers {
		if err := o.billing(ctx, n, o.remind); err != nil && !fault.Is(err, fault.Refused) {
			failed = errors.Join(failed, fmt.Errorf("ask for a payment: %w", err))
		}
	}
	return failed
}

func (o *Office) remind(ctx context.Context, tx *store.Tx, a *policy.Activity, b *Bill) error {
	times, now := o.Book().Invoices.Remind, o.now()
	if !b.Open() || b.Reminded >= len(times) || now.Before(times[b.Reminded].After(b.Due)) {
		return nil
	}
	s, err := o.one(ctx, tx, "activity = $1 and customer = $2", b.Activity, b.Customer)
	if fault.Is(err, fault.NotFound) { // nobody to write to is left here
		return nil
	}
	if err != nil {
		return err
	}
	for b.Reminded < len(times) && !now.Before(times[b.Reminded].After(b.Due)) {
		b.Reminded++ // after a pause one mail stands for all that were missed
	}
	if _, err := tx.ExecContext(ctx, "update subscription_invoice set reminded = $1 where id = $2", b.Reminded, b.ID); err != nil {
		return store.Classify(err)
	}
	return o.write(ctx, tx, a, &s, letter{what: "unpaid", to: s.Billing,
		args:  []any{b.Number, b.Gross.In(s.lang(), b.Currency), i18n.DateIn(b.Due, o.zone(), s.lang())},
		files: b.Files()})
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
