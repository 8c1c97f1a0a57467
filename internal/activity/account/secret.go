package account

import (
	"context"
	"fmt"
	"net/netip"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/password"
	"kept/internal/policy"
	"kept/internal/store"
)

// SignIn opens a session for an address and its password. Forbidden, with one wording
// and the same work, whatever of the two is wrong; TooMany after ten wrong tries within
// a quarter of an hour from one client, or after two at an account that many try.
func (a *Accounts) SignIn(ctx context.Context, client netip.Addr, email, typed string) (session string, err error) {
	e, err := a.entry()
	if err != nil {
		return "", err
	}
	if !a.offers(e, byPassword) {
		return "", fault.New(fault.NotFound, "nobody signs in by a password here")
	}
	if email, err = mail.Normalise(email); err != nil {
		email = ""
	}
	if !a.tries.Allow(client, email) {
		return "", fault.New(fault.TooMany, "too many tries; wait a quarter of an hour")
	}
	k, err := a.byEmail(ctx, a.env.DB, email)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", fmt.Errorf("sign in: %w", err)
	}
	stored, err := a.kept(ctx, k)
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	ok, err := password.Matches(ctx, typed, stored)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", fault.New(fault.Forbidden, "this address and password do not belong together")
	}
	a.tries.Right(client, email)
	return a.openProven(ctx, e, k.ID, false, "password = $2", k.Password)
}

// kept is what is kept of an account's password; nobody's where there is none.
func (a *Accounts) kept(ctx context.Context, k known) (string, error) {
	if k.Password == nil {
		return password.Nobodys, nil
	}
	o := a.env.Opener(ctx, k.Subject)
	if stored := o.Text("account.password", k.Password); stored != "" {
		return stored, o.Err()
	}
	return password.Nobodys, o.Err()
}

// Proves returns Forbidden unless the password is that of who is signed in. Tries are
// bounded as at the sign-in.
func (a *Accounts) Proves(ctx context.Context, client netip.Addr, s Session, typed string) error {
	if !a.tries.Allow(client, s.Email) {
		return fault.New(fault.TooMany, "too many tries; wait a quarter of an hour")
	}
	k, err := find(ctx, a.env.DB, "id = $1", s.Account)
	if err != nil {
		return fmt.Errorf("check a password: %w", err)
	}
	stored, err := a.kept(ctx, k)
	if err != nil {
		return fmt.Errorf("check a password: %w", err)
	}
	if ok, err := password.Matches(ctx, typed, stored); err != nil {
		return err
	} else if !ok {
		return fault.New(fault.Forbidden, "this is not your password")
	}
	a.tries.Right(client, s.Email)
	return nil
}

// SetPassword sets the password of who is signed in and ends their other sessions and
// every open link (ASVS 5.0 V7.4.3). The caller has had it proven who they are. Invalid
// if it is too short.
func (a *Accounts) SetPassword(ctx context.Context, s Session, typed string) error {
	e, err := a.entry()
	if err != nil {
		return err
	}
	if !a.offers(e, byPassword) {
		return fault.New(fault.NotFound, "nobody signs in by a password here")
	}
	hashed, err := password.New(ctx, typed)
	if err != nil {
		return err
	}
	seal := a.env.Sealer(ctx, e, s.Subject)
	secret := seal.Text("account.password", fieldPassword, hashed)
	if seal.Err() != nil {
		return fmt.Errorf("set a password: %w", seal.Err())
	}
	err = a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "update account set password = $1 where id = $2", secret, s.Account); err != nil {
			return store.Classify(err)
		}
		return a.proofChanged(ctx, tx, e, s, "password")
	})
	if err != nil {
		return fmt.Errorf("set a password: %w", err)
	}
	return nil
}

// proofChanged ends what could still let somebody else in, and tells the person that
// what proves who they are was changed. Forbidden if the session has ended meanwhile.
func (a *Accounts) proofChanged(ctx context.Context, tx *store.Tx, e *policy.Activity, s Session, what string) error {
	if err := shut(ctx, tx, s.Account, s.ID); err != nil {
		return err
	}
	n, err := changed(tx.ExecContext(ctx, "update account_session set fresh_until = null where id = $1", s.ID))
	if err != nil {
		return store.Classify(err)
	}
	if n == 0 {
		return ended()
	}
	k, err := find(ctx, tx, "id = $1", s.Account)
	if err != nil {
		return err
	}
	return a.post(ctx, tx, e, letter{What: "changed." + what, To: s.Email, Subject: s.Subject, Lang: k.Language, Link: "/forgotten"})
}

// Enter turns a link into a session, once, that may set a new password or passkey.
// NotFound for a link that is unknown, used or too old.
func (a *Accounts) Enter(ctx context.Context, token string) (session string, err error) {
	e, err := a.entry()
	if err != nil {
		return "", err
	}
	err = a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		account, err := a.useLink(ctx, tx, token, purposeEnter)
		if err != nil {
			return err
		}
		session, err = a.open(ctx, tx, e, account, true)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("take a link: %w", err)
	}
	return session, nil
}

// useLink uses a link up and returns whose account it is.
func (a *Accounts) useLink(ctx context.Context, tx *store.Tx, token string, p purpose) (account string, err error) {
	now := a.env.Clock.Now()
	err = store.Classify(tx.QueryRowContext(ctx, `update account_link set used_at = $1 where token = $2 and purpose = $3 and used_at is null and created_at > $4
		and account in (select id from account where closed_at is null and requested_at is null) returning account`,
		store.At(now), a.env.Mail.TokenMark("account/link", token), string(p), store.At(now.Add(-linkLife))).Scan(&account))
	if fault.Is(err, fault.NotFound) {
		return "", used()
	}
	return account, err
}
