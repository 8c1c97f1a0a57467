package newsletter

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
)

// Way is how a subscription ended.
type Way string

// The ways.
const (
	ByLink      Way = "link"
	ByClick     Way = "one-click" // RFC 8058
	ByMail      Way = "mail"
	ByBounce    Way = "bounce"
	ByComplaint Way = "complaint"
	ByRequest   Way = "request" // a withdrawal that our staff took in, by letter for instance
)

// The mailboxes that unsubscriptions come to: the list's own, where a mail says
// what is wanted, and one whose address says it by a token.
const (
	listMailbox  = "newsletter"
	leaveMailbox = "unsubscribe+"
	entryMailbox = "newsletter+" // of an entry that is not the first, by its key
)

// Leave ends the subscription that a link is about. It is no error if that has
// ended before, or if nobody has such a link: who asks must not learn it.
func (n *Newsletter) Leave(ctx context.Context, token string, how Way) error {
	return n.end(ctx, how, func(ctx context.Context, tx *store.Tx) (string, error) {
		var id string
		err := tx.QueryRowContext(ctx, "select id from newsletter_proof where link = $1", n.env.Mail.TokenMark(linkSpace, token)).Scan(&id)
		return id, store.Classify(err)
	})
}

// LeaveAs ends the subscription of an address to an entry, if it has one; to
// every entry if none is named.
func (n *Newsletter) LeaveAs(ctx context.Context, activity, address string, how Way) error {
	address, err := mail.Normalise(address)
	if err != nil {
		return err
	}
	for _, a := range n.entries() {
		if activity != "" && activity != a.Key {
			continue
		}
		err := n.end(ctx, how, func(ctx context.Context, tx *store.Tx) (string, error) {
			who, err := n.env.Subjects.Find(ctx, tx, subject.Email, address)
			if err != nil {
				return "", err
			}
			s, err := n.latest(ctx, tx, a, who)
			return s.ID, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// end ends the subscription that find names, in one transaction.
func (n *Newsletter) end(ctx context.Context, how Way, find func(context.Context, *store.Tx) (string, error)) error {
	err := n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		id, err := find(ctx, tx)
		if err != nil {
			return err
		}
		s, err := n.subscription(ctx, tx, "id", id)
		if err != nil || !s.stands() {
			return err
		}
		a, err := n.declared(s.Activity)
		if err != nil {
			return err
		}
		return n.ended(ctx, tx, a, s, how)
	})
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("unsubscribe: %w", err)
	}
	return nil
}

// ended writes that a subscription ended, and has everything deleted at once
// that the policy keeps no longer.
func (n *Newsletter) ended(ctx context.Context, tx *store.Tx, a *policy.Activity, s Subscription, how Way) error {
	leaf, err := n.env.Ledger.Append(ctx, tx, "newsletter.unsubscribed", map[string]any{"activity": a.Key, "by": string(how)})
	if err != nil {
		return err
	}
	if s.Ground == ByCustomer { // what a customer says is an objection, and it is absolute (Art. 21(2), (3) GDPR)
		if err := n.env.Subjects.Object(ctx, tx, s.Subject, a.Key); err != nil {
			return err
		}
	}
	if err := n.count(ctx, tx, a, counted(how), s.ID); err != nil {
		return err
	}
	now := store.At(n.env.Clock.Now())
	if _, err := tx.ExecContext(ctx, "update newsletter_subscriber set unsubscribed_at = $2 where id = $1", s.ID, now); err != nil {
		return store.Classify(err)
	}
	var mark any
	if a.Has(fieldSuppression) && s.Email != "" {
		if mark, err = n.suppression(s.Email); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, "update newsletter_proof set unsubscribed_at = $2, unsubscribed_by = $3, unsubscribe_leaf = $4, suppression = $5 where id = $1",
		s.ID, now, listed(a, fieldUnsubscription, string(how)), leaf, mark)
	if err != nil {
		return store.Classify(err)
	}
	if err := n.endDispatches(ctx, tx, a, s); err != nil {
		return err
	}
	if err := n.callBackIf(ctx, tx, "id", s.ID); err != nil {
		return err
	}
	return n.now(ctx, tx, a, "unsubscribe", s.ID)
}

// now ends what the policy keeps no moment longer, in both tables.
func (n *Newsletter) now(ctx context.Context, tx *store.Tx, a *policy.Activity, moment, id string) error {
	for _, table := range []string{subscriberTable, proofTable} {
		if err := n.env.End(ctx, tx, a.Key, moment, table, id); err != nil {
			return err
		}
	}
	return nil
}

// leaving are the words that a mail to the list's address asks with.
var leaving = regexp.MustCompile(`(?i)\b(unsubscribe|abmelden|abmeldung|abbestellen|abbestellung|austragen|widerruf|widerrufe|leave|remove|stop|stopp)\b`)

// asks is how much of a mail's text is looked at: what stands below may quote us.
const asks = 400

// letter takes a mail to the list. Whoever writes to the address with a token has
// said all by it; a mail to the list's own address says it in its words.
func (n *Newsletter) letter(ctx context.Context, in mail.Incoming) error {
	if in.Local == leaveMailbox {
		return n.Leave(ctx, strings.ToLower(in.Token), ByMail)
	}
	if in.Auto || in.DSN != nil || !leaving.MatchString(in.Title+"\n"+unquoted(in.Text)) {
		return nil
	}
	err := n.LeaveAs(ctx, strings.ToLower(in.Token), in.From.Mail, ByMail)
	if fault.Is(err, fault.Invalid) { // an address that nobody can have ordered with
		return nil
	}
	return err
}

// unquoted returns the beginning of a mail's text without the lines it quotes.
func unquoted(text string) string {
	var kept []string
	for _, line := range strings.Split(text[:min(len(text), 4*asks)], "\n") {
		if !strings.HasPrefix(strings.TrimSpace(line), ">") {
			kept = append(kept, line)
		}
	}
	own := strings.Join(kept, "\n")
	return own[:min(len(own), asks)]
}

// returned ends the subscription of an address that does not exist any more, or
// whose owner complained.
func (n *Newsletter) returned(ctx context.Context, tx *store.Tx, o mail.Outcome) error {
	if known, err := n.letterReturned(ctx, tx, o); known || err != nil {
		return err
	}
	a, err := n.declared(o.Activity)
	how := ByBounce
	switch {
	case err != nil || o.Subject == "":
		return nil
	case o.Event == mail.Complained:
		how = ByComplaint
	case !o.Hard:
		return nil
	}
	s, err := n.latest(ctx, tx, a, o.Subject)
	if fault.Is(err, fault.NotFound) || err == nil && !s.stands() {
		return nil
	}
	if err != nil {
		return err
	}
	return n.ended(ctx, tx, a, s, how)
}
