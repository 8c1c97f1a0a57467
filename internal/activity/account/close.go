package account

import (
	"context"
	"fmt"

	"kept/internal/fault"
	"kept/internal/store"
)

// CloseAccount closes the account of who is signed in: nobody signs in to it any more,
// and what is held goes as the policy says. Customers for whom nobody else acts are
// closed with it and expire now. Conflict while it is the last owner of one for whom
// others act.
func (a *Accounts) CloseAccount(ctx context.Context, s Session) error {
	err := a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return a.leave(ctx, tx, s, a.closeCustomer, a.shutDown)
	})
	if err != nil {
		return fmt.Errorf("close an account: %w", err)
	}
	return nil
}

// DeleteAccount has the account of who is signed in deleted, and the customers for whom
// nobody else acts. Conflict as with CloseAccount.
func (a *Accounts) DeleteAccount(ctx context.Context, s Session) error {
	err := a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return a.leave(ctx, tx, s, a.delete, func(ctx context.Context, tx *store.Tx, account string) error {
			return a.request(ctx, tx, account, store.At(a.env.Clock.Now()))
		})
	})
	if err != nil {
		return fmt.Errorf("delete an account: %w", err)
	}
	return nil
}

// DeleteCustomer has everything deleted that is held for the customer of s, and the
// accounts of those who act for no other.
func (a *Accounts) DeleteCustomer(ctx context.Context, s Session) error {
	return a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := a.still(ctx, tx, s); err != nil {
			return err
		}
		return a.Delete(ctx, tx, s.Customer)
	})
}

// act is done to a customer or to an account, by its id.
type act func(ctx context.Context, tx *store.Tx, id string) error

// leave ends the customers for whom only this account acts, then the account.
func (a *Accounts) leave(ctx context.Context, tx *store.Tx, s Session, customer, account act) error {
	all, err := a.acting(ctx, tx, s.Account)
	if err != nil {
		return err
	}
	for _, m := range all {
		if err := lock(ctx, tx, m.Customer); err != nil {
			return err
		}
		var others int
		err := tx.QueryRowContext(ctx, `select count(*) from account_member m join account a on a.id = m.account
			where m.customer = $1 and m.account <> $2 and a.closed_at is null and a.requested_at is null`, m.Customer, s.Account).Scan(&others)
		if err != nil {
			return store.Classify(err)
		}
		if others == 0 {
			if err := customer(ctx, tx, m.Customer); err != nil {
				return err
			}
			continue
		}
		if err := a.handOver(ctx, tx, m); err != nil {
			return err
		}
	}
	return account(ctx, tx, s.Account)
}

// handOver ends that an account acts for a customer for whom others go on to act.
func (a *Accounts) handOver(ctx context.Context, tx *store.Tx, m Acting) error {
	if _, err := tx.ExecContext(ctx, "delete from account_member where id = $1", m.Row); err != nil {
		return store.Classify(err)
	}
	return lastOwner(ctx, tx, m.Customer)
}

// closeCustomer closes a customer: what was ordered expires now, unless it has already.
func (a *Accounts) closeCustomer(ctx context.Context, tx *store.Tx, id string) error {
	now := a.env.Clock.Now()
	var expires store.Time
	err := store.Classify(tx.QueryRowContext(ctx, "update account_customer set closed_at = coalesce(closed_at, $1) where id = $2 returning expires_at", store.At(now), id).Scan(&expires))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if expires.IsZero() || expires.After(now) {
		if err := a.SetExpiry(ctx, tx, id, now); err != nil {
			return err
		}
	}
	if err := a.uninvite(ctx, tx, "customer = $1", id); err != nil {
		return err
	}
	if _, err := a.env.Ledger.Append(ctx, tx, "customer.closed", map[string]any{"customer": id}); err != nil {
		return err
	}
	return a.end(ctx, tx, closed, customerTable, id)
}

// shutDown closes an account, which expires now unless it has already.
func (a *Accounts) shutDown(ctx context.Context, tx *store.Tx, account string) error {
	now := store.At(a.env.Clock.Now())
	_, err := tx.ExecContext(ctx, `update account set closed_at = coalesce(closed_at, $1),
		expires_at = case when expires_at < $1 then expires_at else $1 end where id = $2`, now, account)
	if err != nil {
		return store.Classify(err)
	}
	if err := shut(ctx, tx, account, ""); err != nil {
		return err
	}
	return a.end(ctx, tx, closed, accountTable, account)
}
