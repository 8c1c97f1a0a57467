package account

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"crypto/hmac"
	"crypto/rand"

	"kept/internal/fault"
	"kept/internal/passkey"
	"kept/internal/store"
)

// challengeLife is how long a challenge may be answered.
const challengeLife = 10 * time.Minute

// newChallenge returns a number that only this purpose may use, once. Nothing of it is
// stored before it is used.
func (a *Accounts) newChallenge(purpose string) []byte {
	content := make([]byte, 24)
	binary.BigEndian.PutUint64(content, uint64(a.env.Clock.Now().UnixMilli())) //nolint:gosec // after 1970
	rand.Read(content[8:])                                                     //nolint:errcheck // it never fails (crypto/rand)
	return append(content, a.challengeMark(purpose, content)...)
}

func (a *Accounts) challengeMark(purpose string, content []byte) []byte {
	return a.env.Vault.Index("account/challenge", purpose+"/"+string(content))
}

// spend uses a challenge up. Forbidden if it is not one for the purpose, too old or used.
func (a *Accounts) spend(ctx context.Context, purpose string, challenge []byte) error {
	over := fault.New(fault.Forbidden, "this took too long or was done before; load the page again")
	if len(challenge) < 24 || !hmac.Equal(challenge[24:], a.challengeMark(purpose, challenge[:24])) {
		return over
	}
	age := a.env.Clock.Now().Sub(time.UnixMilli(int64(binary.BigEndian.Uint64(challenge)))) //nolint:gosec // made above
	if age < 0 || age > challengeLife {
		return over
	}
	n, err := changed(a.env.DB.ExecContext(ctx, "insert into account_spent (mark, at) values ($1, $2) on conflict (mark) do nothing", challenge[24:], store.At(a.env.Clock.Now())))
	if err != nil {
		return store.Classify(err)
	}
	if n == 0 {
		return over
	}
	return nil
}

// site is where passkeys are good: the portal's own host.
func (a *Accounts) site() passkey.Site {
	u, err := url.Parse(a.env.PortalURL)
	if err != nil {
		return passkey.Site{}
	}
	return passkey.Site{ID: u.Hostname(), Origin: a.env.PortalURL}
}

// mostPasskeys is how many one account has.
const mostPasskeys = 10

// The purposes of challenges.
const signsIn = "passkey"

func makes(s Session) string  { return "passkey/make/" + s.ID }
func proves(s Session) string { return "passkey/prove/" + s.ID }

// AddPasskey keeps a passkey that was made for who is signed in, and ends their other
// sessions and open links. The caller has had it proven who they are.
func (a *Accounts) AddPasskey(ctx context.Context, s Session, challenge []byte, m passkey.Made) error {
	e, err := a.entry()
	if err != nil {
		return err
	}
	if !a.offers(e, byPasskey) {
		return fault.New(fault.NotFound, "nobody signs in by a passkey here")
	}
	p, err := a.site().Register(m, challenge)
	if err == nil {
		err = a.spend(ctx, makes(s), challenge)
	}
	if err != nil {
		return err
	}
	seal := a.env.Sealer(ctx, e, s.Subject)
	sealed := seal.JSON(passkeyTable+".passkey", fieldPasskeys, p)
	if seal.Err() != nil {
		return fmt.Errorf("keep a passkey: %w", seal.Err())
	}
	err = a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var has int
		if err := tx.QueryRowContext(ctx, "select count(*) from account_passkey where account = $1", s.Account).Scan(&has); err != nil {
			return store.Classify(err)
		}
		if has >= mostPasskeys {
			return fault.New(fault.Conflict, "an account has at most %d passkeys; remove one first", mostPasskeys)
		}
		_, err := tx.ExecContext(ctx, "insert into account_passkey (id, account, mark, passkey, added_at) values ($1, $2, $3, $4, $5)",
			store.NewID(), s.Account, a.passkeyMark(p.ID), sealed, store.At(a.env.Clock.Now()))
		if err != nil {
			return store.Classify(err)
		}
		return a.proofChanged(ctx, tx, e, s, "passkey")
	})
	if err != nil {
		return fmt.Errorf("keep a passkey: %w", err)
	}
	return nil
}

func (a *Accounts) passkeyMark(id []byte) []byte { return a.env.Vault.Index(passkeySpace, string(id)) }

// RemovePasskey removes a passkey of who is signed in: a link to their address lets them
// in at any time.
func (a *Accounts) RemovePasskey(ctx context.Context, s Session, id string) error {
	e, err := a.entry()
	if err != nil {
		return err
	}
	err = a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "delete from account_passkey where id = $1 and account = $2", id, s.Account); err != nil {
			return store.Classify(err)
		}
		return a.proofChanged(ctx, tx, e, s, "passkey")
	})
	if err != nil {
		return fmt.Errorf("remove a passkey: %w", err)
	}
	return nil
}

// Key is a passkey as its owner sees it.
type Key struct {
	ID    string
	Added time.Time
	name  []byte // of the credential
}

