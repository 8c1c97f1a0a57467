package analytics

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"kept/internal/access"
	"kept/internal/activity"
	"kept/internal/agent"
	"kept/internal/consent"
	"kept/internal/fault"
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
	noise    maphash.Seed
	origins  *http.CrossOriginProtection
	plan     atomic.Pointer[plan]
}

// Open starts the collector.
func Open(ctx context.Context, env activity.Env) (*Collector, error) {
	key, err := env.Vault.Secret(ctx, "analytics.visitor", 32)
	if err != nil {
		return nil, fmt.Errorf("analytics: the key of visitor cookies: %w", err)
	}
	c := &Collector{env: env, signer: newSigner(key), agents: agent.New(agentsKept), visitors: recent.New[visitKey, *identity](visitorsKept), noise: maphash.MakeSeed(), origins: http.NewCrossOriginProtection()}
	for _, o := range env.Origins {
		if err := c.origins.AddTrustedOrigin(o); err != nil {
			return nil, fault.New(fault.Invalid, "%q is no origin: %w", o, err)
		}
	}
	return c, nil
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
	if p.activity == nil {
		return fault.New(fault.NotFound, "nothing is counted here")
	}
	if err := c.origins.Check(r); err != nil {
		return fault.New(fault.Forbidden, "these events came from another site: %w", err)
	}
	st := c.env.Consent.State(r)
	if st.Decision == "" || !st.AllowsGroup(p.activity.Group) {
		return fault.New(fault.Refused, "no consent, no statistics")
	}
	events, err := read(r, c.env.Clock.Now())
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
func read(r *http.Request, now time.Time) ([]sent, error) {
	if r.ContentLength > maxBody {
		return nil, fault.New(fault.TooLarge, "a request holds at most %d bytes", maxBody)
	}
	size := r.ContentLength
	if size <= 0 {
		size = 512 // it did not say
	}
	body := make([]byte, 0, size)
	for {
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case errors.Is(err, io.EOF):
			return parse(body, now)
		case err != nil:
			return nil, unread(err)
		case len(body) == cap(body):
			body = append(body, 0)[:len(body)]
		}
	}
}

// unread gives an error of reading a body its kind: the client's, as a rule.
func unread(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return fault.New(fault.TooLarge, "a request holds at most %d bytes: %w", large.Limit, err)
	}
	return fault.New(fault.Invalid, "the request broke off: %w", err)
}

// store makes rows durable. A consent that ended meanwhile takes them back,
// since the deletion that follows a withdrawal may have run before.
func (c *Collector) store(ctx context.Context, p *plan, st consent.State, v visit, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	// Whether the browser waits for the answer or has left, what it sent is stored.
	if err := c.env.Events.Append(context.WithoutCancel(ctx), eventTable, rows...); err != nil {
		return fmt.Errorf("store events: %w", err)
	}
	if v.subject == "" || !c.env.Consent.Ended(st) {
		return nil
	}
	if err := c.takeBack(ctx, p.activity.Key, v.subject); err != nil {
		return fmt.Errorf("take back events of a consent that ended: %w", err)
	}
	return nil
}

// takeBack erases a person's events, unless a hold keeps them: it kept them from
// the withdrawal too.
func (c *Collector) takeBack(ctx context.Context, activity, person string) error {
	holds, err := c.env.Subjects.Holds(ctx)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if (h.Activity == "" || h.Activity == activity) && (h.Subject == "" || h.Subject == person) {
			return nil
		}
	}
	_, err = c.env.Events.Erase(ctx, eventTable, person)
	return err
}
