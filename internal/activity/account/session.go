package account

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

const (
	sessionIdle  = 12 * time.Hour      // without a request
	sessionLife  = 14 * 24 * time.Hour // in all
	seenGrain    = time.Minute         // how exactly the last request is kept
	sessionsMost = 10                  // of one account at a time
	freshLife    = 10 * time.Minute    // how long a link or another service proves enough to change what proves
)

// tokens keeps the marks of sessions apart from others.
const tokens = "account/session"

// Session is who is signed in.
type Session struct {
	ID          string
	Account     string
	Subject     string
	Email       string
	Customer    string // for whom the person acts now
	Role        access.Role
	Customers   int // for whom the person may act
	HasPassword bool
	Fresh       bool // a link or another service has just shown who it is
}

// session returns the session of a request; Forbidden without one.
func (a *Accounts) session(r *http.Request) (Session, error) {
	cookie, err := r.Cookie(a.cookieName())
	if err != nil {
		return Session{}, fault.New(fault.Forbidden, "sign in to see this page")
	}
	s, err := a.Session(r.Context(), cookie.Value)
	if fault.Is(err, fault.NotFound) {
		return Session{}, fault.New(fault.Forbidden, "sign in to see this page")
	}
	return s, err
}

// Seen is who sees a page: nobody, which is no error, without a session.
func (a *Accounts) Seen(r *http.Request) (Session, error) {
	s, err := a.session(r)
	if fault.Is(err, fault.Forbidden) {
		return Session{}, nil
	}
	return s, err
}

// Mark marks what is shown to somebody for a customer: another person, and the same one
// for another customer, have another mark. Empty for nobody.
func (a *Accounts) Mark(s Session) string {
	if s.ID == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(a.env.Vault.Index("account/shown", s.Account+"/"+s.Customer)[:12])
}

// cookieName has the prefix that keeps other hosts and plain connections from setting
// the cookie (RFC 6265bis, 4.1.3), where the door is https.
func (a *Accounts) cookieName() string {
	if a.secure() {
		return "__Host-" + SessionCookie
	}
	return SessionCookie
}

