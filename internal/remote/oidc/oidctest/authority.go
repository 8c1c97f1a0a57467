package oidctest

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"kept/internal/clock"
)

// Of the application and the people at the stand-in.
const (
	Client = "11111111-2222-3333-4444-555555555555"
	Secret = "a secret of the application"
	Tenant = "aaaaaaaa-0000-4000-8000-000000000001"
	Object = "bbbbbbbb-0000-4000-8000-000000000001"
)

// Authority is the stand-in at work.
type Authority struct {
	URL string
	// Claims changes what the next tokens say; nil: nothing.
	Claims func(jwt.MapClaims)
	// Sign makes the token of claims; nil: RS256 under the published key.
	Sign func(jwt.MapClaims) string

	// Since is when the person proved who they are, if the browser is signed in there;
	// zero: they do it each time.
	Since time.Time

	Key    *rsa.PrivateKey
	server *httptest.Server // of NewAbroad
	clock  clock.Clock
	mu     sync.Mutex
	codes  map[string]url.Values
	Asked  int // how often keys were read
}

// Kid is the name of the published key.
const Kid = "key-1"

// New starts a stand-in on loopback; it ends with the test.
func New(t testing.TB, clk clock.Clock) *Authority {
	t.Helper()
	a, mux := prepare(t, clk)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	a.URL = server.URL
	return a
}

// Host is the name of a stand-in that NewAbroad starts.
const Host = "example.com"

// NewAbroad starts a stand-in that is called by a name and speaks TLS, as the real one
// is. Dial, LookupNetIP and Roots are the network that leads there.
func NewAbroad(t testing.TB, clk clock.Clock) *Authority {
	t.Helper()
	a, mux := prepare(t, clk)
	a.server = httptest.NewTLSServer(mux)
	t.Cleanup(a.server.Close)
	a.URL = "https://" + Host
	return a
}

// LookupNetIP finds the stand-in at a public address.
func (a *Authority) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("93.184.215.14")}, nil
}

// Dial connects to the stand-in where it is meant, and elsewhere as ever.
func (a *Authority) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if strings.HasPrefix(address, "93.184.215.14:") || strings.HasPrefix(address, Host+":") {
		address = a.server.Listener.Addr().String()
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

// Roots are those that vouch for the stand-in.
func (a *Authority) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.server.Certificate())
	return pool
}

// Visit follows a browser to an address of the stand-in, and returns where it is led.
func (a *Authority) Visit(address string) (to string, err error) {
	c := http.Client{
		Transport:     &http.Transport{DialContext: a.Dial, TLSClientConfig: &tls.Config{RootCAs: a.Roots(), MinVersion: tls.VersionTLS12}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := c.Get(address)
	if err != nil {
		return "", err
	}
	return answer.Header.Get("Location"), answer.Body.Close()
}

func prepare(t testing.TB, clk clock.Clock) (*Authority, *http.ServeMux) {
	t.Helper()
	a := &Authority{clock: clk, codes: map[string]url.Values{}}
	var err error
	if a.Key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /organizations/v2.0/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{
			"issuer": a.URL + "/{tenantid}/v2.0", "authorization_endpoint": a.URL + "/organizations/oauth2/v2.0/authorize",
			"token_endpoint": a.URL + "/organizations/oauth2/v2.0/token", "jwks_uri": a.URL + "/organizations/discovery/v2.0/keys",
		})
	})
	mux.HandleFunc("GET /organizations/discovery/v2.0/keys", func(w http.ResponseWriter, _ *http.Request) {
		a.mu.Lock()
		a.Asked++
		a.mu.Unlock()
		answer(w, http.StatusOK, map[string]any{"keys": []any{map[string]any{
			"kty": "RSA", "use": "sig", "kid": Kid, "issuer": a.URL + "/{tenantid}/v2.0",
			"n": base64.RawURLEncoding.EncodeToString(a.Key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(a.Key.E)).Bytes()),
		}}})
	})
	mux.HandleFunc("GET /organizations/oauth2/v2.0/authorize", a.authorize)
	mux.HandleFunc("POST /organizations/oauth2/v2.0/token", a.token)
	return a, mux
}

// Base is what an application names as its authority.
func (a *Authority) Base() string { return a.URL + "/organizations" }

// authorize signs the one person in at once and leads back.
func (a *Authority) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != Client || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" {
		http.Error(w, "AADSTS900144", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	a.mu.Lock()
	a.codes[code] = q
	a.mu.Unlock()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil {
		http.Error(w, "AADSTS50011", http.StatusBadRequest)
		return
	}
	back.RawQuery = url.Values{"code": {code}, "state": {q.Get("state")}, "session_state": {"x"}}.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (a *Authority) token(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.PostForm.Get("client_secret") != Secret || r.PostForm.Get("client_id") != Client {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	a.mu.Lock()
	q, known := a.codes[r.PostForm.Get("code")]
	delete(a.codes, r.PostForm.Get("code")) // a code is good once
	a.mu.Unlock()
	proof := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	if !known || q.Get("redirect_uri") != r.PostForm.Get("redirect_uri") || q.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(proof[:]) {
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	answer(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": 3600, "id_token": a.IDToken(q)})
}

// IDToken makes the token of the one person for what a browser asked with.
func (a *Authority) IDToken(asked url.Values) string {
	now, nonce := a.clock.Now(), asked.Get("nonce")
	proven := a.Since
	if proven.IsZero() || asked.Get("prompt") == "login" || asked.Get("max_age") == "0" {
		proven = now
	}
	said := jwt.MapClaims{
		"iss": a.URL + "/" + Tenant + "/v2.0", "aud": Client, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		"tid": Tenant, "oid": Object, "sub": "pairwise", "nonce": nonce, "ver": "2.0", "email": "ada@tenant.example", "auth_time": proven.Unix(),
	}
	if a.Claims != nil {
		a.Claims(said)
	}
	if a.Sign != nil {
		return a.Sign(said)
	}
	return a.Signed(said, a.Key)
}

// Signed signs claims by RS256 under the name of the published key.
func (a *Authority) Signed(said jwt.MapClaims, key *rsa.PrivateKey) string {
	t := jwt.NewWithClaims(jwt.SigningMethodRS256, said)
	t.Header["kid"] = Kid
	text, err := t.SignedString(key)
	if err != nil {
		panic(err) // the key is made above
	}
	return text
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
