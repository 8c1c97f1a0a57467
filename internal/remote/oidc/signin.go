package oidc

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"kept/internal/fault"
)

// Asking is one attempt to sign in. State, Nonce and Verifier are secrets of the
// browser that began it.
type Asking struct {
	Redirect string // where Microsoft leads back to
	State    string
	Nonce    string
	Verifier string // of PKCE, at least 43 characters
	Lang     string
	// Anew has the person prove there who they are, whether or not they are signed in.
	// The browser could leave that out: it holds if Person.Proven says so.
	Anew bool
}

// Person is who signed in. Tenant and Object together are theirs for ever; Email is
// what their administrator typed.
type Person struct {
	Tenant, Object string
	Email          string
	// Proven is when the person proved there who they are; zero if Microsoft does not say.
	Proven time.Time
}

// Address is where the browser is led to.
func (c *Client) Address(ctx context.Context, a Asking) (string, error) {
	p, _, err := c.discover(ctx, "")
	if err != nil {
		return "", err
	}
	challenge := sha256.Sum256([]byte(a.Verifier))
	q := url.Values{
		"client_id": {c.app.ID}, "response_type": {"code"}, "response_mode": {"query"}, "redirect_uri": {a.Redirect}, "scope": {"openid email"},
		"state": {a.State}, "nonce": {a.Nonce}, "code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
		"prompt": {"select_account"},
	}
	if a.Anew { // OpenID Connect Core 1.0, 3.1.2.1: the token has to name the time then
		q.Set("prompt", "login")
		q.Set("max_age", "0")
	}
	if a.Lang != "" {
		q.Set("ui_locales", a.Lang)
	}
	return p.Authorize + "?" + q.Encode(), nil
}

// tokens is the answer of the token endpoint.
type tokens struct {
	ID    string `json:"id_token"`
	Error string `json:"error"`
}

// Redeem turns a code into the person, once. Forbidden if the code or the token is not
// what this attempt asked for.
func (c *Client) Redeem(ctx context.Context, code string, a Asking) (Person, error) {
	p, _, err := c.discover(ctx, "")
	if err != nil {
		return Person{}, err
	}
	form := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {c.app.ID}, "client_secret": {c.app.Secret.Reveal()}, "code": {code},
		"redirect_uri": {a.Redirect}, "code_verifier": {a.Verifier},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.Token, strings.NewReader(form.Encode()))
	if err != nil {
		return Person{}, fault.New(fault.Invalid, "the token endpoint is no address: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var got tokens
	status, err := c.do(r, &got)
	if err != nil {
		return Person{}, err
	}
	if status != http.StatusOK || got.ID == "" {
		if got.Error == "invalid_client" || got.Error == "unauthorized_client" {
			return Person{}, fault.New(fault.Unavailable, "Microsoft does not know this application or its secret has ended; the operator renews it with --microsoft-secret")
		}
		return Person{}, refused("Microsoft did not take the code")
	}
	return c.verify(ctx, got.ID, a.Nonce)
}

// refused is the answer to whatever does not fit together. why is for the log of whoever
// looks into it; a person reads the page's own words.
func refused(why string) error {
	return fault.New(fault.Forbidden, "signing in with Microsoft did not work (%s); begin again", why)
}
