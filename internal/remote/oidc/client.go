package oidc

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
)

// Client signs people in. It is safe for concurrent use.
type Client struct {
	app   Application
	http  *http.Client
	clock clock.Clock

	mu       sync.Mutex
	provider provider
	keys     map[string]key
	fetched  time.Time // when provider and keys were read
}

// Open returns a client. Nothing is asked yet.
func Open(app Application, c *http.Client, clk clock.Clock) *Client {
	return &Client{app: app, http: c, clock: clk}
}

const (
	stale    = 24 * time.Hour  // how long what the authority says of itself is believed
	retry    = 5 * time.Minute // how soon it is asked again for a key that it did not have
	longest  = 1 << 20         // bytes of an answer
	patience = 15 * time.Second
)

// provider is what the authority says of itself (OpenID Connect Discovery 1.0).
type provider struct {
	Issuer    string `json:"issuer"` // with {tenantid} in it
	Authorize string `json:"authorization_endpoint"`
	Token     string `json:"token_endpoint"`
	Keys      string `json:"jwks_uri"`
}

// discover reads the provider and its keys if they are stale, or, for a key that is
// not among them, if they are a few minutes old.
func (c *Client) discover(ctx context.Context, kid string) (provider, key, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock.Now()
	age := now.Sub(c.fetched)
	known, has := c.keys[kid]
	if c.keys != nil && age >= 0 && age < stale && (kid == "" || has || age < retry) {
		return c.provider, known, nil
	}
	var p provider
	if err := c.read(ctx, strings.TrimSuffix(c.app.authority(), "/")+"/v2.0/.well-known/openid-configuration", &p); err != nil {
		return provider{}, key{}, err
	}
	for _, at := range []string{p.Authorize, p.Token, p.Keys} {
		if !c.ours(at) {
			return provider{}, key{}, fault.New(fault.Invalid, "Microsoft's authority names an address elsewhere (%.100q); check --microsoft-authority", at)
		}
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := c.read(ctx, p.Keys, &set); err != nil {
		return provider{}, key{}, err
	}
	keys := map[string]key{}
	for _, raw := range set.Keys {
		if id, k, ok := readKey(raw); ok {
			keys[id] = k
		}
	}
	c.provider, c.keys, c.fetched = p, keys, now
	return p, keys[kid], nil
}

// ours reports whether an address lies at the authority's own host.
func (c *Client) ours(address string) bool {
	own, err := url.Parse(c.app.authority())
	at, wrong := url.Parse(address)
	return err == nil && wrong == nil && at.Host == own.Host && at.Scheme == own.Scheme && at.User == nil
}

func (c *Client) read(ctx context.Context, address string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fault.New(fault.Invalid, "Microsoft's authority is no address; check --microsoft-authority: %w", err)
	}
	_, err = c.do(r, into)
	return err
}

// do sends a request and reads the answer, which tells the status too.
func (c *Client) do(r *http.Request, into any) (int, error) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	r.Header.Set("Accept", "application/json")
	answer, err := c.http.Do(r.WithContext(ctx))
	if err != nil {
		return 0, fault.New(fault.Unavailable, "Microsoft does not answer; sign in by another way, or try again later: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode >= http.StatusInternalServerError {
		return answer.StatusCode, fault.New(fault.Unavailable, "Microsoft answers with %d; try again later", answer.StatusCode)
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, longest)).Decode(into); err != nil {
		return answer.StatusCode, fault.New(fault.Unavailable, "Microsoft's answer cannot be read: %w", err)
	}
	return answer.StatusCode, nil
}
