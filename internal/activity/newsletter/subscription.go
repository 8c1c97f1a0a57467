package newsletter

import (
	"context"
	"encoding/hex"
	"time"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/vault"
)

// The spaces of link tokens.
const (
	confirmSpace = "newsletter/confirm"
	linkSpace    = "newsletter/link"
)

// Subscription is somebody's order of the newsletter.
type Subscription struct {
	ID       string
	Activity string // key of the entry
	Ground   Ground
	Subject  string
	Email    string
	First    string
	Last     string
	Company  string
	Language string
	Topics   []string
	Zone     string // time zone; empty: not known
	Contents string // id of the description of the contents that the consent covers
	Measured string // what was agreed to be measured: "opens clicks"

	SignedUp     time.Time
	Confirmed    time.Time // zero: its owner has not confirmed the address
	Unsubscribed time.Time // zero: the subscription stands
}

// stands reports whether mails may be sent on it.
func (s *Subscription) stands() bool { return !s.Confirmed.IsZero() && s.Unsubscribed.IsZero() }

// subscription reads the newest whose column holds a value; NotFound if none does.
func (n *Newsletter) subscription(ctx context.Context, q store.Querier, column string, value any) (Subscription, error) {
	return n.subscriptionBy(ctx, q, column+" = $1", value)
}

// latest reads somebody's newest subscription of an entry; NotFound if there is none.
func (n *Newsletter) latest(ctx context.Context, q store.Querier, a *policy.Activity, subject string) (Subscription, error) {
	return n.subscriptionBy(ctx, q, "activity = $1 and subject = $2", a.Key, subject)
}

func (n *Newsletter) subscriptionBy(ctx context.Context, q store.Querier, where string, args ...any) (Subscription, error) {
	var s Subscription
	var signedUp, confirmed, unsubscribed store.Time
	var email, first, last, company []byte
	var language *string
	var topics store.JSON[[]string]
	err := q.QueryRowContext(ctx, `select id, activity, ground, subject, signed_up_at, confirmed_at, unsubscribed_at, email, first_name, last_name, company, language, topics,
		coalesce(time_zone, ''), coalesce(contents, ''), coalesce(measured, '') from newsletter_subscriber where `+where+" order by signed_up_at desc limit 1", args...).
		Scan(&s.ID, &s.Activity, &s.Ground, &s.Subject, &signedUp, &confirmed, &unsubscribed, &email, &first, &last, &company, &language, &topics, &s.Zone, &s.Contents, &s.Measured)
	if err != nil {
		return s, store.Classify(err)
	}
	s.SignedUp, s.Confirmed, s.Unsubscribed, s.Topics = signedUp.Time, confirmed.Time, unsubscribed.Time, topics.V
	if language != nil {
		s.Language = *language
	}
	open := n.opener(ctx, s.Subject)
	s.Email = open.text(subscriberTable+".email", email)
	s.First = open.text(subscriberTable+".first_name", first)
	s.Last = open.text(subscriberTable+".last_name", last)
	s.Company = open.text(subscriberTable+".company", company)
	return s, open.err
}

// linkKey makes the tokens of a person's links. It is the key of the whole
// activity: it lives as long as any row of it about the person.
func linkKey(subject string) vault.Ref { return vault.Ref{Subject: subject, Rule: Name} }

// token returns the secret of the links in a subscriber's mails: 128 bits that
// only the vault can compute, so that they are in every mail and stored nowhere.
func (n *Newsletter) token(ctx context.Context, s Subscription) (string, error) {
	secret, err := n.env.Vault.IndexFor(ctx, linkKey(s.Subject), linkSpace+"/"+s.ID)
	if fault.Is(err, fault.NotFound) {
		if err := n.env.Vault.Prepare(ctx, linkKey(s.Subject)); err != nil {
			return "", err
		}
		secret, err = n.env.Vault.IndexFor(ctx, linkKey(s.Subject), linkSpace+"/"+s.ID)
	}
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(secret), nil
}

// listed returns a value as it is stored: null if it is empty, or if the policy
// does not list its field.
func listed(a *policy.Activity, field, value string) any {
	if value == "" || !a.Has(field) {
		return nil
	}
	return value
}

// keyOf names the key under which a person's field is sealed: that of the rule
// that ends it.
func keyOf(a *policy.Activity, subject, field string) vault.Ref {
	if r := a.RuleFor(field); r != nil {
		return vault.Ref{Subject: subject, Rule: r.ID}
	}
	return vault.Ref{Subject: subject, Rule: Name}
}

// sealer seals the values of one person and keeps the first error.
type sealer struct {
	ctx     context.Context
	vault   *vault.Vault
	entry   *policy.Activity
	subject string
	err     error
}

func (n *Newsletter) sealer(ctx context.Context, a *policy.Activity, subject string) *sealer {
	return &sealer{ctx: ctx, vault: n.env.Vault, entry: a, subject: subject}
}

// text seals a value for a column; nil if it is empty or not listed.
func (s *sealer) text(place, field, value string) []byte {
	if s.err != nil || value == "" || !s.entry.Has(field) {
		return nil
	}
	sealed, err := s.vault.Seal(s.ctx, keyOf(s.entry, s.subject, field), place, []byte(value))
	s.err = err
	return sealed
}

// opener opens the values of one person, under whichever key they were sealed:
// the policy may have been another one then.
type opener struct {
	ctx     context.Context
	vault   *vault.Vault
	subject string
	refs    []vault.Ref
	err     error
}

func (n *Newsletter) opener(ctx context.Context, subject string) *opener {
	return &opener{ctx: ctx, vault: n.env.Vault, subject: subject}
}

// text opens a value; empty if there is none or its key is destroyed.
func (o *opener) text(place string, sealed []byte) string {
	if o.err != nil || len(sealed) == 0 {
		return ""
	}
	if o.refs == nil {
		if o.refs, o.err = o.vault.Refs(o.ctx, o.subject); o.err != nil {
			return ""
		}
	}
	for _, ref := range o.refs {
		plain, err := o.vault.Open(o.ctx, ref, place, sealed)
		switch {
		case err == nil:
			return string(plain)
		case !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid):
			o.err = err
			return ""
		}
	}
	return ""
}
