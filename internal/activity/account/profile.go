package account

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"kept/internal/fault"
	"kept/internal/store"
)

// Profile is what somebody may say of themselves beyond the address.
type Profile struct{ First, Last, Phone string }

const longestName = 200 // characters

// leaving ends an account.
type leaving func(ctx context.Context, s Session) error

// Profile returns what who is signed in has said.
func (a *Accounts) Profile(ctx context.Context, s Session) (p Profile, err error) {
	var first, last, phone []byte
	err = a.env.DB.QueryRowContext(ctx, "select first_name, last_name, phone from account where id = $1", s.Account).Scan(&first, &last, &phone)
	if err != nil {
		return p, fmt.Errorf("read a profile: %w", store.Classify(err))
	}
	o := a.env.Opener(ctx, s.Subject)
	p = Profile{First: o.Text("account.first_name", first), Last: o.Text("account.last_name", last), Phone: o.Text("account.phone", phone)}
	return p, o.Err()
}

// SetProfile keeps what who is signed in says, as far as the policy lists it.
func (a *Accounts) SetProfile(ctx context.Context, s Session, p Profile) error {
	e, err := a.entry()
	if err != nil {
		return err
	}
	for _, text := range []*string{&p.First, &p.Last, &p.Phone} {
		*text = strings.Join(strings.Fields(*text), " ")
		if utf8.RuneCountInString(*text) > longestName {
			return fault.New(fault.TooLarge, "a name has at most %d characters", longestName)
		}
	}
	seal := a.env.Sealer(ctx, e, s.Subject)
	first, last := seal.Text("account.first_name", fieldFirst, p.First), seal.Text("account.last_name", fieldLast, p.Last)
	phone := seal.Text("account.phone", fieldPhone, p.Phone)
	if seal.Err() != nil {
		return fmt.Errorf("keep a profile: %w", seal.Err())
	}
	_, err = a.env.DB.ExecContext(ctx, "update account set first_name = $1, last_name = $2, phone = $3 where id = $4", first, last, phone, s.Account)
	return store.Classify(err)
}

// Customer is a customer as such: nobody is named.
type Customer struct {
	ID                        string
	Since                     time.Time
	Expires, Closed, Deletion time.Time
	People                    int
	Founder, Registered, Lang string
}

// customer returns a customer; NotFound if there is none.
func (a *Accounts) customer(ctx context.Context, id string) (Customer, error) {
	found, err := a.customersWhere(ctx, "c.id = $1", id)
	if err == nil && len(found) == 0 {
		err = fault.New(fault.NotFound, "there is no such customer; its data may be deleted")
	}
	if err != nil {
		return Customer{}, err
	}
	return found[0], nil
}

func (a *Accounts) customersWhere(ctx context.Context, which string, args ...any) (all []Customer, err error) {
	rows, err := a.env.DB.QueryContext(ctx, `select c.id, c.created_at, c.expires_at, c.closed_at, c.requested_at, c.founder,
		(select count(*) from account_member m where m.customer = c.id) from account_customer c where `+which, args...)
	if err != nil {
		return nil, fmt.Errorf("read customers: %w", store.Classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var c Customer
		var since, expires, over, deletion store.Time
		if err := rows.Scan(&c.ID, &since, &expires, &over, &deletion, &c.Founder, &c.People); err != nil {
			return nil, fmt.Errorf("read customers: %w", err)
		}
		c.Since, c.Expires, c.Closed, c.Deletion = since.Time, expires.Time, over.Time, deletion.Time
		all = append(all, c)
	}
	return all, store.Classify(rows.Err())
}
