package center

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"kept/internal/access"
	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/duty/rights"
	"kept/internal/policy"
)

// Consent is what the center asks of the room of decisions.
type Consent interface {
	Admit(r *http.Request) error // TooMany if the client decides too often
	State(r *http.Request) consent.State
	Decide(ctx context.Context, q consent.Request) (consent.Outcome, error)
	Once(service string) (*http.Cookie, error)
	Subject(ctx context.Context, decision string) (string, error)
	Decisions(ctx context.Context, subject string) ([]consent.Decision, error)
	Receipt(ctx context.Context, id string) ([]byte, error)
	Notice(ctx context.Context, hash string) (consent.Notice, error)
	Notices(ctx context.Context) ([]consent.Notice, error)
}

// Rights is what the center asks of the duty to answer.
type Rights interface {
	Access(ctx context.Context, subject string) (rights.Copy, error)
	Preview(ctx context.Context, subject string) (goes, stays []rights.Part, err error)
	Erase(ctx context.Context, subject string) (request string, err error)
	Object(ctx context.Context, subject, activity string) (request string, err error)
	Restrict(ctx context.Context, subject, reason string) (request string, err error)
	Lift(ctx context.Context, subject string) error
	Request(ctx context.Context, id string) (rights.Request, error)
	Requests(ctx context.Context, subject string) ([]rights.Request, error)
}

// Subjects is what the center asks of the registry of persons.
type Subjects interface {
	Restricted(ctx context.Context) (map[string]bool, error)
}

// Holder tells whom a browser's cookie stands for: the subject's id, empty if
// the request carries no valid pseudonym of the kind.
type Holder func(ctx context.Context, r *http.Request) (subject string, err error)

// Deps is what the center stands on.
type Deps struct {
	Policy   func() *policy.Policy // in force at this moment
	Consent  Consent
	Rights   Rights
	Subjects Subjects
	Ledger   Ledger
	Holders  []Holder // pseudonyms beside the consent decision's own
	Clock    clock.Clock
	// Origins are the origins of pages served elsewhere that may show the banner
	// (script-tag use), as in https://www.example.com.
	Origins []string
	// StandIn returns what takes the place of an element of a service on such
	// pages; nil where there are none.
	StandIn func(lang, service string) string
	// Served is told of every right that somebody exercised here at once, by the
	// pseudonym that the browser holds: right, activity, language, and the request
	// that goes on, if one does. Nil where nobody keeps a register.
	Served func(ctx context.Context, right rights.Right, activity, lang, request string) error
	// GPCSince is the day since which the signal is honoured, for gpc.json.
	GPCSince time.Time
}

// Center serves the pages. It is safe for concurrent use.
type Center struct {
	Deps
	origins *http.CrossOriginProtection
	current atomic.Pointer[edition]
	head    handedOut
}

// New returns a center. It errs if an origin is not one.
func New(d Deps) (*Center, error) {
	c := &Center{Deps: d, origins: http.NewCrossOriginProtection()}
	for _, o := range d.Origins {
		if err := c.origins.AddTrustedOrigin(o); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Routes are the center's lines of the access table: the same on the site and at the
// portal, which have origins of their own, so a browser decides at each.
func (c *Center) Routes() []access.Route { return append(c.at(access.Site), c.at(access.Portal)...) }

func (c *Center) at(door access.Door) []access.Route {
	get := func(pattern string, right access.Right, h access.Handler) access.Route {
		return access.Route{Door: door, Method: http.MethodGet, Pattern: pattern, Right: right, Handle: h}
	}
	post := func(pattern string, h access.Handler) access.Route {
		return access.Route{Door: door, Method: http.MethodPost, Pattern: pattern, Right: access.Browser, MaxBody: 16 << 10, Handle: h}
	}
	choice := post("/privacy/choice", c.choose)
	choice.CrossOrigin = true // checks the declared origins itself
	return []access.Route{
		get("/privacy", access.Anyone, c.notice),
		get("/privacy/{$}", access.Anyone, c.notice),
		get("/privacy/notice/{hash}", access.Anyone, c.version),
		get("/privacy/versions", access.Anyone, c.versions),
		get("/privacy/settings", access.Browser, c.settings),
		choice,
		get("/privacy/receipts", access.Browser, c.receipts),
		get("/privacy/receipts/{id}", access.Browser, c.receipt),
		get("/privacy/ledger/checkpoint", access.Anyone, c.checkpoint),
		get("/privacy/ledger/key", access.Anyone, c.key),
		get("/privacy/me", access.Browser, c.me),
		get("/privacy/me.json", access.Browser, c.meJSON),
		get("/privacy/me.html", access.Browser, c.meHTML),
		post("/privacy/me/object", c.object),
		post("/privacy/me/restrict", c.restrict),
		post("/privacy/me/lift", c.lift),
		get("/privacy/me/erase", access.Browser, c.beforeErasing),
		post("/privacy/me/erase", c.erase),
		get("/privacy/me/requests/{ids}", access.Browser, c.request),
		get("/privacy/banner.html", access.Browser, c.banner),
		get("/privacy/kept.js", access.Anyone, asset("kept.js")),
		get("/privacy/kept.css", access.Anyone, asset("kept.css")),
		get("/privacy/center.css", access.Anyone, asset("center.css")),
		get("/.well-known/gpc.json", access.Anyone, c.gpc),
	}
}
