package console

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"kept/internal/access"
	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/duty/audit"
	"kept/internal/duty/register"
	"kept/internal/duty/retain"
	"kept/internal/duty/rights"
	"kept/internal/egress"
	"kept/internal/job"
	"kept/internal/ledger"
	"kept/internal/manifest"
	keptpage "kept/internal/page"
	"kept/internal/policy"
	"kept/internal/staff"
	"kept/internal/store"
	"kept/internal/store/event"
)

// Deps is what the console shows and calls.
type Deps struct {
	Policy    func() *policy.Policy // in force at this moment
	Manifests []manifest.Manifest
	DB        *store.DB
	Events    *event.Store
	Staff     *staff.Staff
	Consent   *consent.Service
	Ledger    *ledger.Ledger
	Jobs      *job.Queue
	Egress    *egress.Egress
	Retain    *retain.Sweeper
	Rights    *rights.Desk
	Audit     *audit.Auditor
	Clock     clock.Clock
	Secure    bool           // the console is reached by https
	Trusted   []netip.Prefix // proxies whose forwarding headers are believed

	// Drift returns what the gateway held back, the most frequent first.
	Drift func(ctx context.Context) ([]Drift, error)
	// Visits returns the statistics of [from, to); nil where nothing measures.
	Visits func(ctx context.Context, from, to time.Time) (*Visits, error)
	// Entries are the lines of the navigation that kinds of activity bring for a
	// role; nil where none does.
	Entries func(role access.Role) []keptpage.Entry
	// Serving adds to a record on whose behalf this instance acts; by is who sees them
	// named, empty: only how many. nil: the record says nothing of that.
	Serving func(ctx context.Context, r *register.Record, by string) error
	// Apart is how far this node's clock is ahead of the database's, 0 while they agree;
	// nil where nobody compares.
	Apart func() time.Duration
	// TakeOver tries again to put the policy file in force, after a person has
	// confirmed what that ends.
	TakeOver func(ctx context.Context) error
}

// Drift is one thing that pages of the site tried and the gateway held back.
type Drift struct {
	Name, Element, Page string // Name is a host, or the name of a cookie
	Declared            bool   // the policy names it; it waits for consent
	First, Last         time.Time
	Count               int64
}

// Visits are the statistics of a time.
type Visits struct {
	Visits, Visitors, Views int64
	Average                 time.Duration // of a visit
	Days                    []Day
	Lists                   []List
}

// List is a ranking: pages, sources, countries, … Key names its words.
type List struct {
	Key   string
	Items []Named
}

// Day is a number on a day.
type Day struct {
	Day   time.Time
	Count int64
}

// Named is a number under a name.
type Named struct {
	Name  string
	Count int64
}

// Console serves the pages. It is safe for concurrent use.
type Console struct{ Deps }

// New returns a console.
func New(d Deps) *Console { return &Console{Deps: d} }

// Routes are the console's lines of the access table.
func (c *Console) Routes() []access.Route {
	line := func(method, pattern string, right access.Right, h access.Handler) access.Route {
		return access.Route{Door: access.Console, Method: method, Pattern: pattern, Right: right, MaxBody: 16 << 10, Handle: h}
	}
	return append([]access.Route{
		line(http.MethodGet, "/link/{token}", access.SignIn, c.link),
		line(http.MethodPost, "/link/{token}", access.SignIn, c.redeem),
		line(http.MethodGet, "/sign-in", access.SignIn, c.signInForm),
		line(http.MethodPost, "/sign-in", access.SignIn, c.signIn),
		line(http.MethodPost, "/sign-out", access.SignIn, c.signOut),
		line(http.MethodGet, "/console.css", access.Anyone, c.style),
		line(http.MethodGet, "/password", access.Overview, c.passwordForm),
		line(http.MethodPost, "/password", access.Overview, c.setPassword),
		line(http.MethodGet, "/{$}", access.Overview, c.overview),
		line(http.MethodGet, "/held/{activity}", access.Overview, c.held),
		line(http.MethodGet, "/due", access.Overview, c.due),
		line(http.MethodPost, "/due/{plan}", access.Operate, c.answerPlan),
		line(http.MethodPost, "/jobs/{job}", access.Operate, c.retryJob),
		line(http.MethodGet, "/promises", access.Overview, c.promises),
		line(http.MethodPost, "/promises", access.Audit, c.auditNow),
		line(http.MethodGet, "/promises/{audit}", access.Overview, c.audited),
		line(http.MethodGet, "/record", access.Overview, c.record),
		line(http.MethodGet, "/record/{format}", access.Overview, c.recordFile),
		line(http.MethodGet, "/visits", access.Overview, c.statistics),
		line(http.MethodGet, "/drift", access.Overview, c.heldBack),
		line(http.MethodGet, "/ledger", access.Overview, c.log),
	}, c.holdRoutes(line)...)
}
