package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/store"
)

// The ledger's words.
const (
	leafListed = "customer.listed"
	leafOpened = "customer.opened"
)

// mostListed is how many customers a list shows.
const mostListed = 500

// List returns the customers, the latest first, without the people. count is how many
// there are in all.
func (a *Accounts) List(ctx context.Context) (all []Customer, count int, err error) {
	if all, err = a.customersWhere(ctx, fmt.Sprintf("1 = 1 order by c.created_at desc, c.id limit %d", mostListed)); err != nil {
		return nil, 0, err
	}
	err = a.env.DB.QueryRowContext(ctx, "select count(*) from account_customer").Scan(&count)
	return all, count, store.Classify(err)
}

// Addressed returns customers with the addresses of who registered them. That somebody
// saw those is in the ledger.
func (a *Accounts) Addressed(ctx context.Context, all []Customer, by string) ([]Customer, error) {
	if len(all) == 0 {
		return nil, nil
	}
	for i := range all {
		var err error
		if all[i].Registered, all[i].Lang, err = a.Registered(ctx, all[i].ID); err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
	}
	return all, a.saw(ctx, leafListed, map[string]any{"by": by, "count": len(all)})
}

// Since is when a customer registered; NotFound without such a customer.
func (a *Accounts) Since(ctx context.Context, id string) (time.Time, error) {
	c, err := a.customer(ctx, id)
	return c.Since, err
}

func (a *Accounts) saw(ctx context.Context, leaf string, facts map[string]any) error {
	err := a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := a.env.Ledger.Append(ctx, tx, leaf, facts)
		return err
	})
	if err != nil {
		return fmt.Errorf("note who looked: %w", err)
	}
	return nil
}

// View is one customer with the people who act for it.
type View struct {
	Customer
	Members []Colleague
	Invited []Invited
}

// Look opens a customer. That somebody did is in the ledger before it is shown.
func (a *Accounts) Look(ctx context.Context, id, by string) (v View, err error) {
	if v.Customer, err = a.customer(ctx, id); err != nil {
		return v, err
	}
	if err := a.saw(ctx, leafOpened, map[string]any{"by": by, "customer": id}); err != nil {
		return v, err
	}
	if v.Registered, v.Lang, err = a.Registered(ctx, id); err != nil && !fault.Is(err, fault.NotFound) {
		return v, err
	}
	if v.Members, err = a.People(ctx, id); err != nil {
		return v, err
	}
	v.Invited, err = a.Invitations(ctx, id)
	return v, err
}

// Named returns the id of a customer that is named by its id or by the address of
// somebody who acts for it alone. NotFound if there is none, Invalid if it is not one.
func (a *Accounts) Named(ctx context.Context, name string) (string, error) {
	if store.IsID(name) {
		c, err := a.customer(ctx, name)
		return c.ID, err
	}
	email, err := mail.Normalise(name)
	if err != nil {
		return "", fault.New(fault.Invalid, "name a customer by its id, or by the address of somebody who acts for it")
	}
	k, err := a.byEmail(ctx, a.env.DB, email)
	if err != nil {
		return "", err
	}
	all, err := a.acting(ctx, a.env.DB, k.ID)
	switch {
	case err != nil:
		return "", err
	case len(all) == 0:
		return "", fault.New(fault.NotFound, "this person acts for no customer")
	case len(all) > 1:
		return "", fault.New(fault.Invalid, "this person acts for several customers; name one by its id: kept customer list")
	}
	return all[0].Customer, nil
}

// Expire notes by hand when the subscription of a customer expires, with every kind that
// serves it; the zero time takes that back.
func (a *Accounts) Expire(ctx context.Context, id string, at time.Time, by string) error {
	return a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := a.SetExpiry(ctx, tx, id, at); err != nil {
			return err
		}
		facts := map[string]any{"customer": id, "by": by}
		if !at.IsZero() {
			facts["at"] = at
		}
		_, err := a.env.Ledger.Append(ctx, tx, "customer.expiry", facts)
		return err
	})
}

// Gone is what a deletion ends, by table.
type Gone struct {
	Table string `json:"table"`
	Rows  int64  `json:"rows"`
}

// errTrial rolls a trial back.
var errTrial = errors.New("a trial")

// DeleteFor has everything of a customer deleted because it asked for that, and returns
// how many rows of this kind that ended at once. With a trial nothing changes; what other
// kinds hold is then not counted.
func (a *Accounts) DeleteFor(ctx context.Context, id, by string, trial bool) (gone []Gone, err error) {
	err = a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		before, err := rows(ctx, tx)
		if err == nil {
			err = a.delete(ctx, tx, id)
		}
		if err != nil {
			return err
		}
		after, err := rows(ctx, tx)
		if err != nil {
			return err
		}
		gone = nil
		for i := range before {
			if n := before[i].Rows - after[i].Rows; n > 0 {
				gone = append(gone, Gone{before[i].Table, n})
			}
		}
		if trial {
			return errTrial
		}
		_, err = a.env.Ledger.Append(ctx, tx, "customer.deleted-by", map[string]any{"customer": id, "by": by})
		return err
	})
	if err != nil && !errors.Is(err, errTrial) {
		return nil, fmt.Errorf("delete a customer: %w", err)
	}
	return gone, nil
}

func rows(ctx context.Context, q store.Querier) (all []Gone, err error) {
	for _, t := range []string{customerTable, accountTable, memberTable, sessionTable, passkeyTable, linkTable, invitationTable} {
		g := Gone{Table: t}
		if err := q.QueryRowContext(ctx, "select count(*) from "+t).Scan(&g.Rows); err != nil {
			return nil, store.Classify(err)
		}
		all = append(all, g)
	}
	return all, nil
}
