package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kept/internal/address"
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
	Head string // at the end of the head
	Body string // at the beginning of the body
}

// Page is what a snippet may depend on.
type Page struct {
	Language string // as <html lang> says it, else what the visitor prefers
	Path     string // path and query, to come back to
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
	// Notice names the notice in force in a language, for the choices that
	// stand-ins offer: nobody agrees to a text that was not the one shown.
	Notice func(lang string) (hash string)

	Public  *url.URL       // the site's address as visitors see it; nil: as they ask for it
	Own     []string       // further hosts of the operator's own, as name or name:port
	Trusted []netip.Prefix // proxies whose forwarding headers are believed
	// Patience is how long a request's body may pause; zero: a minute.
	Patience time.Duration

	DB     *store.DB // keeps the drift; nil: only in memory
	Clock  clock.Clock
	Logger *slog.Logger
}

// Gateway is a handler in front of one site. It is safe for concurrent use.
type Gateway struct {
	Config
	proxy    *httputil.ReverseProxy
	drifts   *drifts
	register atomic.Pointer[register]
}

// New checks c and makes the gateway's table.
func New(ctx context.Context, c Config) (*Gateway, error) {
	if c.Site.transport == nil || c.Policy == nil || c.Consent == nil || c.Log == nil || c.Kept == nil || c.Notice == nil || c.Clock == nil || c.Logger == nil {
		return nil, fault.New(fault.Invalid, "the gateway lacks a site, a policy, its notice, consent, a log, Kept's own pages, a clock or a logger")
	}
	drifts, err := openDrifts(ctx, c.DB, c.Clock)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	if c.Public != nil {
		c.Own = append(slices.Clone(c.Own), c.Public.Host)
	}
	g := &Gateway{Config: c, drifts: drifts}
	g.proxy = &httputil.ReverseProxy{
		Rewrite:        g.ask,
		Transport:      wholePages{c.Site.transport},
		ModifyResponse: g.govern,
		ErrorHandler:   g.outage,
		BufferPool:     buffers{},
		ErrorLog:       slog.NewLogLogger(c.Logger.Handler(), slog.LevelDebug),
	}
	return g, nil
}

// Run keeps what was held back in the database, every few seconds until ctx
// ends and once more then.
func (g *Gateway) Run(ctx context.Context) error {
	g.drifts.run(ctx, func(err error) {
		g.Logger.WarnContext(ctx, "the drift could not be stored, it is kept for later", "error", err)
	})
	return nil
}

// Drift returns what was held back, most recent first.
func (g *Gateway) Drift(ctx context.Context) ([]Drift, error) { return g.drifts.all(ctx) }

// ServeHTTP implements http.Handler.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := &visit{gateway: g, in: r, client: address.Client(r, g.Trusted), began: g.Clock.Now()}
	answer := &answer{ResponseWriter: w, visit: v}
	defer v.record(answer)
	retryAfter, ok := g.Log.Admit(v.client)
	switch {
	case !ok:
		v.peak(answer, retryAfter)
	case tooMany(r):
		v.page(answer, http.StatusRequestHeaderFieldsTooLarge, "crowd")
	case r.Method == http.MethodConnect || r.Method == http.MethodTrace:
		v.page(answer, http.StatusMethodNotAllowed, "method")
	case isKept(r.URL.Path):
		g.Kept.ServeHTTP(answer, v.forKept())
	default:
		v.enter()
		v.expectBody(answer)
		g.proxy.ServeHTTP(answer, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
	}
}

// Inspection returns the site as the house itself looks at it: an answer like a
// visitor's, and no line in the log nor a count of what was held back. What marks
// such a request is in its context, where nothing that comes from outside can be.
func (g *Gateway) Inspection() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), inspectionKey{}, true)))
	})
}

type inspectionKey struct{}

// inspects reports whether the house itself asks.
func inspects(r *http.Request) bool { return r.Context().Value(inspectionKey{}) != nil }

// isKept reports whether a path is Kept's own, not the site's.
func isKept(path string) bool {
	return path == "/privacy" || strings.HasPrefix(path, "/privacy/") || path == "/.well-known/gpc.json"
}

// current returns the policy in force, sorted.
func (g *Gateway) current() *register {
	p := g.Policy()
	if r := g.register.Load(); r != nil && r.policy == p {
		return r
	}
	r := newRegister(p, g.Own)
	g.register.Store(r)
	return r
}

// buffers are what bodies are copied through.
type buffers struct{}

var bufferPool = sync.Pool{New: func() any { return new([32 << 10]byte) }}

func (buffers) Get() []byte  { return bufferPool.Get().(*[32 << 10]byte)[:] }
func (buffers) Put(b []byte) { bufferPool.Put((*[32 << 10]byte)(b)) }
