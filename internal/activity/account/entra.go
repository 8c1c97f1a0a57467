package account

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/netip"
	"strings"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/remote/oidc"
	"kept/internal/store"
)

// backPath is where Microsoft leads back to.
const backPath = "/sign-in/microsoft/back"

// entra asks Microsoft as the recipient that the policy names: egress refuses every host
// that is not declared for it.
func (a *Accounts) entra(e *policy.Activity) (*oidc.Client, error) {
	recipient := e.Settings.String(microsoft)
	a.clientsMu.Lock()
	defer a.clientsMu.Unlock()
	if c := a.clients[recipient]; c != nil {
		return c, nil
	}
	way, err := a.env.Egress.Client(recipient)
	if err != nil {
		return nil, err
	}
	if a.clients == nil {
		a.clients = map[string]*oidc.Client{}
	}
	a.clients[recipient] = oidc.Open(a.Microsoft, way, a.env.Clock)
	return a.clients[recipient], nil
}

// asking is an attempt of one browser: its cookie binds it. Nonce and proof key follow
// from the state, so nothing of it is stored.
func (a *Accounts) asking(state, binding string) oidc.Asking {
	secret := func(what string) []byte { return a.env.Vault.Index("account/microsoft/"+what, binding+"/"+state) }
	return oidc.Asking{
		Redirect: a.env.PortalURL + backPath, State: state,
		Nonce:    base64.RawURLEncoding.EncodeToString(secret("nonce")),
		Verifier: base64.RawURLEncoding.EncodeToString(append(secret("verifier"), secret("verifier/2")...)),
	}
}

// attempt is what a challenge is made for: a browser that is to go on to a page. No
// cookie holds the character between them.
func attempt(binding, then string) string { return "microsoft/" + binding + "\n" + then }

// longestThen is how long the address of a page is at most that Microsoft is told: it
// travels there and back in an address.
const longestThen = 512 // bytes

// state is an attempt as it travels, with the page to go on to. It vouches for the page,
// so nobody changes it on the way.
func (a *Accounts) state(binding, then string) string {
	s := base64.RawURLEncoding.EncodeToString(a.newChallenge(attempt(binding, then)))
	if then != "" {
		s += "." + base64.RawURLEncoding.EncodeToString([]byte(then))
	}
	return s
}

// thenOf is the page of this door that a state names, empty without one.
func thenOf(state string) string {
	_, coded, _ := strings.Cut(state, ".")
	then, err := base64.RawURLEncoding.DecodeString(coded)
	if err != nil || len(then) == 0 {
		return ""
	}
	return back(string(then))
}

// Leave returns where a browser, bound by its cookie, is led to at Microsoft, and the
// page of this door to which it goes on from there; empty: as is usual. anew: the
// person is to prove there who they are, also if they are signed in.
func (a *Accounts) Leave(ctx context.Context, binding, then, lang string, anew bool) (address string, err error) {
	e, err := a.entry()
	if err != nil {
		return "", err
	}
	if !a.offers(e, byMicrosoft) {
		return "", fault.New(fault.NotFound, "nobody signs in with Microsoft here")
	}
	c, err := a.entra(e)
	if err != nil {
		return "", err
	}
	if len(then) > longestThen {
		then = ""
	}
	ask := a.asking(a.state(binding, then), binding)
	ask.Lang, ask.Anew = lang, anew
	return c.Address(ctx, ask)
}

// Return turns what a browser brings back into who signed in at Microsoft. Forbidden if it
// is not this browser's attempt, is used, or if Microsoft does not vouch for it.
func (a *Accounts) Return(ctx context.Context, binding, state, code string) (who oidc.Person, err error) {
	e, err := a.entry()
	if err != nil {
		return who, err
	}
	if !a.offers(e, byMicrosoft) {
		return who, fault.New(fault.NotFound, "nobody signs in with Microsoft here")
	}
	made, _, _ := strings.Cut(state, ".")
	challenge, err := base64.RawURLEncoding.DecodeString(made)
	if err != nil || binding == "" || code == "" {
		return who, fault.New(fault.Forbidden, "signing in with Microsoft did not work; begin again")
	}
	if err := a.spend(ctx, attempt(binding, thenOf(state)), challenge); err != nil {
		return who, err
	}
	c, err := a.entra(e)
	if err != nil {
		return who, err
	}
	return c.Redeem(ctx, code, a.asking(state, binding))
}

