package newsletter

import (
	"context"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
)

// SoftBounces is after how many letters in a row that came back, though the
// address may be right, a subscription ends.
const SoftBounces = 5

// letterReturned takes in what became of a campaign's letter later; false if the
// outcome is not about one that is known.
func (n *Newsletter) letterReturned(ctx context.Context, tx *store.Tx, o mail.Outcome) (bool, error) {
	var campaign, activity, subscription, subject, before string
	err := store.Classify(tx.QueryRowContext(ctx, "select campaign, activity, subscription, subject, coalesce(outcome, '') from newsletter_dispatch where id = $1 and due_at is null", o.Message).
		Scan(&campaign, &activity, &subscription, &subject, &before))
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	a, err := n.declared(activity)
	if err != nil || before == string(mail.Bounced) || before == string(mail.Complained) {
		return true, ignoreMissing(err)
	}
	column := "bounced"
	if o.Event == mail.Complained {
		column = "complained"
	}
	if _, err := tx.ExecContext(ctx, "update newsletter_campaign set "+column+" = "+column+" + 1 where id = $1", campaign); err != nil {
		return true, store.Classify(err)
	}
	if a.Has(fieldDispatch) {
		_, err := tx.ExecContext(ctx, "update newsletter_dispatch set outcome = $2, code = $3, status = $4 where id = $1", o.Message, string(o.Event), o.Code, o.Status)
		if err != nil {
			return true, store.Classify(err)
		}
	}
	if o.Event == mail.Complained {
		return true, n.endAs(ctx, tx, a, subscription, ByComplaint)
	}
	return true, n.failed(ctx, tx, a, subscription, subject, o.Hard)
}

// failed ends the subscription of an address that is not there, or to which the
// last SoftBounces letters did not come through.
func (n *Newsletter) failed(ctx context.Context, tx *store.Tx, a *policy.Activity, subscription, subject string, hard bool) error {
	if hard {
		return n.endAs(ctx, tx, a, subscription, ByBounce)
	}
	var letters, lost int
	err := tx.QueryRowContext(ctx, `select count(*), count(case when outcome in ($4, $5) then 1 end) from
		(select outcome from newsletter_dispatch where subject = $1 and subscription = $2 and sent_at is not null order by sent_at desc limit $3) as latest`,
		subject, subscription, SoftBounces, string(mail.Refused), string(mail.Bounced)).Scan(&letters, &lost)
	if err != nil || letters < SoftBounces || lost < SoftBounces {
		return store.Classify(err)
	}
	return n.endAs(ctx, tx, a, subscription, ByBounce)
}

// endAs ends a subscription that stands.
func (n *Newsletter) endAs(ctx context.Context, tx *store.Tx, a *policy.Activity, subscription string, how Way) error {
	s, err := n.subscription(ctx, tx, "id", subscription)
	if err != nil || !s.stands() {
		return ignoreMissing(err)
	}
	return n.ended(ctx, tx, a, s, how)
}

// endDispatches ends what is kept of the letters to somebody whose subscription
// has ended: those that have not left do not leave, of the others the policy's
// rules say how long they stay.
func (n *Newsletter) endDispatches(ctx context.Context, tx *store.Tx, a *policy.Activity, s Subscription) error {
	tx.OnCommit(func() { n.endings.Add(1) })
	if err := n.departed(ctx, tx, s); err != nil {
		return err
	}
	waiting, err := store.Texts(ctx, tx, "select campaign from newsletter_dispatch where subject = $1 and subscription = $2 and due_at is not null", s.Subject, s.ID)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "delete from newsletter_dispatch where subject = $1 and subscription = $2 and due_at is not null", s.Subject, s.ID); err != nil {
		return store.Classify(err)
	}
	for _, campaign := range waiting {
		if _, err := tx.ExecContext(ctx, "update newsletter_campaign set withheld = withheld + 1 where id = $1", campaign); err != nil {
			return store.Classify(err)
		}
	}
	left, err := store.Texts(ctx, tx, "select id from newsletter_dispatch where subject = $1 and subscription = $2", s.Subject, s.ID)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "update newsletter_dispatch set unsubscribed_at = $3 where subject = $1 and subscription = $2", s.Subject, s.ID, store.At(n.env.Clock.Now())); err != nil {
		return store.Classify(err)
	}
	for _, id := range left {
		if err := n.env.End(ctx, tx, a.Key, "unsubscribe", dispatchTable, id); err != nil {
			return err
		}
	}
	return nil
}

// departed counts who left with a campaign's letter as their latest.
func (n *Newsletter) departed(ctx context.Context, tx *store.Tx, s Subscription) error {
	_, err := tx.ExecContext(ctx, `update newsletter_campaign set departed = departed + 1 where id =
		(select campaign from newsletter_dispatch where subject = $1 and subscription = $2 and sent_at is not null order by sent_at desc limit 1)`, s.Subject, s.ID)
	return store.Classify(err)
}
