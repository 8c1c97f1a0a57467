package app

import (
	"context"
	"slices"
	"strings"

	"kept/internal/activity"
	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/subject"
)

// reach finds how the person of an entry's row is told that it is going to end: a
// customer at the address of the registration, everybody else at the one they are
// known by; whatever else is named gets a copy.
func (a *App) reach(ctx context.Context, entry, who string, to []string) (retain.Reach, error) {
	r, err := a.registered(ctx, who)
	if err != nil {
		return retain.Reach{}, err
	}
	if !slices.Contains(to, policy.ToRegistration) {
		r.To = nil
	}
	for _, k := range a.running {
		knows, ok := k.(activity.Notified)
		if !ok {
			continue
		}
		more, err := knows.Addresses(ctx, entry, who, to)
		if err != nil {
			return retain.Reach{}, err
		}
		for _, address := range more {
			if !slices.ContainsFunc(r.To, func(x mail.Address) bool { return strings.EqualFold(x.Mail, address) }) {
				r.To = append(r.To, mail.Address{Mail: address})
			}
		}
	}
	return r, nil
}

// registered finds the person's own address and language.
func (a *App) registered(ctx context.Context, who string) (retain.Reach, error) {
	if c := a.customers(); c != nil {
		address, lang, err := c.Registered(ctx, who)
		if err == nil {
			portal := c.Portal()
			return retain.Reach{To: []mail.Address{{Mail: address}}, Lang: lang, Prevent: portal.Link("/subscription"), Hasten: portal.Link("/account")}, nil
		}
		if !fault.Is(err, fault.NotFound) {
			return retain.Reach{}, err
		}
	}
	known, err := a.Subjects.Identifiers(ctx, who)
	if err != nil {
		return retain.Reach{}, err
	}
	i := slices.IndexFunc(known, func(x subject.Identifier) bool { return x.Kind == subject.Email })
	if i < 0 {
		return retain.Reach{}, fault.New(fault.NotFound, "no address of this person is known")
	}
	return retain.Reach{To: []mail.Address{{Mail: known[i].Value}}, Lang: a.InForce.Now().Notice.Languages[0]}, nil
}

// customers is the kind that keeps accounts, nil if none runs.
func (a *App) customers() activity.Customers {
	for _, r := range a.running {
		if c, ok := r.(activity.Customers); ok {
			return c
		}
	}
	return nil
}
