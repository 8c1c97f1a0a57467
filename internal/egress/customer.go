package egress

import (
	"context"
	"net"
	"net/http"
	"time"
)

// A customer names servers of its own, to be read and written on its behalf. Such an
// address came from outside: it is let out to public addresses only, so that nobody
// looks into the operator's network by a form.

// Customer returns a transport to the one address (host:port) that a customer named
// for purpose. Requests for another host are refused, and so is an address that is
// not public.
func (e *Egress) Customer(purpose, address string) http.RoundTripper {
	return &fixed{e: e, purpose: purpose, address: address, next: &http.Transport{
		Proxy: nil,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return e.DialCustomer(ctx, purpose, network, address)
		},
		TLSClientConfig:        e.tls(),
		DisableCompression:     true,
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  time.Minute,
		MaxResponseHeaderBytes: 1 << 20,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    128,
	}}
}

// DialCustomer connects to an address that a customer named for purpose, for
// protocols other than HTTP. Refused if it is not public.
func (e *Egress) DialCustomer(ctx context.Context, purpose, network, address string) (net.Conn, error) {
	return e.dialPublic(ctx, purpose, network, address)
}
