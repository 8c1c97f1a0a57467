package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

// Consent reads what a visitor decided, without a database.
type Consent interface {
	State(r *http.Request) consent.State
	// Renew is called for answers that are pages, before their headers are written.
	Renew(w http.ResponseWriter, s consent.State)
}

// Log is the access log: it holds load peaks off and keeps what it may.
type Log interface {
	// Admit reports whether a request from client may pass now, and if not, when
	// it may be tried again.
	Admit(client netip.Addr) (retryAfter time.Duration, ok bool)
	Record(e Entry)
}

// Entry is one request as the access log gets it. What of it is stored is the
// log's to decide.
type Entry struct {
	At        time.Time
	Client    netip.Addr
	Method    string
	Path      string
	Query     string
	Referrer  string
	UserAgent string
	Status    int
	Bytes     int64 // of the body as sent
	Duration  time.Duration
}

// Snippet is what Kept adds to a whole page.
type Snippet struct {
	Head string // before </head>: elements that a head may hold
	Foot string // before </body>
}

// Page is what a snippet may depend on.
type Page struct {
	Language string // de or en
	Path     string // path and query, to come back to
	Nonce    string // of the site's own script-src; a script of Kept's must carry it if not empty
	State    consent.State
}

// Config is what a gateway stands on.
type Config struct {
	Site    Site
	Policy  func() *policy.Policy
	Consent Consent
	Log     Log
	Kept    http.Handler       // everything below /privacy, and /.well-known/gpc.json
	Snippet func(Page) Snippet // nil: nothing is added to pages

	Public  *url.URL       // the site's address as visitors see it; nil: as they ask for it
	Own     []string       // further hosts of the operator's own, as name or name:port
	Cookies []string       // cookies that the site needs beyond those the policy names; a name may end in *
	Trusted []netip.Prefix // proxies whose forwarding headers are believed

	DB     *store.DB // keeps the drift; nil: only in memory
	Clock  clock.Clock
	Logger *slog.Logger
}

// Gateway is a handler in front of one site. It is safe for concurrent use.
type Gateway struct {
	Config
}

// New checks c and makes the gateway's tables.
func New(ctx context.Context, c Config) (*Gateway, error) {
	if c.Site.transport == nil || c.Policy == nil || c.Consent == nil || c.Log == nil || c.Kept == nil || c.Clock == nil || c.Logger == nil {
		return nil, fault.New(fault.Invalid, "the gateway lacks a site, a policy, consent, a log, Kept's own pages, a clock or a logger")
	}
	return &Gateway{Config: c}, nil
}

// Run flushes what was blocked to the database every few seconds until ctx
// ends, and once more then.
func (g *Gateway) Run(ctx context.Context) error { return nil }

// Drift returns what was held back, most recent first.
func (g *Gateway) Drift(ctx context.Context) ([]Drift, error) { return nil, nil }

// Drift is one difference between the site and the policy: something that the
// site uses and that was held back.
type Drift struct {
	Name    string // host, or the name of a cookie
	Element string // script, iframe, link, css, … or cookie
	Service string // the declared service that waits for consent; empty: nothing declares it
	Page    string // path without query
	First   time.Time
	Last    time.Time
	Count   int64
}

// ServeHTTP implements http.Handler.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	http.Error(w, "", http.StatusBadGateway)
}
