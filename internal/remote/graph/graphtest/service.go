package graphtest

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"kept/internal/clock"
)

// Service is the whole service, with every organisation that uses it.
type Service struct {
	Clock   clock.Clock
	Latency time.Duration // of every call to the API
	Limits  Limits

	mu       sync.Mutex
	tenants  map[string]*Tenant
	sessions map[string]*session // by token
	broken   func(r *http.Request) int
	spoils   func(body string) string // why a contact is not taken, empty: it is
	counts   map[string]int           // calls by what they were: "POST contacts"
	made     int                      // ids
	pictures map[[32]byte][]byte      // each once, however many contacts have it
}

// New returns a service without organisations, with the published limits.
func New(c clock.Clock) *Service {
	return &Service{Clock: c, Limits: Published, tenants: map[string]*Tenant{}, sessions: map[string]*session{}, counts: map[string]int{}, pictures: map[[32]byte][]byte{}}
}

// Tenant is an organisation.
type Tenant struct {
	ID       string
	service  *Service
	apps     map[string]*app
	users    *list
	contacts *list
	groups   map[string]*group
	boxes    map[string]*mailbox
	photos   map[string]*photo // of users
	life     time.Duration     // of links to changes
}

type app struct {
	secret  string
	leaf    *x509.Certificate
	allowed map[string]bool // mailboxes; nil: all
	granted []string        // permissions of the directory; nil: all
}

type session struct {
	tenant *Tenant
	app    string
	until  time.Time
}

// Tenant returns the organisation of an id and makes it if there is none.
func (s *Service) Tenant(id string) *Tenant {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tenants[id]
	if t == nil {
		t = &Tenant{
			ID: id, service: s, apps: map[string]*app{}, users: newList(), contacts: newList(), groups: map[string]*group{},
			boxes: map[string]*mailbox{}, photos: map[string]*photo{}, life: 7 * 24 * time.Hour,
		}
		s.tenants[id] = t
	}
	return t
}

// Register lets an application in by a secret.
func (t *Tenant) Register(client, secret string) {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	t.apps[client] = &app{secret: secret}
}

// RegisterCertificate lets an application in by a certificate.
func (t *Tenant) RegisterCertificate(client string, leaf *x509.Certificate) {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	t.apps[client] = &app{leaf: leaf}
}

// Restrict limits an application to some mailboxes, as RBAC for Applications does.
func (t *Tenant) Restrict(client string, mailboxes ...string) {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	t.apps[client].allowed = map[string]bool{}
	for _, m := range mailboxes {
		t.apps[client].allowed[strings.ToLower(m)] = true
	}
}

// Permit limits what an application may read of the directory, by the names of its
// permissions.
func (t *Tenant) Permit(client string, permissions ...string) {
	t.service.mu.Lock()
	defer t.service.mu.Unlock()
	t.apps[client].granted = append([]string{}, permissions...)
}

// Break has calls answered with a status of its own where decide returns one, after
// they were carried out if the status is 502 and the call writes: a connection that
// breaks behind the work.
func (s *Service) Break(decide func(r *http.Request) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = decide
}

// Spoil has contacts refused for which decide says why.
func (s *Service) Spoil(decide func(body string) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spoils = decide
}

// Revoke ends every token, as a new secret or a lapse does.
func (s *Service) Revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions = map[string]*session{}
}

// Counts returns how often what was called since the last time, refusals for the
// rate under "429".
func (s *Service) Counts() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := s.counts
	s.counts = map[string]int{}
	return counts
}

// id returns a new id. The service's lock is held.
func (s *Service) id(kind string) string {
	s.made++
	return fmt.Sprintf("%s-%08d", kind, s.made)
}

// picture returns the one copy of a picture. The service's lock is held.
func (s *Service) picture(jpeg []byte) []byte {
	sum := sha256.Sum256(jpeg)
	if s.pictures[sum] == nil {
		s.pictures[sum] = jpeg
	}
	return s.pictures[sum]
}

// token gives an application a token (OAuth 2.0 client credentials).
func (s *Service) token(w http.ResponseWriter, r *http.Request, tenant string) {
	if err := r.ParseForm(); err != nil || r.PostForm.Get("grant_type") != "client_credentials" {
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tenants[tenant]
	client := r.PostForm.Get("client_id")
	if t == nil || t.apps[client] == nil || !t.apps[client].proves(r, client, s.Clock.Now()) {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client", "error_description": "AADSTS7000215: the client is not known by what it shows.\r\nTrace ID: 0"})
		return
	}
	value := s.id("token")
	s.sessions[value] = &session{tenant: t, app: client, until: s.Clock.Now().Add(time.Hour)}
	answer(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": value})
}

// proves checks a secret, or a statement signed with the certificate's key.
func (a *app) proves(r *http.Request, client string, now time.Time) bool {
	if a.leaf == nil {
		return a.secret != "" && r.PostForm.Get("client_secret") == a.secret
	}
	claims := jwt.MapClaims{}
	parser := jwt.NewParser(jwt.WithTimeFunc(func() time.Time { return now }), jwt.WithIssuer(client), jwt.WithSubject(client),
		jwt.WithExpirationRequired(), jwt.WithValidMethods([]string{"PS256"}))
	sum := sha256.Sum256(a.leaf.Raw)
	t, err := parser.ParseWithClaims(r.PostForm.Get("client_assertion"), claims, func(*jwt.Token) (any, error) { return a.leaf.PublicKey, nil })
	return err == nil && t.Header["x5t#S256"] == base64.RawURLEncoding.EncodeToString(sum[:]) && claims["jti"] != nil
}
