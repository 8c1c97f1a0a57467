package account

import (
	"context"
	"fmt"
	"net/netip"

	"crypto/hmac"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/password"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
)

// Register has a link sent to an address that wants an account. The answer is the same
// whether it has one.
func (a *Accounts) Register(ctx context.Context, client netip.Addr, email, lang string) error {
	return a.arrive(ctx, client, arrival{Wish: wantsAccount, Email: email, Language: lang})
}

// Forgotten has a link sent that lets the owner of an address in, if it has an account.
// The answer is the same either way.
func (a *Accounts) Forgotten(ctx context.Context, client netip.Addr, email, lang string) error {
	return a.arrive(ctx, client, arrival{Wish: wantsEntry, Email: email, Language: lang})
}

// known is an account as it is found.
type known struct {
	ID, Subject string
	Email       string // sealed
	Password    []byte // sealed; nil: none
	Language    string
}

const standing = "closed_at is null and requested_at is null"

// byEmail finds the account of an address; NotFound if there is none that stands.
func (a *Accounts) byEmail(ctx context.Context, q store.Querier, email string) (known, error) {
	return find(ctx, q, "email_index = $1 and "+standing, a.env.Vault.Index(emailSpace, email))
}

func find(ctx context.Context, q store.Querier, which string, args ...any) (k known, err error) {
	err = q.QueryRowContext(ctx, "select id, subject, password, coalesce(language, '') from account where "+which, args...).Scan(&k.ID, &k.Subject, &k.Password, &k.Language)
	return k, store.Classify(err)
}

// Unconfirmed returns the address that a link would make an account of; NotFound for a
// link that is unknown, used or too old.
func (a *Accounts) Unconfirmed(ctx context.Context, token string) (email string, err error) {
	w, err := a.unconfirmed(ctx, a.env.DB, token)
	return w.Email, err
}

func (a *Accounts) unconfirmed(ctx context.Context, q store.Querier, token string) (arrival, error) {
	w, err := a.arrival(ctx, q, "token = $1 and received_at > $2", a.env.Mail.TokenMark("account/confirm", token), store.At(a.env.Clock.Now().Add(-linkLife)))
	if fault.Is(err, fault.NotFound) {
		return w, used()
	}
	return w, err
}

// Confirm makes the account of a link, its customer and a session. An empty password is
// none: the person signs in by another way that the policy offers. NotFound for a link
// that is unknown, used or too old, Invalid for a password that is too short.
func (a *Accounts) Confirm(ctx context.Context, token, typed, lang string) (session string, err error) {
	return a.confirmIn(ctx, "", token, typed, lang)
}

// confirmIn is Confirm in the browser that has a cookie: where that one was at Microsoft,
// the account is opened from there too.
func (a *Accounts) confirmIn(ctx context.Context, browser, token, typed, lang string) (session string, err error) {
	e, err := a.entry()
	if err != nil {
		return "", err
	}
	if _, err := a.Unconfirmed(ctx, token); err != nil {
		return "", err
	}
	hashed, err := a.newPassword(ctx, e, typed)
	if err != nil {
		return "", err
	}
	var id string
	err = a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		w, err := a.unconfirmed(ctx, tx, token)
		if err != nil {
			return err
		}
		err = store.Classify(tx.QueryRowContext(ctx, "delete from account_arrival where token = $1 returning id", a.env.Mail.TokenMark("account/confirm", token)).Scan(&id))
		if fault.Is(err, fault.NotFound) { // another request was first
			return used()
		}
		if err != nil {
			return err
		}
		if _, err := a.byEmail(ctx, tx, w.Email); !fault.Is(err, fault.NotFound) {
			if err == nil {
				err = used() // there is one meanwhile
			}
			return err
		}
		if browser == "" || !hmac.Equal(w.Browser, a.browserMark(browser)) {
			w.Microsoft = ""
		}
		account, err := a.create(ctx, tx, e, w.Email, hashed, w.Microsoft, lang)
		if err != nil {
			return err
		}
		customer, err := a.newCustomer(ctx, tx, account)
		if err != nil {
			return err
		}
		if err := a.join(ctx, tx, e, account, customer, access.CustomerOwner); err != nil {
			return err
		}
		if _, err := a.env.Ledger.Append(ctx, tx, "account.registered", map[string]any{"account": account, "customer": customer}); err != nil {
			return err
		}
		session, err = a.open(ctx, tx, e, account, true)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("make an account: %w", err)
	}
	return session, a.env.Vault.Destroy(ctx, id)
}

// newPassword is what is kept of a password, nil for none. Invalid if one is needed and
// missing, or too short.
func (a *Accounts) newPassword(ctx context.Context, e *policy.Activity, typed string) ([]byte, error) {
	if !a.offers(e, byPassword) {
		return nil, nil
	}
	if typed == "" && (a.offers(e, byPasskey) || a.offers(e, byMicrosoft)) {
		return nil, nil
	}
	hashed, err := password.New(ctx, typed)
	return []byte(hashed), err
}

// create makes an account. microsoft may be empty.
func (a *Accounts) create(ctx context.Context, tx *store.Tx, e *policy.Activity, email string, hashed []byte, microsoft, lang string) (id string, err error) {
	if email, err = mail.Normalise(email); err != nil {
		return "", err
	}
	who, _, err := a.env.Subjects.Ensure(ctx, tx, subject.Email, email)
	if err != nil {
		return "", err
	}
	s := a.env.Sealer(ctx, e, who)
	address, secret := s.Text("account.email", fieldEmail, email), s.Bytes("account.password", fieldPassword, hashed)
	elsewhere := s.Text("account.microsoft", fieldMicrosoft, microsoft)
	if s.Err() != nil {
		return "", s.Err()
	}
	var mark []byte
	if elsewhere != nil {
		mark = a.env.Vault.Index(microsoftSpace, microsoft)
	}
	id = store.NewID()
	now := a.env.Clock.Now()
	_, err = tx.ExecContext(ctx, `insert into account (id, subject, email_index, email, password, microsoft_index, microsoft, language, created_at, seen_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		id, who, a.env.Vault.Index(emailSpace, email), address, secret, mark, elsewhere, null(listed(e, fieldLanguage, lang)), store.At(now), store.At(day(now)))
	return id, store.Classify(err)
}

// join has an account act for a customer.
func (a *Accounts) join(ctx context.Context, tx *store.Tx, e *policy.Activity, account, customer string, role access.Role) error {
	_, err := tx.ExecContext(ctx, `insert into account_member (id, account, customer, role, joined_at, expires_at)
		values ($1, $2, $3, $4, $5, (select expires_at from account_customer where id = $6))`,
		store.NewID(), account, customer, roleStored(e, role), store.At(a.env.Clock.Now()), customer)
	if err != nil {
		return store.Classify(err)
	}
	return expireAccounts(ctx, tx, "id = $1", account)
}
