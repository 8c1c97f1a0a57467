package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/activity/account"
	"kept/internal/activity/subscription"
	"kept/internal/duty/register"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/store"
	"kept/internal/subject"
)

// Serving adds to a record on whose behalf this instance does what it does on behalf of
// others (Art. 30(2) GDPR). by is who sees them named, which the ledger notes; empty:
// only how many they are.
func (a *App) Serving(ctx context.Context, r *register.Record, by string) error {
	if len(r.Commissions) == 0 || a.accounts == nil {
		return nil
	}
	serves, err := register.Serves(ctx, a.DB, a.InForce.Now(), Manifests())
	if err != nil {
		return err
	}
	var customers []account.Customer
	called := map[string]string{}
	for id := range serves {
		name, known, err := a.calledCustomer(ctx, id)
		if err != nil {
			return err
		}
		if known {
			customers, called[id] = append(customers, account.Customer{ID: id}), name
		}
	}
	r.Customers = &register.Customers{Count: len(customers)}
	if by == "" {
		return nil
	}
	if customers, err = a.accounts.Addressed(ctx, customers, by); err != nil {
		return err
	}
	for _, c := range customers {
		line, err := a.party(ctx, c, r.Language)
		if err != nil {
			return fmt.Errorf("name a customer: %w", err)
		}
		if line.Name == "" && !store.IsID(called[c.ID]) {
			line.Name = called[c.ID] // as the operator called it in a command
		}
		for _, key := range serves[c.ID] {
			line.Activities = append(line.Activities, register.Named{Key: key, Name: r.NameOf(key)})
		}
		r.Customers.Named = append(r.Customers.Named, line)
	}
	slices.SortFunc(r.Customers.Named, func(x, y register.Customer) int {
		return strings.Compare(x.Name+x.Email+x.ID, y.Name+y.Email+y.ID)
	})
	return nil
}

// calledCustomer returns by which name a subject is known as a customer; false for a
// person.
func (a *App) calledCustomer(ctx context.Context, id string) (name string, is bool, err error) {
	known, err := a.Subjects.Identifiers(ctx, id)
	for _, i := range known {
		if i.Kind == subject.Customer {
			return i.Value, true, err
		}
	}
	return "", false, err
}

// party is a customer as the accounts know it, with what its subscription adds.
func (a *App) party(ctx context.Context, c account.Customer, lang string) (register.Customer, error) {
	line := register.Customer{ID: c.ID, Party: register.Party{Email: c.Registered}}
	since, err := a.accounts.Since(ctx, c.ID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return line, err
	}
	if err == nil {
		line.Since = since.UTC().Format(time.DateOnly)
	}
	for _, k := range a.running {
		office, ok := k.(*subscription.Office)
		if !ok {
			continue
		}
		d, err := office.Party(ctx, c.ID)
		if err != nil {
			return line, err
		}
		if line.Name = d.Company; line.Name == "" {
			line.Name = d.Name
		}
		lines := []string{d.Address.Street, d.Address.City}
		if d.Address.Country != "" {
			lines = append(lines, i18n.Country(d.Address.Country, lang))
		}
		line.Address = strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), ", ")
	}
	return line, nil
}
