package newsletter

import (
	"context"
	"slices"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// forgets reports whether the policy lets the proof go before its time.
func forgets(a *policy.Activity) bool {
	return slices.ContainsFunc(a.Retention, func(r policy.Rule) bool { return r.From == "request" && r.Then == policy.Delete })
}

// forgetsProof reports whether a proof can go before its time.
func (n *Newsletter) forgetsProof(p Proof) bool {
	a, err := n.declared(p.Activity)
	return err == nil && forgets(a)
}

func keptToTheEnd() error {
	return fault.New(fault.Refused, "the proof is kept for its period: the policy grants no earlier deletion")
}

// Forget deletes a proof before its time. Its owner confirms with the request
// that the consent stood: then nothing is left that the proof would have to
// defend. Refused if the policy grants no earlier deletion, Invalid without the
// confirmation; no error if nobody has such a link.
func (n *Newsletter) Forget(ctx context.Context, token string, stood bool) error {
	if !slices.ContainsFunc(n.entries(), forgets) {
		return keptToTheEnd()
	}
	if !stood {
		return fault.New(fault.Invalid, "the proof can go earlier only if you confirm that your consent stood")
	}
	err := n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		p, err := n.proof(ctx, tx, "link", n.env.Mail.TokenMark(linkSpace, token))
		if err != nil {
			return err
		}
		a, err := n.declared(p.Activity)
		if err != nil {
			return err
		}
		if !forgets(a) {
			return keptToTheEnd()
		}
		if s, err := n.subscription(ctx, tx, "id", p.ID); err == nil && s.stands() {
			if err := n.ended(ctx, tx, a, s, ByLink); err != nil {
				return err
			}
		} else if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		// The request takes the place of the unsubscription: the period that would
		// have kept the proof runs no longer.
		_, err = tx.ExecContext(ctx, "update newsletter_proof set requested_at = $2, unsubscribed_at = null where id = $1", p.ID, store.At(n.env.Clock.Now()))
		if err != nil {
			return store.Classify(err)
		}
		return n.now(ctx, tx, a, "request", p.ID)
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
