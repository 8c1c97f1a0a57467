package graph_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/graph"
	"kept/internal/remote/graph/graphtest"
	"kept/internal/remote/throttle"
)

func TestATokenThatIsNotTakenAnyMoreIsReplaced(t *testing.T) {
	s, _, c := start(t)
	users(t, c, "")
	s.Revoke()
	if seen, _, _ := users(t, c, ""); len(seen) != 1 {
		t.Errorf("%d users", len(seen))
	}
}

func TestACertificateProvesTheApplication(t *testing.T) {
	s := graphtest.New(clock.System)
	server := httptest.NewServer(s)
	defer server.Close()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "app"}, NotAfter: time.Now().Add(time.Hour)}
	raw, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	s.Tenant("muster").RegisterCertificate("app", leaf)
	for _, good := range []bool{true, false} {
		signer := key
		if !good {
			if signer, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
				t.Fatal(err)
			}
		}
		c, err := graph.New(graph.Config{
			Service: server.URL + "/v1.0", Login: server.URL, Tenant: "muster", Client: "app", Credential: graph.Certificate{Leaf: leaf, Key: signer},
			Transport: http.DefaultTransport, Limiter: throttle.New(throttle.Outlook, clock.System), Clock: clock.System,
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Groups(t.Context()); (err == nil) != good {
			t.Errorf("with the right key %v: %v", good, err)
		}
	}
}

// The secret stands in no error, whatever goes wrong.
func TestNoErrorShowsTheSecret(t *testing.T) {
	s, _, c := start(t)
	s.Tenant("muster").Register("app", "another")
	s.Revoke()
	_, refused := c.Groups(t.Context())
	if !fault.Is(refused, fault.Forbidden) {
		t.Errorf("a wrong secret: %v", refused)
	}
	_, away := client(t, "http://127.0.0.1:1", http.DefaultTransport).Groups(t.Context())
	if !fault.Is(away, fault.Unavailable) {
		t.Errorf("nobody there: %v", away)
	}
	for _, err := range []error{refused, away} {
		if strings.Contains(fmt.Sprintf("%v %+v", err, err), secret) {
			t.Errorf("the secret is in %v", err)
		}
	}
}
