package account

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/store"
)

// Colleague is somebody who acts for a customer, as the customer's owners see them.
type Colleague struct {
	Row    string
	Email  string
	Role   access.Role
	Since  time.Time
	Myself bool

	account string
	subject string
}

// People returns who acts for a customer, who joined first before others.
func (a *Accounts) People(ctx context.Context, customer string) (all []Colleague, err error) {
	rows, err := a.env.DB.QueryContext(ctx, `select m.id, a.id, a.subject, a.email, coalesce(m.role, ''), m.joined_at
		from account_member m join account a on a.id = m.account
		where m.customer = $1 and m.requested_at is null and a.closed_at is null and a.requested_at is null order by m.joined_at, m.id`, customer)
	if err != nil {
		return nil, fmt.Errorf("list who acts for a customer: %w", store.Classify(err))
	}
	defer rows.Close()
	var sealed [][]byte
	for rows.Next() {
		var c Colleague
		var email []byte
		var role string
		var since store.Time
		if err := rows.Scan(&c.Row, &c.account, &c.subject, &email, &role, &since); err != nil {
			return nil, fmt.Errorf("list who acts for a customer: %w", err)
		}
		c.Role, c.Since = roleOf(role), since.Time
		all, sealed = append(all, c), append(sealed, email)
	}
	if err := rows.Err(); err != nil {
		return nil, store.Classify(err)
	}
	for i := range all {
		o := a.env.Opener(ctx, all[i].subject)
		if all[i].Email = o.Text("account.email", sealed[i]); o.Err() != nil {
			return nil, o.Err()
		}
	}
	return all, nil
}

// Assign gives somebody who acts for the customer of s another role. NotFound if they do
// not, Conflict if it is the last owner.
func (a *Accounts) Assign(ctx context.Context, s Session, row string, role access.Role) error {
	e, err := a.entry()
	if err != nil {
		return err
	}
	if !isRole(role) || !e.Has(fieldRole) {
		return fault.New(fault.Invalid, "a role is owner, admin or billing")
	}
	err = a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := a.still(ctx, tx, s); err != nil {
			return err
		}
		n, err := changed(tx.ExecContext(ctx, "update account_member set role = $1 where id = $2 and customer = $3", string(role), row, s.Customer))
		if err != nil {
			return store.Classify(err)
		}
		if n == 0 {
			return fault.New(fault.NotFound, "this person does not act for the customer")
		}
		if err := lastOwner(ctx, tx, s.Customer); err != nil {
			return err
		}
		_, err = a.env.Ledger.Append(ctx, tx, "customer.role", map[string]any{"member": row, "role": string(role), "by": s.Account})
		return err
	})
	if err != nil {
		return fmt.Errorf("assign a role: %w", err)
	}
	return nil
}

func isRole(r access.Role) bool { return slices.Contains(access.CustomerRoles(), r) }

// lock keeps two owners from removing each other at the same moment.
func lock(ctx context.Context, tx *store.Tx, customer string) error {
	_, err := tx.ExecContext(ctx, "update account_customer set founder = founder where id = $1", customer)
	return store.Classify(err)
}

// lastOwner returns Conflict if nobody is left who may do everything for a customer.
func lastOwner(ctx context.Context, tx *store.Tx, customer string) error {
	var owners int
	err := tx.QueryRowContext(ctx, `select count(*) from account_member m join account a on a.id = m.account
		where m.customer = $1 and coalesce(m.role, $2) = $2 and m.requested_at is null and a.closed_at is null and a.requested_at is null`,
		customer, string(access.CustomerOwner)).Scan(&owners)
	if err != nil {
		return store.Classify(err)
	}
	if owners == 0 {
		return fault.New(fault.Conflict, "this is the last owner; make somebody else owner first")
	}
	return nil
}

// Remove ends that somebody acts for the customer of s. An account that acts for nobody
// else is closed with it. NotFound if they do not act for it, Conflict if it is the last
// owner.
func (a *Accounts) Remove(ctx context.Context, s Session, row string) error {
	err := a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := a.still(ctx, tx, s); err != nil {
			return err
		}
		var account string
		err := store.Classify(tx.QueryRowContext(ctx, "delete from account_member where id = $1 and customer = $2 returning account", row, s.Customer).Scan(&account))
		if fault.Is(err, fault.NotFound) {
			return fault.New(fault.NotFound, "this person does not act for the customer")
		}
		if err != nil {
			return err
		}
		if err := lastOwner(ctx, tx, s.Customer); err != nil {
			return err
		}
		if _, err := a.env.Ledger.Append(ctx, tx, "customer.removed", map[string]any{"member": row, "by": s.Account}); err != nil {
			return err
		}
		if err := a.uninvite(ctx, tx, "inviter = $1 and customer = $2", account, s.Customer); err != nil {
			return err
		}
		return a.left(ctx, tx, account)
	})
	if err != nil {
		return fmt.Errorf("remove a person: %w", err)
	}
	return nil
}

// left closes an account that acts for nobody any more.
func (a *Accounts) left(ctx context.Context, tx *store.Tx, account string) error {
	all, err := a.acting(ctx, tx, account)
	if err != nil {
		return err
	}
	if len(all) > 0 {
		return expireAccounts(ctx, tx, "id = $1", account)
	}
	return a.shutDown(ctx, tx, account)
}
