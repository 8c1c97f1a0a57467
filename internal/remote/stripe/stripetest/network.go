package stripetest

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
)

// Host is the name that the server's certificate is for.
const Host = "example.com"

// public is an address that a name in a policy may have.
var public = netip.MustParseAddr("93.184.216.34")

// Roots are what vouches for the server's certificate.
func (s *Server) Roots() *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return roots
}

// LookupNetIP gives Host a public address, as egress wants it.
func (s *Server) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{public}, nil
}

// Dial reaches the server at its public address, and whatever else as it is.
func (s *Server) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if at, err := netip.ParseAddrPort(address); err == nil && at.Addr() == public {
		address = s.Listener.Addr().String()
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}
