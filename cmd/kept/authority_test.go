package main

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/acme"
)

// authority is a certificate authority for one test. It issues by hand, and by
// ACME (RFC 8555) with the challenge tls-alpn-01 (RFC 8737); it believes every
// account, since nobody else can reach it.
type authority struct {
	*httptest.Server
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	door string // host:port at which the names are proven

	elsewhere string       // where its directory leads to instead of itself
	asked     atomic.Int64 // requests

	mu     sync.Mutex
	proven bool
	names  []string // of the one order
	chain  []byte   // PEM, once issued
	mail   string   // of the account
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t}
	var err error
	a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fatal(t, err)
	self := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority of a test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, self, self, &a.key.PublicKey, a.key)
	fatal(t, err)
	a.cert, err = x509.ParseCertificate(der)
	fatal(t, err)
	a.Server = httptest.NewServer(a.routes())
	t.Cleanup(a.Close)
	return a
}

// pool trusts the authority alone.
func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// issue signs a certificate for names.
func (a *authority) issue(public any, names []string) ([]byte, error) {
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), DNSNames: names, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.cert, public, a.key)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), err
}

// files writes a certificate for name and its key to dir.
func (a *authority) files(dir, name string) (cert, key string) {
	a.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fatal(a.t, err)
	chain, err := a.issue(&private.PublicKey, []string{name})
	fatal(a.t, err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	fatal(a.t, err)
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	fatal(a.t, os.WriteFile(cert, chain, 0o644))
	fatal(a.t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	return cert, key
}

// routes are those of RFC 8555, chapter 7, that one order needs.
func (a *authority) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /directory", func(w http.ResponseWriter, _ *http.Request) {
		at := cmp.Or(a.elsewhere, a.URL)
		reply(w, http.StatusOK, map[string]string{"newNonce": at + "/nonce", "newAccount": at + "/account", "newOrder": at + "/order"})
	})
	mux.HandleFunc("/nonce", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /account", func(w http.ResponseWriter, r *http.Request) {
		var account struct{ Contact []string }
		a.read(r, &account)
		a.note(func() { a.mail = strings.Join(account.Contact, " ") })
		w.Header().Set("Location", a.URL+"/account/1")
		reply(w, http.StatusCreated, map[string]string{"status": "valid"})
	})
	mux.HandleFunc("POST /order", func(w http.ResponseWriter, r *http.Request) {
		var order struct{ Identifiers []struct{ Value string } }
		a.read(r, &order)
		a.note(func() {
			a.names = nil
			for _, name := range order.Identifiers {
				a.names = append(a.names, name.Value)
			}
		})
		w.Header().Set("Location", a.URL+"/order/1")
		reply(w, http.StatusCreated, a.order())
	})
	mux.HandleFunc("POST /order/1", func(w http.ResponseWriter, _ *http.Request) { reply(w, http.StatusOK, a.order()) })
	mux.HandleFunc("POST /authorization/1", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, map[string]any{
			"status": a.status(), "identifier": map[string]string{"type": "dns", "value": a.names[0]}, "challenges": []any{a.challenge()},
		})
	})
	mux.HandleFunc("POST /challenge/1", func(w http.ResponseWriter, _ *http.Request) {
		if err := a.prove(); err != nil {
			a.t.Errorf("the name is not proven: %v", err)
		}
		reply(w, http.StatusOK, a.challenge())
	})
	mux.HandleFunc("POST /finalize/1", func(w http.ResponseWriter, r *http.Request) {
		if err := a.finalize(r); err != nil {
			a.t.Errorf("the certificate is not issued: %v", err)
		}
		reply(w, http.StatusOK, a.order())
	})
	mux.HandleFunc("POST /certificate/1", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		w.Write(a.chain)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked.Add(1)
		w.Header().Set("Replay-Nonce", rand.Text())
		mux.ServeHTTP(w, r)
	})
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client says what it misses
}

// read decodes the payload of a signed request; its signature is believed.
func (a *authority) read(r *http.Request, v any) {
	var signed struct{ Payload string }
	err := json.NewDecoder(r.Body).Decode(&signed)
	if err == nil {
		var payload []byte
		if payload, err = base64.RawURLEncoding.DecodeString(signed.Payload); err == nil {
			err = json.Unmarshal(payload, v)
		}
	}
	if err != nil {
		a.t.Errorf("%s: %v", r.URL.Path, err)
	}
}

func (a *authority) note(what func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	what()
}

func (a *authority) status() (status string) {
	a.note(func() {
		status = "pending"
		if a.proven {
			status = "valid"
		}
	})
	return status
}

func (a *authority) challenge() map[string]string {
	return map[string]string{"type": "tls-alpn-01", "url": a.URL + "/challenge/1", "token": "a-token-of-the-test", "status": a.status()}
}

func (a *authority) order() map[string]any {
	status := "pending"
	switch {
	case a.chain != nil:
		status = "valid"
	case a.status() == "valid":
		status = "ready"
	}
	return map[string]any{
		"status": status, "authorizations": []string{a.URL + "/authorization/1"}, "finalize": a.URL + "/finalize/1", "certificate": a.URL + "/certificate/1",
	}
}

// prove asks the door for the certificate that only who answers for the name
// can show.
func (a *authority) prove() error {
	conn, err := tls.Dial("tcp", a.door, &tls.Config{ServerName: a.names[0], NextProtos: []string{acme.ALPNProto}, InsecureSkipVerify: true}) // a challenge's certificate is self-signed
	if err != nil {
		return err
	}
	defer conn.Close()
	shown := conn.ConnectionState().PeerCertificates[0]
	identifier := slices.ContainsFunc(shown.Extensions, func(e pkix.Extension) bool { return e.Id.String() == "1.3.6.1.5.5.7.1.31" })
	if !identifier || !slices.Equal(shown.DNSNames, a.names) {
		return fmt.Errorf("it shows another certificate, for %v", shown.DNSNames)
	}
	a.note(func() { a.proven = true })
	return nil
}

func (a *authority) finalize(r *http.Request) error {
	var request struct{ CSR string }
	a.read(r, &request)
	der, err := base64.RawURLEncoding.DecodeString(request.CSR)
	if err != nil {
		return err
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return err
	}
	if !a.proven || !slices.Equal(csr.DNSNames, a.names) {
		return errors.New("it asks for what was not proven")
	}
	a.chain, err = a.issue(csr.PublicKey, csr.DNSNames)
	return err
}
