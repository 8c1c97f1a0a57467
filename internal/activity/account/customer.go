package account

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"kept/internal/access"
	"kept/internal/activity"
	"kept/internal/fault"
	"kept/internal/page"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

// hooks are what other kinds note in their rows.
type hooks struct {
	mu      sync.RWMutex
	expiry  []func(ctx context.Context, tx *store.Tx, customer string, at time.Time) error
	deleted []func(ctx context.Context, tx *store.Tx, customer string) error
}

// OnExpiry implements activity.Customers.
func (a *Accounts) OnExpiry(f func(ctx context.Context, tx *store.Tx, customer string, at time.Time) error) {
	a.hooks.mu.Lock()
	defer a.hooks.mu.Unlock()
	a.hooks.expiry = append(a.hooks.expiry, f)
}

// OnDelete implements activity.Customers.
func (a *Accounts) OnDelete(f func(ctx context.Context, tx *store.Tx, customer string) error) {
	a.hooks.mu.Lock()
	defer a.hooks.mu.Unlock()
	a.hooks.deleted = append(a.hooks.deleted, f)
}

// portal is the shell of the portal with who is signed in.
type portal struct {
	page.Shell
	a *Accounts
}

// Portal implements activity.Customers.
func (a *Accounts) Portal() activity.Portal { return portal{a.env.Front, a} }

// Member implements activity.Portal.
func (p portal) Member(r *http.Request) (activity.Member, error) {
	s, err := p.a.session(r)
	if err != nil {
		return activity.Member{}, err
	}
	return activity.Member{Subject: s.Subject, Customer: s.Customer, Role: s.Role, Email: s.Email}, nil
}

// Link implements activity.Portal.
func (p portal) Link(path string) string { return p.a.env.PortalURL + path }

// newCustomer makes a customer. Its key is there from the beginning: other kinds seal
// under its subject.
func (a *Accounts) newCustomer(ctx context.Context, tx *store.Tx, founder string) (id string, err error) {
	id, _, err = a.env.Subjects.Ensure(ctx, tx, subject.Customer, store.NewID())
	if err != nil {
		return "", err
	}
	if err := a.env.Vault.Prepare(ctx, vault.Ref{Subject: id, Rule: Name}); err != nil {
		return "", err
	}
	_, err = tx.ExecContext(ctx, "insert into account_customer (id, founder, created_at) values ($1, $2, $3)", id, founder, store.At(a.env.Clock.Now()))
	return id, store.Classify(err)
}

// Registered implements activity.Customers: the address of who registered the
// customer, or, if they do not act for it any more, of the owner who joined first.
func (a *Accounts) Registered(ctx context.Context, customer string) (address, lang string, err error) {
	var id, who, language string
	var sealed []byte
	err = store.Classify(a.env.DB.QueryRowContext(ctx, `select a.id, a.subject, a.email, coalesce(a.language, '') from account_member m
		join account a on a.id = m.account join account_customer c on c.id = m.customer
		where m.customer = $1 and a.closed_at is null and a.requested_at is null
		order by case when a.id = c.founder then 0 when coalesce(m.role, $2) = $2 then 1 else 2 end, m.joined_at, m.id limit 1`,
		customer, string(access.CustomerOwner)).Scan(&id, &who, &sealed, &language))
	if fault.Is(err, fault.NotFound) {
		return "", "", fault.New(fault.NotFound, "nobody acts for this customer")
	}
	if err != nil {
		return "", "", fmt.Errorf("find who registered: %w", err)
	}
	o := a.env.Opener(ctx, who)
	address = o.Text("account.email", sealed)
	if o.Err() != nil {
		return "", "", o.Err()
	}
	if address == "" {
		return "", "", fault.New(fault.NotFound, "nobody's address is known for this customer")
	}
	return address, a.language(language), nil
}

// language is the one that mails are written in: that of the account, else the first
// of the policy's.
func (a *Accounts) language(known string) string {
	if known != "" {
		return known
	}
	if offered := a.env.Policy().Notice.Languages; len(offered) > 0 {
		return offered[0]
	}
	return "en"
}

