package analytics

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"

	"kept/internal/access"
	"kept/internal/activity"
	"kept/internal/agent"
	"kept/internal/consent"
	"kept/internal/manifest"
	"kept/internal/recent"
	"kept/internal/store"
)

// Path is where the browser sends events.
const Path = access.Prefix + "/events"

// What is remembered between requests; none of it is stored.
const (
	agentsKept   = 4096   // User-Agent headers
	visitorsKept = 65_536 // visitors and whose they are
)

// Kind is the analytics as a kind of activity.
type Kind struct{}

// Manifest declares the kind.
func (Kind) Manifest() manifest.Manifest { return Manifest() }

// Migrate makes nothing: the kind's only table is the event store's.
func (Kind) Migrate(context.Context, *store.DB) error { return nil }

// Open starts the kind; what runs is a *Collector.
func (Kind) Open(ctx context.Context, env activity.Env) (activity.Running, error) {
	return Open(ctx, env)
}

// Collector takes events in and reports on them. It is safe for concurrent use.
type Collector struct {
	env      activity.Env
	signer   signer
	agents   *agent.Reader
	visitors *recent.Cache[visitKey, *identity]
	beacon   *activity.Beacon
	plan     atomic.Pointer[plan]
}

// Open starts the collector.
func Open(ctx context.Context, env activity.Env) (*Collector, error) {
	key, err := env.Vault.Secret(ctx, "analytics.visitor", 32)
	if err != nil {
		return nil, fmt.Errorf("analytics: the key of visitor cookies: %w", err)
	}
	beacon, err := env.Beacon(eventTable)
	if err != nil {
		return nil, err
	}
	return &Collector{env: env, signer: newSigner(key), agents: agent.New(agentsKept), visitors: recent.New[visitKey, *identity](visitorsKept), beacon: beacon}, nil
}

// Routes are the kind's lines of the access table: one.
func (c *Collector) Routes() []access.Route {
	return []access.Route{{
		Door: access.Site, Method: http.MethodPost, Pattern: Path, Right: access.Browser, MaxBody: maxBody,
		CrossOrigin: true, // checks the declared origins itself
		Handle:      c.collect,
	}}
}

// Close ends the collector: what it acknowledged is durable already.
func (c *Collector) Close(context.Context) error { return nil }

// collect answers 204 once the events are on the disk, or when there is nothing
// in them that the policy lets be kept. It refuses requests from other sites,
// without consent (403) and without an entry in the policy (404).
func (c *Collector) collect(w http.ResponseWriter, r *http.Request) error {
	p := c.current()
	st, err := c.beacon.Admit(r, p.activity)
	if err != nil {
		return err
	}
	events, err := c.read(r)
	if err != nil {
		return err
	}
	v, err := c.visit(r, p, st.Decision)
	if err != nil {
		return err
	}
	if !v.stopped {
		if err := c.store(r.Context(), p, st, v, c.rows(p, v, r, events)); err != nil {
			return err
		}
		if v.cookie != nil {
			http.SetCookie(w, v.cookie)
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// read returns the events of a request's body.
func (c *Collector) read(r *http.Request) ([]sent, error) {
	body, err := c.beacon.Read(r, maxBody)
	if err != nil {
		return nil, err
	}
	return parse(body, c.env.Clock.Now())
}

// store makes rows durable.
func (c *Collector) store(ctx context.Context, p *plan, st consent.State, v visit, rows []row) error {
	return c.beacon.Store(ctx, p.activity.Key, st, v.subject, rows...)
}
