package newsletter

import "context"

// Whose data is restricted is shown to nobody (Art. 18(2) GDPR): that somebody is on
// the list, and no word on who, until the restriction ends. What mails are sent by
// reads past this; they ask barred.

// unnamed returns subscriptions as staff may see them.
func (n *Newsletter) unnamed(ctx context.Context, all []Subscription) ([]Subscription, error) {
	restricted, err := n.env.Subjects.Restricted(ctx)
	for i, s := range all {
		if restricted[s.Subject] {
			all[i] = Subscription{ID: s.ID, Activity: s.Activity, Ground: s.Ground, Subject: s.Subject, SignedUp: s.SignedUp, Confirmed: s.Confirmed, Unsubscribed: s.Unsubscribed, Restricted: true}
		}
	}
	return all, err
}

// unnamedProof returns a proof as staff may see it.
func (n *Newsletter) unnamedProof(ctx context.Context, p Proof) (Proof, error) {
	restricted, err := n.env.Subjects.Restricted(ctx)
	if err == nil && restricted[p.Subject] {
		p = Proof{ID: p.ID, Subject: p.Subject, Activity: p.Activity, SignedUp: p.SignedUp, Confirmed: p.Confirmed, Unsubscribed: p.Unsubscribed, Restricted: true}
	}
	return p, err
}
