package httpdata

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"kept/internal/fault"
	"kept/internal/vault"
)

// Auth says who asks. At most one of the ways is set.
type Auth struct {
	User, Name string       // of Basic (RFC 7617); of the header that holds Secret
	Secret     vault.Secret // password, bearer token, content of the header, client secret
	Bearer     bool
	OAuth2     *OAuth2
}

// OAuth2 is the client credentials grant (RFC 6749, 4.4).
type OAuth2 struct {
	TokenURL  *url.URL
	Client    string
	Scopes    []string
	Transport http.RoundTripper // to the token's host

	mu    sync.Mutex
	token vault.Secret
	until time.Time
}

// early is how long before its end a token is no longer used.
const early = 30 * time.Second

// sign puts credentials into a request.
func (a *Auth) sign(ctx context.Context, s *Source, r *http.Request) error {
	switch {
	case a.OAuth2 != nil:
		token, err := a.OAuth2.get(ctx, s, a.Secret)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+token.Reveal())
	case a.Bearer:
		r.Header.Set("Authorization", "Bearer "+a.Secret.Reveal())
	case a.User != "":
		r.SetBasicAuth(a.User, a.Secret.Reveal())
	case a.Name != "":
		r.Header.Set(a.Name, a.Secret.Reveal())
	}
	return nil
}

// renew forgets a token that was not taken; false if there is none to renew.
func (a *Auth) renew() bool {
	if a.OAuth2 == nil {
		return false
	}
	a.OAuth2.mu.Lock()
	defer a.OAuth2.mu.Unlock()
	had := !a.OAuth2.token.IsZero()
	a.OAuth2.token = vault.Secret{}
	return had
}

// secrets are what must not be printed.
func (a *Auth) secrets() []vault.Secret {
	all := []vault.Secret{a.Secret}
	if a.OAuth2 != nil {
		a.OAuth2.mu.Lock()
		defer a.OAuth2.mu.Unlock()
		all = append(all, a.OAuth2.token)
	}
	return all
}

// get returns a token that is good for a while.
func (o *OAuth2) get(ctx context.Context, s *Source, secret vault.Secret) (vault.Secret, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := s.config.Clock.Now()
	if !o.token.IsZero() && now.Before(o.until) {
		return o.token, nil
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	if len(o.Scopes) > 0 {
		form.Set("scope", strings.Join(o.Scopes, " "))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.TokenURL.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return vault.Secret{}, fmt.Errorf("ask for a token: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	r.SetBasicAuth(url.QueryEscape(o.Client), url.QueryEscape(secret.Reveal())) // RFC 6749, 2.3.1
	response, err := (&http.Client{Transport: o.Transport, Timeout: timeout, CheckRedirect: stay}).Do(r)
	if err != nil {
		return vault.Secret{}, fault.New(fault.Unavailable, "the token server does not answer")
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		kind := fault.Forbidden
		if response.StatusCode >= 500 || response.StatusCode == http.StatusTooManyRequests {
			kind = fault.Unavailable
		}
		return vault.Secret{}, fault.New(kind, "the token server answers %d; check client_id and client_secret", response.StatusCode)
	}
	var granted struct {
		Token   string `json:"access_token"`
		Expires int64  `json:"expires_in"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&granted); err != nil || granted.Token == "" {
		return vault.Secret{}, fault.New(fault.Invalid, "the token server answers without a token")
	}
	if granted.Expires <= 0 {
		granted.Expires = 300
	}
	o.token, o.until = vault.NewSecret(granted.Token), now.Add(time.Duration(granted.Expires)*time.Second-early)
	return o.token, nil
}

// stay follows no redirect.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
