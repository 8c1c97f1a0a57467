// Package cleverreachtest is a stand-in for CleverReach, written from its
// published documentation: an account with groups, receivers, filters, mailings
// and hooks, over TLS on loopback, with its limits and its errors. It sends
// nothing: it writes down to whom a mailing would have gone.
package cleverreachtest

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"kept/internal/clock"
	"kept/internal/remote/cleverreach"
	"kept/internal/vault"
)

// Host is the name under which the server answers: that of its certificate.
const Host = "example.com"

// Server is CleverReach as far as a test needs it. Its fields may be changed while
// nothing is asked.
type Server struct {
	Account cleverreach.Account
	Clock   clock.Clock
	// Down has every call answered 503, Busy so many calls 429, Lost so many
	// deletions acknowledged and not done.
	Down       bool
	Busy, Lost int

	mu       sync.Mutex
	server   *httptest.Server
	tokens   map[string]bool
	next     int64
	groups   []*group
	mailings []*mailing
	hook     *hook
	Calls    []string // method and path
	Bodies   []string // of what was sent
}

type group struct {
	id         int64
	name       string
	attributes []string
	filters    []filter
	receivers  []*cleverreach.Receiver
}

type filter struct {
	id        int64
	name, tag string
}

type mailing struct {
	id               int64
	name, state      string
	Filter           int64
	Subject, Content string
	To               []string
}

type hook struct{ address, token string }

// New starts a server that ends with the test.
func New(t testing.TB, clk clock.Clock) *Server {
	s := &Server{Account: cleverreach.Account{ID: "client", Secret: vault.NewSecret("s3cret-of-the-app")}, Clock: clk, tokens: map[string]bool{}, next: 1000}
	s.server = httptest.NewTLSServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.server.Close)
	return s
}

// Roots are what vouches for the server's certificate.
func (s *Server) Roots() *x509.CertPool {
	roots := x509.NewCertPool()
	roots.AddCert(s.server.Certificate())
	return roots
}

// LookupNetIP gives Host a public address, as egress wants it.
func (s *Server) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("93.184.216.34")}, nil
}

// Dial reaches the server whatever the address.
func (s *Server) Dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, s.server.Listener.Addr().String())
}

// HTTP is a client that reaches the server without egress.
func (s *Server) HTTP() *http.Client {
	c := s.server.Client()
	c.Transport.(*http.Transport).DialContext = s.Dial
	return c
}

// Receivers returns who stands in the group called name.
func (s *Server) Receivers(name string) []cleverreach.Receiver {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []cleverreach.Receiver
	for _, g := range s.groups {
		if g.name == name {
			for _, r := range g.receivers {
				found = append(found, *r)
			}
		}
	}
	return found
}

// Sent returns to whom the mailings that were released went, one list each.
func (s *Server) Sent() (all [][]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.mailings {
		if m.state != "draft" {
			all = append(all, slices.Clone(m.To))
		}
	}
	return all
}

// Content returns the text of the mailing called name.
func (s *Server) Content(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.mailings {
		if m.name == name {
			return m.Subject + "\n" + m.Content
		}
	}
	return ""
}

// Unsubscribe has a receiver leave by a link in a mail of the provider, or its
// address bounce. It returns the hook's call, nil if no hook was made.
func (s *Server) Unsubscribe(email string, bounced bool) (call *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.groups {
		for _, r := range g.receivers {
			if r.Email != email {
				continue
			}
			r.Deactivated = s.Clock.Now().Unix()
			if bounced {
				r.Bounced = r.Deactivated
			}
			if s.hook != nil {
				body := fmt.Sprintf(`{"event":"receiver.unsubscribed","condition":"%d","payload":{"group_id":"%d","pool_id":"%d"}}`, g.id, g.id, r.ID)
				call = httptest.NewRequest(http.MethodPost, s.hook.address, strings.NewReader(body))
				call.Header.Set("Content-Type", "application/json")
				call.Header.Set(cleverreach.CallToken, s.hook.token)
			}
		}
	}
	return call
}

// Expire ends every token before its time.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = map[string]bool{}
}

func (s *Server) id() int64 { s.next++; return s.next }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Calls = append(s.Calls, r.Method+" "+r.URL.Path)
	switch {
	case s.Down:
		fail(w, http.StatusServiceUnavailable, "maintenance")
	case s.Busy > 0:
		s.Busy--
		fail(w, http.StatusTooManyRequests, "too many requests")
	case r.URL.Path == "/oauth/token.php":
		s.grant(w, r)
	case !s.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]:
		fail(w, http.StatusUnauthorized, "Unauthorized: token expired")
	default:
		s.route(w, r)
	}
}

func (s *Server) grant(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	if r.Method != http.MethodPost || id != s.Account.ID || secret != s.Account.Secret.Reveal() || r.PostFormValue("grant_type") != "client_credentials" {
		w.WriteHeader(http.StatusUnauthorized)
		answer(w, map[string]string{"error": "invalid_client", "error_description": "The client credentials are invalid"})
		return
	}
	token := fmt.Sprintf("token-%d", s.id())
	s.tokens[token] = true
	answer(w, map[string]any{"access_token": token, "expires_in": 2_592_000, "token_type": "bearer", "scope": nil})
}

func fail(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	answer(w, map[string]any{"error": map[string]any{"code": status, "message": message}})
}

func answer(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) }
