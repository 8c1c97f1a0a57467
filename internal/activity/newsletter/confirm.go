package newsletter

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"kept/internal/activity"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/policy"
	"kept/internal/store"
)

// waiting returns the sign-up that a confirmation link is about. NotFound if it
// is used, or past its time.
func (n *Newsletter) waiting(ctx context.Context, q store.Querier, token string) (Subscription, error) {
	s, err := n.subscription(ctx, q, "confirm", n.env.Mail.TokenMark(confirmSpace, token))
	if err == nil && !s.Confirmed.IsZero() {
		err = fault.New(fault.NotFound, "this sign-up is confirmed")
	}
	return s, err
}

// Confirm puts an address on the list, in the name of whoever holds the link
// that only its owner got; lang is the language they read. NotFound if the link is
// used or past its time.
func (n *Newsletter) Confirm(ctx context.Context, token string, from netip.Addr, lang i18n.Lang) (s Subscription, err error) {
	err = n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if s, err = n.waiting(ctx, tx, token); err != nil {
			return err
		}
		a, err := n.declared(s.Activity)
		if err != nil {
			return err
		}
		if s.Language == "" { // it is not kept, so this page says it
			s.Language = lang
		}
		return n.confirmed(ctx, tx, a, s, from)
	})
	return s, err
}

// confirmed writes that a sign-up is confirmed and welcomes its owner.
func (n *Newsletter) confirmed(ctx context.Context, tx *store.Tx, a *policy.Activity, s Subscription, from netip.Addr) error {
	if err := n.prove(ctx, tx, a, s, n.env.Clock.Now(), from); err != nil {
		return err
	}
	// A new consent ends what an earlier withdrawal barred.
	if _, err := tx.ExecContext(ctx, "update newsletter_proof set suppression = null where subject = $1 and activity = $2", s.Subject, a.Key); err != nil {
		return store.Classify(err)
	}
	if err := n.env.Subjects.Unobject(ctx, tx, s.Subject, a.Key); err != nil {
		return err
	}
	return n.writeWelcome(ctx, tx, a, s)
}

// prove writes since when mails may be sent to a subscriber, and commits to the
// proof of it in the ledger.
func (n *Newsletter) prove(ctx context.Context, tx *store.Tx, a *policy.Activity, s Subscription, at time.Time, from netip.Addr) error {
	since := store.At(at)
	leaf, err := n.commit(ctx, tx, a, s, since.Time)
	if err != nil {
		return err
	}
	seal := n.env.Sealer(ctx, a, s.Subject)
	address := seal.Text(proofTable+".confirm_address", fieldConfirmation, addressText(from))
	if seal.Err() != nil {
		return seal.Err()
	}
	proven := since
	if !a.Has(fieldConfirmation) || s.Ground == ByCustomer { // who bought something confirmed nothing
		proven = store.Time{}
	}
	if _, err := tx.ExecContext(ctx, "update newsletter_subscriber set confirmed_at = $2, confirm = null where id = $1", s.ID, since); err != nil {
		return store.Classify(err)
	}
	_, err = tx.ExecContext(ctx, "update newsletter_proof set confirmed_at = $2, confirm_address = $3, confirm_leaf = $4 where id = $1", s.ID, proven, address, leaf)
	if err != nil {
		return store.Classify(err)
	}
	return n.count(ctx, tx, a, "joined", s.ID)
}

// commit puts the consent into the ledger: a commitment that can be checked as
// long as the proof is kept, and is noise afterwards.
func (n *Newsletter) commit(ctx context.Context, tx *store.Tx, a *policy.Activity, s Subscription, at time.Time) (leaf string, err error) {
	p, err := n.proof(ctx, tx, "id", s.ID)
	if err != nil {
		return "", err
	}
	said := strings.Join(append([]string{p.ID, p.Address, p.Text, p.Version, stamp(p.SignedUp), stamp(at)}, p.Topics...), "\n")
	commitment, err := n.env.Vault.Commit(ctx, activity.KeyOf(a, s.Subject, fieldProofAddress), []byte(said))
	if err != nil {
		return "", fmt.Errorf("commit to a consent: %w", err)
	}
	return n.env.Ledger.Append(ctx, tx, confirmedLeaf, map[string]any{"activity": a.Key, "ground": string(s.Ground), "commitment": hex.EncodeToString(commitment)})
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
