package abroadtest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// Server is a stand-in that is called by names and speaks TLS, as the real service is.
// LookupNetIP, Dial and Roots are the network that leads there.
type Server struct {
	server *httptest.Server
	roots  *x509.CertPool
}

// far is a public address, as what a policy names has to have.
const far = "93.184.215.14"

// New starts a stand-in with a certificate for some names, which ends with the
// test.
func New(t testing.TB, service http.Handler, names ...string) *Server {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	raw, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	a := &Server{server: httptest.NewUnstartedServer(service), roots: x509.NewCertPool()}
	a.roots.AddCert(leaf)
	a.server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	a.server.StartTLS()
	t.Cleanup(a.server.Close)
	return a
}

// LookupNetIP finds every name at a public address.
func (a *Server) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr(far)}, nil
}

// Dial connects to the stand-in where its address is meant, and elsewhere as ever.
func (a *Server) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if strings.HasPrefix(address, far+":") {
		address = a.server.Listener.Addr().String()
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// Roots are those that vouch for the stand-in.
func (a *Server) Roots() *x509.CertPool { return a.roots }
