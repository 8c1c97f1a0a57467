package account

import (
	"context"
	"fmt"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/store"
)

// Acting is what somebody may do for one customer.
type Acting struct {
	Row      string // of the table
	Customer string
	Role     access.Role
}

// acting returns for whom an account acts, the first one first. Customers that are
// closed or asked to be deleted are none.
func (a *Accounts) acting(ctx context.Context, q store.Querier, account string) (all []Acting, err error) {
	rows, err := q.QueryContext(ctx, `select m.id, m.customer, coalesce(m.role, '') from account_member m join account_customer c on c.id = m.customer
		where m.account = $1 and m.requested_at is null and c.closed_at is null and c.requested_at is null order by m.joined_at, m.id`, account)
	if err != nil {
		return nil, fmt.Errorf("find for whom somebody acts: %w", store.Classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var m Acting
		var role string
		if err := rows.Scan(&m.Row, &m.Customer, &role); err != nil {
			return nil, err
		}
		m.Role = roleOf(role)
		all = append(all, m)
	}
	return all, store.Classify(rows.Err())
}

// Switch has a session act for another of the customers for whom its person may.
// NotFound if the person may not.
func (a *Accounts) Switch(ctx context.Context, s Session, customer string) error {
	all, err := a.acting(ctx, a.env.DB, s.Account)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Customer == customer {
			_, err := a.env.DB.ExecContext(ctx, "update account_session set customer = $1 where id = $2", customer, s.ID)
			return store.Classify(err)
		}
	}
	return fault.New(fault.NotFound, "you do not act for this customer")
}
