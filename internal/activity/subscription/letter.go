package subscription

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kept/internal/activity/subscription/plan"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/policy/period"
	"kept/internal/store"
)

// letter is a mail to a customer.
type letter struct {
	what  string // a key of the words
	to    string // empty: the address of the registration, as it is now
	p     *plan.Plan
	at    time.Time
	args  []any // instead of those that plan and time give
	files []mail.Attachment
	key   string // at most one mail has it; empty: what happened happens once
}

// words says something to a customer in their language.
func (o *Office) words(s *Subscription, key string, args ...any) string {
	return i18n.T(s.lang(), "subscription."+key, args...)
}

func (s *Subscription) lang() string { return i18n.Match(s.Language, i18n.Languages()) }

// write writes to a customer in the caller's transaction. To one who wants no mails
// none is written; what they asked for stands.
func (o *Office) write(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, l letter) error {
	if l.to == "" {
		to, err := o.registered(ctx, s.Customer)
		if err != nil {
			return err
		}
		l.to = or(to, s.Registered) // of an account that is gone the last one is known
	}
	if l.to == "" {
		return nil
	}
	say := func(key string, args ...any) string { return o.words(s, "mail."+key, args...) }
	args := l.args
	if args == nil && l.p != nil {
		args = []any{l.p.Title.In(s.lang()), i18n.DateIn(l.at, o.zone(), s.lang()), o.price(l.p, s.lang())}
	}
	c := o.env.Policy().Controller
	text := []string{say("greeting"), say(l.what, args...)}
	if at := o.link(portalPath); at != portalPath { // a command does not know where the portal is
		text = append(text, say("more")+"\n"+at)
	}
	text = append(text, c.Name)
	m := mail.Message{
		Activity: a.Key, Subject: s.Customer, Lang: s.lang(), To: mail.Address{Mail: l.to},
		Title: say(l.what+".title", args...), Text: strings.Join(text, "\n\n"),
		Why: say("why", c.Name), Stop: say("stop"), Thread: "subscription/" + s.ID, Attachments: l.files, Key: l.key,
	}
	if c.Email != "" {
		m.ReplyTo = mail.Address{Name: c.Name, Mail: c.Email}
	}
	if _, err := o.env.Mail.Enqueue(ctx, tx, m); err != nil && !fault.Is(err, fault.Refused) {
		return fmt.Errorf("write to a customer: %w", err)
	}
	return nil
}

// sendBill writes an invoice to the address for invoices.
func (o *Office) sendBill(ctx context.Context, tx *store.Tx, a *policy.Activity, s *Subscription, b Bill, what string) error {
	return o.write(ctx, tx, a, s, letter{what: what, to: s.Billing, args: []any{b.Number, b.Gross.In(s.lang(), b.Currency), i18n.DateIn(b.Due, o.zone(), s.lang())},
		files: b.Files()})
}

// link is the address of a page of the portal.
func (o *Office) link(path string) string {
	if o.env.Customers == nil {
		return path
	}
	return o.env.Customers.Portal().Link(path)
}

// price says what a plan costs.
func (o *Office) price(p *plan.Plan, lang string) string {
	return i18n.T(lang, "subscription.price", p.Price.In(lang, o.Book().Currency), each(p.Term, lang))
}

// each says how often: a month, a year, else the length itself.
func each(term period.Period, lang string) string {
	switch term {
	case period.Period{Months: 1}:
		return i18n.T(lang, "subscription.each.month")
	case period.Period{Years: 1}, period.Period{Months: 12}:
		return i18n.T(lang, "subscription.each.year")
	}
	return term.In(lang)
}

// line is what an invoice says about a plan.
func (o *Office) line(p *plan.Plan, s *Subscription) string {
	return o.words(s, "line.plan", p.Title.In(s.lang()), p.Term.In(s.lang()))
}

// splitAddress takes an address of the policy apart: street, town, and the country if
// its code stands last.
func splitAddress(address, country string) (street, city, land string) {
	parts := strings.Split(address, ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	if last := parts[len(parts)-1]; len(parts) > 1 && len(last) == 2 && last == strings.ToUpper(last) {
		parts = parts[:len(parts)-1]
		if country == "" {
			country = last
		}
	}
	if len(parts) == 1 {
		return parts[0], "", country
	}
	return strings.Join(parts[:len(parts)-1], ", "), parts[len(parts)-1], country
}
