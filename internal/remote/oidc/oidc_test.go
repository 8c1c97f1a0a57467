package oidc_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/oidc"
	"kept/internal/remote/oidc/oidctest"
	"kept/internal/vault"
)

const nonce = "a nonce of one attempt"

func house(t *testing.T) (*oidctest.Authority, *oidc.Client, *clock.Manual) {
	now := clock.At(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC))
	a := oidctest.New(t, now)
	app := oidc.Application{ID: oidctest.Client, Secret: vault.NewSecret(oidctest.Secret), Authority: a.Base()}
	return a, oidc.Open(app, http.DefaultClient, now), now
}

func attempt() oidc.Asking {
	return oidc.Asking{Redirect: "https://portal.example/sign-in/microsoft/back", State: "state", Nonce: nonce, Verifier: strings.Repeat("v", 43)}
}

// code has the one person sign in and returns what the browser brings back.
func code(t *testing.T, c *oidc.Client, a oidc.Asking) string {
	t.Helper()
	to, err := c.Address(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.Get(to)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	back, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || back.Query().Get("state") != a.State {
		t.Fatalf("led back to %s: %v", back, err)
	}
	return back.Query().Get("code")
}

func TestAPersonOfAnyTenantSignsIn(t *testing.T) {
	_, c, _ := house(t)
	a := attempt()
	got := code(t, c, a)
	who, err := c.Redeem(t.Context(), got, a)
	if err != nil || who.Tenant != oidctest.Tenant || who.Object != oidctest.Object || who.Email != "ada@tenant.example" {
		t.Fatalf("%+v, %v", who, err)
	}
	if _, err := c.Redeem(t.Context(), got, a); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a code is good twice: %v", err)
	}
	got = code(t, c, a)
	a.Verifier = strings.Repeat("w", 43)
	if _, err := c.Redeem(t.Context(), got, a); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a code of another browser: %v", err)
	}
}

func TestATokenThatDoesNotFitIsRefused(t *testing.T) {
	a, c, now := house(t)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	set := func(name string, to any) func(jwt.MapClaims) { return func(m jwt.MapClaims) { m[name] = to } }
	for name, wrong := range map[string]struct {
		claims func(jwt.MapClaims)
		sign   func(jwt.MapClaims) string
	}{
		"another tenant's issuer": {claims: set("tid", "aaaaaaaa-0000-4000-8000-000000000002")},
		"another issuer":          {claims: set("iss", "https://login.evil.example/"+oidctest.Tenant+"/v2.0")},
		"a tenant that is a path": {claims: func(m jwt.MapClaims) { m["tid"] = "../x"; m["iss"] = a.URL + "/../x/v2.0" }},
		"another application":     {claims: set("aud", "99999999-2222-3333-4444-555555555555")},
		"several applications":    {claims: set("aud", []string{oidctest.Client, "another"})},
		"handed to another":       {claims: set("azp", "99999999-2222-3333-4444-555555555555")},
		"another attempt":         {claims: set("nonce", "another")},
		"no nonce":                {claims: func(m jwt.MapClaims) { delete(m, "nonce") }},
		"over":                    {claims: set("exp", now.Now().Add(-time.Hour).Unix())},
		"no end":                  {claims: func(m jwt.MapClaims) { delete(m, "exp") }},
		"not yet":                 {claims: set("nbf", now.Now().Add(time.Hour).Unix())},
		"issued tomorrow":         {claims: set("iat", now.Now().Add(24*time.Hour).Unix())},
		"no object":               {claims: func(m jwt.MapClaims) { delete(m, "oid") }},
		"another key":             {sign: func(m jwt.MapClaims) string { return a.Signed(m, other) }},
		"no signature": {sign: func(m jwt.MapClaims) string {
			text, err := jwt.NewWithClaims(jwt.SigningMethodNone, m).SignedString(jwt.UnsafeAllowNoneSignatureType)
			if err != nil {
				t.Error(err)
			}
			return text
		}},
		"the public key as a password": {sign: func(m jwt.MapClaims) string {
			hs := jwt.NewWithClaims(jwt.SigningMethodHS256, m)
			hs.Header["kid"] = oidctest.Kid
			text, err := hs.SignedString(a.Key.N.Bytes())
			if err != nil {
				t.Error(err)
			}
			return text
		}},
		"no token": {sign: func(jwt.MapClaims) string { return "a.b.c" }},
	} {
		a.Claims, a.Sign = wrong.claims, wrong.sign
		ask := attempt()
		if who, err := c.Redeem(t.Context(), code(t, c, ask), ask); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s: %+v, %v", name, who, err)
		}
	}
	if a.Asked > 2 {
		t.Errorf("the keys were read %d times", a.Asked)
	}
}

// A secret that has ended is the operator's matter, and no refusal of the person.
func TestAWrongSecretIsTold(t *testing.T) {
	a, _, now := house(t)
	c := oidc.Open(oidc.Application{ID: oidctest.Client, Secret: vault.NewSecret("old"), Authority: a.Base()}, http.DefaultClient, now)
	ask := attempt()
	if _, err := c.Redeem(t.Context(), code(t, c, ask), ask); !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "old") {
		t.Errorf("%v", err)
	}
}

// far is a network of which a test says how it answers.
type far func(*http.Request) (*http.Response, error)

func (f far) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Whoever waits for an authority that hangs leaves when they like, and holds up nobody.
func TestAnAuthorityThatHangsHoldsUpNobody(t *testing.T) {
	a, _, now := house(t)
	hangs, asked := make(chan struct{}), make(chan struct{}, 10)
	c := oidc.Open(oidc.Application{ID: oidctest.Client, Authority: a.Base()}, &http.Client{Transport: far(func(r *http.Request) (*http.Response, error) {
		asked <- struct{}{}
		<-hangs
		return http.DefaultTransport.RoundTrip(r)
	})}, now)
	first := make(chan error, 1)
	go func() { _, err := c.Address(t.Context(), attempt()); first <- err }()
	<-asked
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Address(gone, attempt()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("who left got %v", err)
	}
	close(hangs)
	if err := <-first; err != nil || a.Asked != 1 {
		t.Errorf("who stayed got %v, the keys were read %d times", err, a.Asked)
	}
}

// An authority that fails is not asked by everybody who comes, but after a pause that
// grows, and again as soon as it answers.
func TestAnAuthorityThatFailsIsLeftAloneForAWhile(t *testing.T) {
	a, _, now := house(t)
	down, calls := true, 0
	c := oidc.Open(oidc.Application{ID: oidctest.Client, Authority: a.Base()}, &http.Client{Transport: far(func(r *http.Request) (*http.Response, error) {
		if calls++; down {
			return nil, errors.New("no route")
		}
		return http.DefaultTransport.RoundTrip(r)
	})}, now)
	ask := func() error { _, err := c.Address(t.Context(), attempt()); return err }
	for range 5 {
		if err := ask(); !fault.Is(err, fault.Unavailable) {
			t.Fatal(err)
		}
	}
	if calls != 1 {
		t.Errorf("asked %d times at one moment", calls)
	}
	for range 120 {
		now.Advance(5 * time.Second)
		_ = ask()
	}
	if calls < 3 || calls > 9 {
		t.Errorf("asked %d times in ten minutes", calls)
	}
	down = false
	now.Advance(5 * time.Minute)
	if err := ask(); err != nil {
		t.Errorf("it answers again: %v", err)
	}
}
