package account

import (
	"context"
	"errors"
	"fmt"

	"kept/internal/job"
	"kept/internal/store"
)

// tidy is the job: it ends what is over by itself. What a policy's rules end is
// retention's.
func (a *Accounts) tidy(ctx context.Context, _ job.Job) error {
	return errors.Join(a.tidyArrivals(ctx), a.tidyInvitations(ctx), a.tidyMarks(ctx), a.tidyCustomers(ctx))
}

// tidyArrivals ends addresses that nobody confirmed, and their keys.
func (a *Accounts) tidyArrivals(ctx context.Context) error {
	old, err := store.Texts(ctx, a.env.DB, "select id from account_arrival where received_at <= $1", store.At(a.env.Clock.Now().Add(-linkLife)))
	if err != nil {
		return fmt.Errorf("look for what was not confirmed: %w", err)
	}
	for _, id := range old {
		if err := a.env.Vault.Destroy(ctx, id); err != nil {
			return err
		}
		if _, err := a.env.DB.ExecContext(ctx, "delete from account_arrival where id = $1", id); err != nil {
			return store.Classify(err)
		}
	}
	return nil
}

// tidyInvitations ends invitations that nobody accepted.
func (a *Accounts) tidyInvitations(ctx context.Context) error {
	return a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return a.uninvite(ctx, tx, "created_at <= $1", store.At(a.env.Clock.Now().Add(-inviteLife)))
	})
}

// tidyMarks ends links, used numbers and sessions that are over.
func (a *Accounts) tidyMarks(ctx context.Context) error {
	now := a.env.Clock.Now()
	if _, err := a.env.DB.ExecContext(ctx, "delete from account_link where created_at <= $1", store.At(now.Add(-linkLife))); err != nil {
		return store.Classify(err)
	}
	if _, err := a.env.DB.ExecContext(ctx, "delete from account_spent where at <= $1", store.At(now.Add(-2*challengeLife))); err != nil {
		return store.Classify(err)
	}
	e, err := a.entry()
	if err != nil {
		return nil //nolint:nilerr // without an entry nobody is signed in
	}
	// Until when a proof counted tells when somebody signed in.
	if _, err := a.env.DB.ExecContext(ctx, "update account_session set fresh_until = null where fresh_until <= $1", store.At(now)); err != nil {
		return store.Classify(err)
	}
	begun, idle := a.over(e)
	_, err = a.env.DB.ExecContext(ctx, "delete from account_session where created_at < $1 or seen_at < $2", begun, idle)
	return store.Classify(err)
}

// tidyCustomers closes customers for whom nobody is left to act: their people were
// erased one by one.
func (a *Accounts) tidyCustomers(ctx context.Context) error {
	left, err := store.Texts(ctx, a.env.DB, `select id from account_customer c where closed_at is null and requested_at is null
		and not exists (select 1 from account_member m where m.customer = c.id)`)
	if err != nil {
		return fmt.Errorf("look for customers without people: %w", err)
	}
	for _, id := range left {
		if err := a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return a.closeCustomer(ctx, tx, id) }); err != nil {
			return err
		}
	}
	return nil
}