// Passkeys returns the passkeys of who is signed in.
func (a *Accounts) Passkeys(ctx context.Context, s Session) (all []Key, err error) {
	rows, err := a.env.DB.QueryContext(ctx, "select id, passkey, added_at from account_passkey where account = $1 order by added_at, id", s.Account)
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", store.Classify(err))
	}
	defer rows.Close()
	var sealed [][]byte
	for rows.Next() {
		var k Key
		var p []byte
		var added store.Time
		if err := rows.Scan(&k.ID, &p, &added); err != nil {
			return nil, fmt.Errorf("list passkeys: %w", err)
		}
		k.Added = added.Time
		all, sealed = append(all, k), append(sealed, p)
	}
	if err := rows.Err(); err != nil {
		return nil, store.Classify(err)
	}
	o := a.env.Opener(ctx, s.Subject)
	for i := range all {
		var p passkey.Passkey
		o.JSON(passkeyTable+".passkey", sealed[i], &p)
		all[i].name = p.ID
	}
	return all, o.Err()
}

// sealedPasskeys are the passkeys of an account as they lie.
func (a *Accounts) sealedPasskeys(ctx context.Context, q store.Querier, account string) (map[string][]byte, error) {
	rows, err := q.QueryContext(ctx, "select id, passkey from account_passkey where account = $1", account)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	all := map[string][]byte{}
	for rows.Next() {
		var id string
		var sealed []byte
		if err := rows.Scan(&id, &sealed); err != nil {
			return nil, err
		}
		all[id] = sealed
	}
	return all, store.Classify(rows.Err())
}

// SignInByPasskey opens a session for whoever holds the passkey. Forbidden, with one
// wording, if it is none of an account that stands.
func (a *Accounts) SignInByPasskey(ctx context.Context, client netip.Addr, challenge []byte, got passkey.Signed) (session string, err error) {
	e, err := a.entry()
	if err != nil {
		return "", err
	}
	if !a.offers(e, byPasskey) {
		return "", fault.New(fault.NotFound, "nobody signs in by a passkey here")
	}
	account, row, err := a.verify(ctx, client, signsIn, "", challenge, got)
	if err != nil {
		return "", err
	}
	return a.openProven(ctx, e, account, false, "exists (select 1 from account_passkey k where k.id = $2 and k.account = account.id)", row)
}

// ProvesByPasskey returns Forbidden unless a passkey of who is signed in has signed.
func (a *Accounts) ProvesByPasskey(ctx context.Context, client netip.Addr, s Session, challenge []byte, got passkey.Signed) error {
	_, _, err := a.verify(ctx, client, proves(s), s.Account, challenge, got)
	return err
}

// verify returns the account whose passkey has signed, and the passkey's row; with an
// account that one's alone.
func (a *Accounts) verify(ctx context.Context, client netip.Addr, purpose, of string, challenge []byte, got passkey.Signed) (account, row string, err error) {
	wrong := fault.New(fault.Forbidden, "this passkey is not the right one; try again, or sign in by another way")
	id, err := got.CredentialID()
	if err != nil {
		return "", "", err
	}
	if !a.tries.Allow(client, "passkey/"+base64.RawURLEncoding.EncodeToString(a.passkeyMark(id))) {
		return "", "", fault.New(fault.TooMany, "too many tries; wait a quarter of an hour")
	}
	if err := a.spend(ctx, purpose, challenge); err != nil {
		return "", "", err
	}
	var who string
	var sealed []byte
	err = store.Classify(a.env.DB.QueryRowContext(ctx, `select k.id, k.account, a.subject, k.passkey from account_passkey k join account a on a.id = k.account
		where k.mark = $1 and a.closed_at is null and a.requested_at is null`, a.passkeyMark(id)).Scan(&row, &account, &who, &sealed))
	if fault.Is(err, fault.NotFound) || err == nil && of != "" && of != account {
		return "", "", wrong
	}
	if err != nil {
		return "", "", fmt.Errorf("find a passkey: %w", err)
	}
	o := a.env.Opener(ctx, who)
	var p passkey.Passkey
	if o.JSON(passkeyTable+".passkey", sealed, &p); o.Err() != nil {
		return "", "", o.Err()
	}
	after, err := a.site().Verify(p, got, challenge)
	if err != nil {
		return "", "", err
	}
	a.tries.Right(client, "passkey/"+base64.RawURLEncoding.EncodeToString(a.passkeyMark(id)))
	if after.Count == p.Count {
		return account, row, nil
	}
	return account, row, a.counted(ctx, row, who, sealed, after)
}

// counted keeps how often an authenticator has signed. Forbidden if another request has
// changed the passkey since: the count must not fall back, nor a key that was sealed for
// another address.
func (a *Accounts) counted(ctx context.Context, row, who string, before []byte, p passkey.Passkey) error {
	e, err := a.entry()
	if err != nil {
		return err
	}
	s := a.env.Sealer(ctx, e, who)
	sealed := s.JSON(passkeyTable+".passkey", fieldPasskeys, p)
	if s.Err() != nil {
		return s.Err()
	}
	n, err := changed(a.env.DB.ExecContext(ctx, "update account_passkey set passkey = $1 where id = $2 and passkey = $3", sealed, row, before))
	if err == nil && n == 0 {
		return fault.New(fault.Forbidden, "this passkey was used elsewhere at the same moment; try again")
	}
	return store.Classify(err)
}

// known are the ids of passkeys as a browser is told that a device has one already.
func knownTo(keys []Key) (text string) {
	for _, k := range keys {
		text += base64.RawURLEncoding.EncodeToString(k.name) + " "
	}
	return text
}