// provenLately reports whether somebody has just proven to Microsoft who they are. That
// a browser is signed in there proves nothing: anybody may sit at it.
func (a *Accounts) provenLately(who oidc.Person) bool {
	age := a.env.Clock.Now().Sub(who.Proven)
	return !who.Proven.IsZero() && age < freshLife && age > -freshLife
}

func named(who oidc.Person) string { return who.Tenant + "/" + who.Object }

// SignInByMicrosoft opens a session for whom Microsoft vouches. NotFound if nobody here
// is known by that: the address that Microsoft tells proves nothing, so it leads to no
// account.
func (a *Accounts) SignInByMicrosoft(ctx context.Context, who oidc.Person) (session string, err error) {
	e, err := a.entry()
	if err != nil {
		return "", err
	}
	k, err := find(ctx, a.env.DB, "microsoft_index = $1 and "+standing, a.env.Vault.Index(microsoftSpace, named(who)))
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	return a.openProven(ctx, e, k.ID, a.provenLately(who), "microsoft_index = $2", a.env.Vault.Index(microsoftSpace, named(who)))
}

// RegisterWith is Register for somebody who has signed in at Microsoft: the account that
// is confirmed by mail in the same browser can be opened that way from then on. In
// another one it cannot: the address that Microsoft tells may be somebody else's, who
// would let a stranger in by confirming it.
func (a *Accounts) RegisterWith(ctx context.Context, client netip.Addr, browser string, who oidc.Person, lang string) error {
	return a.arrive(ctx, client, arrival{Wish: wantsAccount, Email: who.Email, Microsoft: named(who), Browser: a.browserMark(browser), Language: lang})
}

// browserMark knows a browser again by its cookie.
func (a *Accounts) browserMark(cookie string) []byte {
	return a.env.Vault.Index("account/browser", cookie)
}

// Connect has the account of who is signed in opened by a Microsoft account too; the zero
// person ends that. Conflict if it opens another account. Their other sessions and open
// links end.
func (a *Accounts) Connect(ctx context.Context, s Session, who oidc.Person) error {
	e, err := a.entry()
	if err != nil {
		return err
	}
	var mark, sealed []byte
	if who != (oidc.Person{}) {
		seal := a.env.Sealer(ctx, e, s.Subject)
		sealed, mark = seal.Text("account.microsoft", fieldMicrosoft, named(who)), a.env.Vault.Index(microsoftSpace, named(who))
		if seal.Err() != nil || sealed == nil {
			return fmt.Errorf("connect an account: %w", seal.Err())
		}
		if k, err := find(ctx, a.env.DB, "microsoft_index = $1 and "+standing, mark); err == nil && k.ID != s.Account {
			return fault.New(fault.Conflict, "this Microsoft account opens another account already")
		} else if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	err = a.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.ExecContext(ctx, "update account set microsoft = $1, microsoft_index = $2 where id = $3", sealed, mark, s.Account); err != nil {
			return store.Classify(err)
		}
		return a.proofChanged(ctx, tx, e, s, "microsoft")
	})
	if err != nil {
		return fmt.Errorf("connect an account: %w", err)
	}
	return nil
}

// isConnected reports whether it is this Microsoft account that opens the account of who
// is signed in.
func (a *Accounts) isConnected(ctx context.Context, s Session, who oidc.Person) (bool, error) {
	k, err := find(ctx, a.env.DB, "microsoft_index = $1 and "+standing, a.env.Vault.Index(microsoftSpace, named(who)))
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return k.ID == s.Account, err
}

// connected reports whether a Microsoft account opens the account of who is signed in.
func (a *Accounts) connected(ctx context.Context, s Session) (bool, error) {
	var n int
	err := a.env.DB.QueryRowContext(ctx, "select count(*) from account where id = $1 and microsoft is not null", s.Account).Scan(&n)
	return n > 0, store.Classify(err)
}
