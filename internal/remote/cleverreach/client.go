package cleverreach

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/ask"
	"kept/internal/vault"
)

// Account is an OAuth app of the operator's account at CleverReach.
type Account struct {
	ID     string // client id
	Secret vault.Secret
}

// Config is what a client stands on.
type Config struct {
	Account
	HTTP  *http.Client
	Host  string // that the policy declares, as a rule rest.cleverreach.com
	Clock clock.Clock
}

// Client is the interface to one account. It is safe for concurrent use.
type Client struct {
	Config

	mu      sync.Mutex
	token   string
	expires time.Time
}

// New returns a client. Nothing is asked before the first call.
func New(c Config) *Client { return &Client{Config: c} }

// early is how long before its end a token is renewed.
const early = time.Minute

// longest is how much of an answer is read: a page of receivers with their
// attributes stays far below.
const longest = 8 << 20

// bearer returns a token that stands.
func (c *Client) bearer(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token != "" && c.Clock.Now().Before(c.expires.Add(-early)) {
		return c.token, nil
	}
	body := strings.NewReader(url.Values{"grant_type": {"client_credentials"}}.Encode())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+c.Host+"/oauth/token.php", body)
	if err != nil {
		return "", fault.New(fault.Invalid, "the host of CleverReach is no host name: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(c.ID, c.Secret.Reveal())
	var got struct {
		Token   string `json:"access_token"`
		Seconds int64  `json:"expires_in"`
	}
	if err := ask.JSON(c.HTTP, r, longest, refusal, &got); err != nil {
		return "", fmt.Errorf("ask CleverReach for a token: %w", err)
	}
	if got.Token == "" || got.Seconds <= 0 {
		return "", fault.New(fault.Unavailable, "CleverReach answered without a token")
	}
	c.token, c.expires = got.Token, c.Clock.Now().Add(time.Duration(got.Seconds)*time.Second)
	return c.token, nil
}

// forget drops a token that was refused.
func (c *Client) forget(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token == token {
		c.token = ""
	}
}

// call makes one call below /v3 and decodes the answer into out, if it is not nil. A
// token that ended before its time is renewed once.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	for again := false; ; again = true {
		token, err := c.bearer(ctx)
		if err != nil {
			return err
		}
		err = c.once(ctx, method, path, token, in, out)
		if !again && fault.Is(err, fault.Forbidden) {
			c.forget(token)
			continue
		}
		if err != nil {
			return fmt.Errorf("CleverReach, %s %s: %w", method, place(path), err)
		}
		return nil
	}
}

// place is a path without what stands for somebody.
func place(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return path
}

func (c *Client) once(ctx context.Context, method, path, token string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fault.New(fault.Internal, "encode a call: %w", err)
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, "https://"+c.Host+"/v3"+path, body)
	if err != nil {
		return fault.New(fault.Invalid, "the host of CleverReach is no host name: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "application/json")
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return ask.JSON(c.HTTP, r, longest, refusal, out)
}

// refusal tells a status and the code of the error from each other; the message is
// left out, since it may quote whom the call was about.
func refusal(status int, body []byte) error {
	var said struct {
		Error struct {
			Code int `json:"code"`
		} `json:"error"`
	}
	_ = json.Unmarshal(body, &said) // an error page of a proxy says nothing
	code := said.Error.Code
	if code == 0 {
		code = status
	}
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fault.New(fault.Forbidden, "it refused the account (%d): look at the client id, its secret and what the OAuth app may do", code)
	case status == http.StatusNotFound:
		return fault.New(fault.NotFound, "it knows no such thing (%d)", code)
	case status == http.StatusTooManyRequests:
		return fault.New(fault.TooMany, "it was asked too often (%d)", code)
	case status/100 == 5:
		return fault.New(fault.Unavailable, "it is out of order (%d)", code)
	}
	return fault.New(fault.Invalid, "it refused the call (%d)", code)
}
