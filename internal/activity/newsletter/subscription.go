package newsletter

import (
	"context"
	"encoding/hex"
	"time"

	"kept/internal/activity"
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

	// Restricted says that who it is is not shown (Art. 18(2) GDPR).
	Restricted bool
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
	open := n.env.Opener(ctx, s.Subject)
	s.Email = open.Text(subscriberTable+".email", email)
	s.First = open.Text(subscriberTable+".first_name", first)
	s.Last = open.Text(subscriberTable+".last_name", last)
	s.Company = open.Text(subscriberTable+".company", company)
	return s, open.Err()
}

// linkKey makes the tokens of a person's links. It is the key of the whole
// activity: it lives as long as any row of it about the person.
func linkKey(subject string) vault.Ref { return vault.Ref{Subject: subject, Rule: Name} }

// token returns the secret of the links in a subscriber's mails: 128 bits that
// only the vault can compute, so that they are in every mail and stored nowhere.
func (n *Newsletter) token(ctx context.Context, s Subscription) (string, error) {
	return n.tokenWith(ctx, n.env.Vault, s)
}

// tokenWith is token where the subscriber's keys were read with those of others.
func (n *Newsletter) tokenWith(ctx context.Context, keys activity.Keys, s Subscription) (string, error) {
	secret, err := keys.IndexFor(ctx, linkKey(s.Subject), linkSpace+"/"+s.ID)
	if fault.Is(err, fault.NotFound) {
		if err := n.env.Vault.Prepare(ctx, linkKey(s.Subject)); err != nil {
			return "", err
		}
		secret, err = keys.IndexFor(ctx, linkKey(s.Subject), linkSpace+"/"+s.ID)
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