// cookie is the session's. Lax: a link in a mail, and Microsoft, lead to the door from
// elsewhere; what changes something is refused from there by the access table.
func (a *Accounts) cookie(value string) *http.Cookie {
	c := &http.Cookie{Name: a.cookieName(), Value: value, Path: "/", HttpOnly: true, Secure: a.secure(), SameSite: http.SameSiteLaxMode}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// open opens a session for an account in a new cookie: one that was there before, of
// whomever, counts for nothing. fresh says that what proves may be changed by it.
func (a *Accounts) open(ctx context.Context, tx *store.Tx, e *policy.Activity, account string, fresh bool) (token string, err error) {
	return a.openWhile(ctx, tx, e, account, fresh, "1 = 1")
}

// openWhile is open while the account stands and what was proven is true of it: the row
// is held from then on, so what is changed at the same moment ends the session, or is
// seen here. Forbidden if it is not true any more. $1 is the account.
func (a *Accounts) openWhile(ctx context.Context, tx *store.Tx, e *policy.Activity, account string, fresh bool, proven string, args ...any) (token string, err error) {
	token, mark := a.env.Mail.NewToken(tokens)
	now := a.env.Clock.Now()
	args = append([]any{account}, args...)
	args = append(args, store.At(day(now)))
	n, err := changed(tx.ExecContext(ctx, fmt.Sprintf("update account set seen_at = $%d where id = $1 and %s and (%s)", len(args), standing, proven), args...))
	if err != nil {
		return "", store.Classify(err)
	}
	if n == 0 {
		return "", fault.New(fault.Forbidden, "what opens this account has just changed; sign in again")
	}
	all, err := a.acting(ctx, tx, account)
	if err != nil {
		return "", err
	}
	var customer any
	if len(all) > 0 {
		customer = all[0].Customer
	}
	var until store.Time
	if fresh {
		until = store.At(now.Add(freshLife))
	}
	_, err = tx.ExecContext(ctx, "insert into account_session (id, token, account, customer, created_at, seen_at, fresh_until) values ($1, $2, $3, $4, $5, $5, $6)",
		store.NewID(), mark, account, customer, stamp(e, now), until)
	if err != nil {
		return "", store.Classify(err)
	}
	// Who signs in once more than that leaves the session that was idle longest.
	_, err = tx.ExecContext(ctx, `delete from account_session where account = $1 and id not in (
		select id from account_session where account = $1 order by seen_at desc, created_at desc, id limit $2)`, account, sessionsMost)
	return token, store.Classify(err)
}

// openProven is openWhile in a transaction of its own.
func (a *Accounts) openProven(ctx context.Context, e *policy.Activity, account string, fresh bool, proven string, args ...any) (token string, err error) {
	err = a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		token, err = a.openWhile(ctx, tx, e, account, fresh, proven, args...)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	return token, nil
}

// over returns the times before which a session has ended. Where the policy lists no
// times of signing in, sessions know their days only.
func (a *Accounts) over(e *policy.Activity) (begun, seen store.Time) {
	now := a.env.Clock.Now()
	return stamp(e, now.Add(-sessionLife)), stamp(e, now.Add(-sessionIdle))
}

// Session returns who holds a session. NotFound if it has ended, or if its person does not
// act any more for the customer for whom the session does.
func (a *Accounts) Session(ctx context.Context, token string) (s Session, err error) {
	e, err := a.entry()
	if err != nil {
		return s, err
	}
	mark := a.env.Mail.TokenMark(tokens, token)
	begun, idle := a.over(e)
	var email []byte
	var customer string
	var seen, fresh store.Time
	err = store.Classify(a.env.DB.QueryRowContext(ctx, `select s.id, s.account, a.subject, a.email, coalesce(s.customer, ''), a.password is not null, s.seen_at, s.fresh_until
		from account_session s join account a on a.id = s.account
		where s.token = $1 and s.created_at >= $2 and s.seen_at >= $3 and a.closed_at is null and a.requested_at is null`,
		mark, begun, idle).Scan(&s.ID, &s.Account, &s.Subject, &email, &customer, &s.HasPassword, &seen, &fresh))
	if err != nil {
		return Session{}, fmt.Errorf("session: %w", err)
	}
	all, err := a.acting(ctx, a.env.DB, s.Account)
	if err != nil {
		return Session{}, err
	}
	s.Customers = len(all)
	for _, m := range all {
		if m.Customer == customer {
			s.Customer, s.Role = m.Customer, m.Role
		}
	}
	// It does not go on for another customer: what the person has open in the browser is
	// about this one.
	if s.Customer == "" {
		return Session{}, fault.New(fault.NotFound, "this account does not act for the customer any more")
	}
	now := a.env.Clock.Now()
	s.Fresh = fresh.After(now)
	o := a.env.Opener(ctx, s.Subject)
	if s.Email = o.Text("account.email", email); o.Err() != nil {
		return Session{}, o.Err()
	}
	if next := stamp(e, now); next.Sub(seen.Time) >= seenGrain {
		if _, err := a.env.DB.ExecContext(ctx, "update account_session set seen_at = $1 where token = $2", next, mark); err != nil {
			return Session{}, fmt.Errorf("session: %w", store.Classify(err))
		}
	}
	return s, nil
}

// SignOut ends a session. Ending one that has ended is no error.
func (a *Accounts) SignOut(ctx context.Context, token string) error {
	_, err := a.env.DB.ExecContext(ctx, "delete from account_session where token = $1", a.env.Mail.TokenMark(tokens, token))
	return store.Classify(err)
}

// Standing is an open session as its owner sees it.
type Standing struct {
	ID          string
	Since, Seen time.Time
	This        bool
}

// Sessions returns the open sessions of an account, the last used first.
func (a *Accounts) Sessions(ctx context.Context, s Session) (all []Standing, err error) {
	e, err := a.entry()
	if err != nil {
		return nil, err
	}
	begun, idle := a.over(e)
	rows, err := a.env.DB.QueryContext(ctx, `select id, created_at, seen_at from account_session
		where account = $1 and created_at >= $2 and seen_at >= $3 order by seen_at desc, created_at desc, id`, s.Account, begun, idle)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", store.Classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var o Standing
		var since, seen store.Time
		if err := rows.Scan(&o.ID, &since, &seen); err != nil {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		o.Since, o.Seen, o.This = since.Time, seen.Time, o.ID == s.ID
		all = append(all, o)
	}
	return all, store.Classify(rows.Err())
}

// EndSession ends one of the account's sessions, all but this one without an id.
func (a *Accounts) EndSession(ctx context.Context, s Session, id string) error {
	_, err := a.env.DB.ExecContext(ctx, "delete from account_session where account = $1 and (id = $2 or $2 = '' and id <> $3)", s.Account, id, s.ID)
	if err != nil {
		return fmt.Errorf("end a session: %w", store.Classify(err))
	}
	return nil
}

// freshen notes that who is signed in has just proven who they are, and gives the session
// a new cookie (ASVS 5.0 V7.2.4). Forbidden if it has ended meanwhile.
func (a *Accounts) freshen(ctx context.Context, s Session) (token string, err error) {
	token, mark := a.env.Mail.NewToken(tokens)
	n, err := changed(a.env.DB.ExecContext(ctx, "update account_session set token = $1, fresh_until = $2 where id = $3", mark, store.At(a.env.Clock.Now().Add(freshLife)), s.ID))
	if err != nil {
		return "", fmt.Errorf("prove who one is: %w", store.Classify(err))
	}
	if n == 0 {
		return "", ended()
	}
	return token, nil
}

// ended is the answer to a request whose session ended while it was under way.
func ended() error { return fault.New(fault.Forbidden, "this session has ended; sign in again") }

// shut ends the sessions and links of an account, but the session called but.
func shut(ctx context.Context, tx *store.Tx, account, but string) error {
	if _, err := tx.ExecContext(ctx, "delete from account_session where account = $1 and id <> $2", account, but); err != nil {
		return store.Classify(err)
	}
	_, err := tx.ExecContext(ctx, "delete from account_link where account = $1", account)
	return store.Classify(err)
}
