package egress

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"kept/internal/fault"
)

const maxRedirects = 5

// Client returns an HTTP client that reaches the hosts declared for recipient
// (its own and those of its services) over TLS and nothing else; a redirect is
// checked like a first request. It returns Refused if the policy has no such
// recipient. Keep the client: it keeps its connections.
func (e *Egress) Client(recipient string) (*http.Client, error) {
	if e.policy().Recipient(recipient) == nil {
		return nil, fault.New(fault.Refused, "the policy declares no recipient %s", recipient)
	}
	return &http.Client{
		Timeout:   e.opts.Timeout,
		Transport: &checked{e: e, recipient: recipient, next: e.transport(recipient)},
		CheckRedirect: func(_ *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return fault.New(fault.Refused, "%s redirects more than %d times", recipient, maxRedirects)
			}
			return nil
		},
	}, nil
}

func (e *Egress) transport(recipient string) *http.Transport {
	return &http.Transport{
		Proxy: nil, // never what the environment says
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return e.dialPublic(ctx, recipient, network, address)
		},
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        e.tls(),
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  e.opts.Timeout,
		MaxResponseHeaderBytes: maxHeader,
		IdleConnTimeout:        time.Minute,
		MaxIdleConnsPerHost:    4,
	}
}

// tls is how connections are encrypted.
func (e *Egress) tls() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: e.opts.Roots}
}

// checked asks the policy before each request, first ones and redirected ones.
type checked struct {
	e         *Egress
	recipient string
	next      http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (c *checked) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" {
		return nil, c.e.refuse(r.Context(), c.recipient, name(r.URL.Hostname()), "not-encrypted")
	}
	port := r.URL.Port()
	if port == "" {
		port = "443"
	}
	if err := c.e.declared(r.Context(), c.recipient, net.JoinHostPort(r.URL.Hostname(), port)); err != nil {
		return nil, err
	}
	response, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	response.Body = &bounded{ReadCloser: response.Body, left: c.e.opts.MaxResponse}
	return response, nil
}

// bounded fails a body that is longer than left bytes, instead of cutting it.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, fault.New(fault.TooLarge, "the answer is longer than allowed")
	}
	return n, err
}

// Operator returns a transport to the one address (host:port) that the operator
// configured for purpose; it may be private. Requests for another host are
// refused, and nothing is followed or unpacked: what comes back is handed on as
// it is.
func (e *Egress) Operator(purpose, address string) http.RoundTripper {
	return &fixed{e: e, purpose: purpose, address: address, next: &http.Transport{
		Proxy: nil,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return e.DialOperator(ctx, purpose, network, address)
		},
		DisableCompression:     true,
		TLSHandshakeTimeout:    dialTimeout,
		MaxResponseHeaderBytes: 1 << 20,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    128,
	}}
}

// fixed lets requests through to one address only.
type fixed struct {
	e                *Egress
	purpose, address string
	next             http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (f *fixed) RoundTrip(r *http.Request) (*http.Response, error) {
	if authority(r) != f.address {
		return nil, f.e.refuse(r.Context(), f.purpose, name(r.URL.Hostname()), "not-the-configured-address")
	}
	response, err := f.next.RoundTrip(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.purpose, err)
	}
	return response, nil
}

func authority(r *http.Request) string {
	if port := r.URL.Port(); port != "" {
		return net.JoinHostPort(r.URL.Hostname(), port)
	}
	if r.URL.Scheme == "https" {
		return net.JoinHostPort(r.URL.Hostname(), "443")
	}
	return net.JoinHostPort(r.URL.Hostname(), "80")
}
