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

	asking chan struct{} // closed when the one call that is under way has ended; nil: none is
	failed error         // of the last call; nil: it did not fail
	pause  time.Duration // between calls that fail
	again  time.Time     // nobody asks before
}

// Open returns a client. Nothing is asked yet.
func Open(app Application, c *http.Client, clk clock.Clock) *Client {
	return &Client{app: app, http: c, clock: clk}
}

const (
	stale    = 24 * time.Hour  // how long what the authority says of itself is believed
	retry    = 5 * time.Minute // how soon it is asked again for a key that it did not have
	shortest = 5 * time.Second // pause after a failure; the next ones double it, up to retry
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

// discover returns what the authority says of itself and one of its keys. It asks if
// what is known is stale, or, for a key that is not among it, a few minutes old. Whoever
// comes meanwhile waits for the one answer, each as long as they like; after a failure
// nobody asks for a while.
func (c *Client) discover(ctx context.Context, kid string) (provider, key, error) {
	for {
		c.mu.Lock()
		now := c.clock.Now()
		age := now.Sub(c.fetched)
		known, has := c.keys[kid]
		switch {
		case c.keys != nil && age >= 0 && age < stale && (kid == "" || has || age < retry):
			p := c.provider
			c.mu.Unlock()
			return p, known, nil
		case c.failed != nil && now.Before(c.again):
			err := c.failed
			c.mu.Unlock()
			return provider{}, key{}, err
		}
		asking := c.asking
		if asking == nil {
			asking = make(chan struct{})
			c.asking = asking
			go c.ask(context.WithoutCancel(ctx), asking)
		}
		c.mu.Unlock()
		select {
		case <-asking:
		case <-ctx.Done():
			return provider{}, key{}, fault.New(fault.Unavailable, "Microsoft did not answer in time: %w", ctx.Err())
		}
	}
}

// ask reads the authority once, for all who wait on asking. Each call of it ends by
// itself when its patience does.
func (c *Client) ask(ctx context.Context, asking chan struct{}) {
	p, keys, err := c.fetch(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock.Now()
	if err == nil {
		c.provider, c.keys, c.fetched = p, keys, now
		c.failed, c.pause = nil, 0
	} else {
		c.pause = min(max(2*c.pause, shortest), retry)
		c.failed, c.again = err, now.Add(c.pause)
	}
	c.asking = nil
	close(asking)
}

func (c *Client) fetch(ctx context.Context) (p provider, keys map[string]key, err error) {
	if err := c.read(ctx, strings.TrimSuffix(c.app.authority(), "/")+"/v2.0/.well-known/openid-configuration", &p); err != nil {
		return p, nil, err
	}
	for _, at := range []string{p.Authorize, p.Token, p.Keys} {
		if !c.ours(at) {
			return p, nil, fault.New(fault.Invalid, "Microsoft's authority names an address elsewhere (%.100q); check --microsoft-authority", at)
		}
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := c.read(ctx, p.Keys, &set); err != nil {
		return p, nil, err
	}
	keys = map[string]key{}
	for _, raw := range set.Keys {
		if id, k, ok := readKey(raw); ok {
			keys[id] = k
		}
	}
	return p, keys, nil
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
