package stripe

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"kept/internal/fault"
	"kept/internal/remote/ask"
	"kept/internal/vault"
)

// Version is the version of the interface that every call asks for.
const Version = "2025-03-31.basil"

// longest is how much of an answer is read.
const longest = 1 << 20

// Config is what a client stands on.
type Config struct {
	Key  vault.Secret // sk_… or rk_…
	HTTP *http.Client
	Host string // that the policy declares, as a rule api.stripe.com
	// Plain speaks http, which only servers on this machine do.
	Plain bool
}

// Client is the interface to one account. It is safe for concurrent use.
type Client struct{ Config }

// New returns a client. Nothing is asked before the first call.
func New(c Config) *Client { return &Client{c} }

// Error is what Stripe says about a call that failed.
type Error struct {
	Type    string `json:"type"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Param   string `json:"param"`
}

// call makes one call. A call that changes something has a key, by which Stripe knows
// it again for a day.
func (c *Client) call(ctx context.Context, method, path string, form url.Values, key string, out any) error {
	scheme := "https://"
	if c.Plain {
		scheme = "http://"
	}
	address := scheme + c.Host + "/v1/" + path
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	} else if len(form) > 0 {
		address += "?" + form.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return fault.New(fault.Invalid, "the host of Stripe is no host name: %w", err)
	}
	r.SetBasicAuth(c.Key.Reveal(), "")
	r.Header.Set("Stripe-Version", Version)
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	if err := ask.JSON(c.HTTP, r, longest, refusal, out); err != nil {
		return fmt.Errorf("ask Stripe, %s %s: %w", method, place(path), err)
	}
	return nil
}

// place is a path without what stands for somebody.
func place(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}

// refusal sorts what Stripe says no with. Its message is not passed on: it can repeat
// what was sent.
func refusal(status int, text []byte) error {
	var said struct {
		Error Error `json:"error"`
	}
	_ = json.Unmarshal(text, &said) // without a reason the status says enough
	reason := strings.Trim(said.Error.Type+" "+said.Error.Code+" "+said.Error.Param, " ")
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return fault.New(fault.Forbidden, "Stripe does not take the key: %d %s", status, reason)
	case status == http.StatusNotFound:
		return fault.New(fault.NotFound, "Stripe does not know it: %s", reason)
	case status == http.StatusConflict || status == http.StatusTooManyRequests || status >= 500:
		return fault.New(fault.Unavailable, "Stripe asks to try again later: %d %s", status, reason)
	}
	return fault.New(fault.Refused, "Stripe refuses the call: %d %s", status, reason)
}
