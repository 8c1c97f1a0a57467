package newsletter

import (
	"context"
	"net/netip"

	"kept/internal/fault"
	"kept/internal/store"
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
