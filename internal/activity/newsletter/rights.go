package newsletter

import (
	"context"
	"net/netip"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/store"
	"kept/internal/subject"
)

// What the newsletter adds when somebody's rights are carried out.

// Corrected notes in the proof which details of a subscriber were corrected
// (activity.Corrected).
func (n *Newsletter) Corrected(ctx context.Context, tx *store.Tx, activity, subject string, fields []string) error {
	a, err := n.declared(activity)
	if err != nil {
		return err
	}
	s, err := n.latest(ctx, tx, a, subject)
	if fault.Is(err, fault.NotFound) || err == nil && !s.stands() {
		return nil
	}
	if err != nil {
		return err
	}
	return n.note(ctx, tx, a, s, fields, netip.Addr{})
}

// Withdraw ends the subscription of a subject, whoever takes the withdrawal in
// (activity.Withdraws).
func (n *Newsletter) Withdraw(ctx context.Context, tx *store.Tx, activity, subject string) error {
	a, err := n.declared(activity)
	if err != nil {
		return err
	}
	s, err := n.latest(ctx, tx, a, subject)
	if fault.Is(err, fault.NotFound) || err == nil && !s.stands() {
		return nil
	}
	if err != nil {
		return err
	}
	return n.ended(ctx, tx, a, s, ByRequest)
}

// Tells reports whether a recipient is the processor that carries an entry's mails
// and holds its receivers (activity.Tells).
func (n *Newsletter) Tells(activity, recipient string) bool {
	a, err := n.declared(activity)
	if err != nil {
		return false
	}
	carrier, err := n.Carrier(a)
	p, ok := carrier.(*provider)
	return err == nil && ok && p.recipient == recipient
}

// Tell brings the processor in step: whoever was erased or is restricted is deleted
// there, and whoever was corrected until the next campaign hands over what is right.
// It returns once the processor, asked again, knows nothing of them (activity.Tells).
func (n *Newsletter) Tell(ctx context.Context, activity, recipient, _ string, addresses []string, _ string) error {
	a, err := n.declared(activity)
	if err != nil {
		return err
	}
	p, err := n.cleverreach(a, recipient)
	if err != nil {
		return err
	}
	if err := p.recall(ctx); err != nil {
		return err
	}
	var known []string
	for _, address := range addresses {
		if address, err = mail.Normalise(address); err != nil {
			return err
		}
		who, err := n.env.Subjects.Find(ctx, n.env.DB, subject.Email, address)
		if fault.Is(err, fault.NotFound) { // erased: recall has found them by what was handed over
			continue
		}
		if err != nil {
			return err
		}
		known = append(known, who)
	}
	return n.recallFrom(ctx, a, recipient, known)
}
