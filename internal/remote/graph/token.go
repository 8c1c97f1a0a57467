package graph

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"kept/internal/fault"
)

// ErrNoToken says that the application was not let in at all: its secret or its
// certificate is wrong or has expired, or there is no such application.
var ErrNoToken = errors.New("no token from Microsoft for the application")

// Credential proves to the token service that it is the application who asks.
type Credential interface {
	// proof adds the proof to a request for a token that goes to an address.
	proof(form url.Values, client, address string, now time.Time) error
}

// Secret is an application's client secret. Its text is in no error.
type Secret struct{ Reveal func() string }

func (s Secret) proof(form url.Values, _, _ string, _ time.Time) error {
	form.Set("client_secret", s.Reveal())
	return nil
}

// Certificate is an application's certificate with its RSA key: the way that the
// service's makers recommend, since nothing secret is sent.
type Certificate struct {
	Leaf *x509.Certificate
	Key  crypto.Signer
}

// assertionLife is how long the signed statement is good for; it is used at once.
const assertionLife = 5 * time.Minute

func (c Certificate) proof(form url.Values, client, address string, now time.Time) error {
	sum := sha256.Sum256(c.Leaf.Raw)
	id := make([]byte, 16)
	_, _ = rand.Read(id) // it never fails
	t := jwt.NewWithClaims(jwt.SigningMethodPS256, jwt.MapClaims{
		"aud": address, "iss": client, "sub": client, "jti": hex.EncodeToString(id),
		"nbf": now.Add(-time.Minute).Unix(), "iat": now.Unix(), "exp": now.Add(assertionLife).Unix(),
	})
	t.Header["x5t#S256"] = base64.RawURLEncoding.EncodeToString(sum[:])
	signed, err := t.SignedString(c.Key)
	if err != nil {
		return fault.New(fault.Invalid, "the application's certificate needs an RSA key: %w", err)
	}
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", signed)
	return nil
}

// tokens keeps the application's access token (RFC 6749, section 4.4).
type tokens struct {
	client *Client

	mu    sync.Mutex
	value string
	until time.Time
}

// early is how long before its end a token is not used any more.
const early = 2 * time.Minute

// get returns a token that is good for a while.
func (t *tokens) get(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.value != "" && t.client.Clock.Now().Before(t.until) {
		return t.value, nil
	}
	return t.fetch(ctx)
}

// renew returns another token than the one that was refused.
func (t *tokens) renew(ctx context.Context, refused string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.value != refused && t.value != "" {
		return t.value, nil
	}
	return t.fetch(ctx)
}

func (t *tokens) fetch(ctx context.Context) (string, error) {
	c := t.client
	address := strings.TrimRight(c.Login, "/") + "/" + c.Tenant + "/oauth2/v2.0/token"
	now := c.Clock.Now()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.Client}, "scope": {c.base.Scheme + "://" + c.base.Host + "/.default"}}
	if err := c.Credential.proof(form, c.Client, address, now); err != nil {
		return "", err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", fault.New(fault.Invalid, "the address of the token service is not one: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := c.Transport.RoundTrip(r)
	if err != nil {
		return "", fault.New(fault.Unavailable, "the token service of Microsoft does not answer: %w", err)
	}
	defer answer.Body.Close()
	var given struct {
		Token   string `json:"access_token"`
		Seconds int    `json:"expires_in"`
		Error   string `json:"error"`
		Says    string `json:"error_description"`
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, mostAnswer)).Decode(&given); err != nil {
		return "", fault.New(fault.Unavailable, "the token service of Microsoft answered %s with no JSON: %w", answer.Status, err)
	}
	if given.Token == "" {
		return "", fault.New(fault.Forbidden, "%w (%s): %s", ErrNoToken, given.Error, firstLine(given.Says))
	}
	t.value, t.until = given.Token, now.Add(time.Duration(given.Seconds)*time.Second-early)
	return t.value, nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSpace(line[:min(len(line), 300)])
}