// SetExpiry implements activity.Customers. NotFound without such a customer.
func (a *Accounts) SetExpiry(ctx context.Context, tx *store.Tx, customer string, at time.Time) error {
	n, err := changed(tx.ExecContext(ctx, "update account_customer set expires_at = $1 where id = $2", store.At(at), customer))
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "there is no such customer")
	}
	if err == nil {
		_, err = tx.ExecContext(ctx, "update account_member set expires_at = $1 where customer = $2", store.At(at), customer)
	}
	if err == nil {
		err = expireAccounts(ctx, tx, "id in (select account from account_member where customer = $1)", customer)
	}
	if err != nil {
		return fmt.Errorf("note an expiry: %w", store.Classify(err))
	}
	a.hooks.mu.RLock()
	defer a.hooks.mu.RUnlock()
	for _, f := range a.hooks.expiry {
		if err := f(ctx, tx, customer, at); err != nil {
			return fmt.Errorf("note an expiry: %w", err)
		}
	}
	return nil
}

// expireAccounts has accounts expire with the last of the customers for whom they act.
func expireAccounts(ctx context.Context, tx *store.Tx, which string, args ...any) error {
	_, err := tx.ExecContext(ctx, `update account set expires_at = case
		when exists (select 1 from account_member m where m.account = account.id and m.expires_at is null) then null
		else (select max(m.expires_at) from account_member m where m.account = account.id) end
		where `+which, args...)
	return store.Classify(err)
}

// Delete implements activity.Customers: what hangs on the customer goes as the policy
// says, and with it the accounts of those who act for no other. NotFound without such
// a customer.
func (a *Accounts) Delete(ctx context.Context, tx *store.Tx, customer string) error {
	if err := a.delete(ctx, tx, customer); err != nil {
		return fmt.Errorf("delete a customer: %w", store.Classify(err))
	}
	return nil
}

func (a *Accounts) delete(ctx context.Context, tx *store.Tx, customer string) error {
	now := store.At(a.env.Clock.Now())
	n, err := changed(tx.ExecContext(ctx, "update account_customer set requested_at = $1 where id = $2 and requested_at is null", now, customer))
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.New(fault.NotFound, "there is no such customer, or its deletion was asked for before")
	}
	if _, err := a.env.Ledger.Append(ctx, tx, "customer.deletion", map[string]any{"customer": customer}); err != nil {
		return err
	}
	a.hooks.mu.RLock()
	defer a.hooks.mu.RUnlock()
	for _, f := range a.hooks.deleted {
		if err := f(ctx, tx, customer); err != nil {
			return err
		}
	}
	return a.deleteMembers(ctx, tx, customer, now)
}

func (a *Accounts) deleteMembers(ctx context.Context, tx *store.Tx, customer string, now store.Time) error {
	if err := a.uninvite(ctx, tx, "customer = $1", customer); err != nil {
		return err
	}
	alone, err := store.Texts(ctx, tx, `select account from account_member m where customer = $1
		and not exists (select 1 from account_member o where o.account = m.account and o.customer <> $1)`, customer)
	if err != nil {
		return err
	}
	rows, err := store.Texts(ctx, tx, "select id from account_member where customer = $1", customer)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, "update account_member set requested_at = $1 where customer = $2", now, customer); err != nil {
		return err
	}
	for _, id := range alone {
		if err := a.request(ctx, tx, id, now); err != nil {
			return err
		}
	}
	for _, id := range rows {
		if err := a.end(ctx, tx, requested, memberTable, id); err != nil {
			return err
		}
	}
	return a.end(ctx, tx, requested, customerTable, customer)
}

// request notes that somebody wants an account deleted, and ends what that ends at
// once. Nobody signs in to it any more.
func (a *Accounts) request(ctx context.Context, tx *store.Tx, account string, now store.Time) error {
	if _, err := tx.ExecContext(ctx, "update account set requested_at = $1 where id = $2 and requested_at is null", now, account); err != nil {
		return store.Classify(err)
	}
	if err := shut(ctx, tx, account, ""); err != nil {
		return err
	}
	return a.end(ctx, tx, requested, accountTable, account)
}

// end ends what the policy ends of a row at once when a moment has come in it.
func (a *Accounts) end(ctx context.Context, tx *store.Tx, moment, table, key string) error {
	e, err := a.entry()
	if err != nil {
		return nil //nolint:nilerr // without an entry no rule ends anything at once
	}
	return a.env.End(ctx, tx, e.Key, moment, table, key)
}

// changed is how many rows a statement changed.
func changed(r interface{ RowsAffected() (int64, error) }, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

var _ activity.Customers = (*Accounts)(nil)

// listed is a field of the entry as text, for whoever shows only what may be held.
func listed(e *policy.Activity, field, value string) string {
	if !e.Has(field) {
		return ""
	}
	return value
}
