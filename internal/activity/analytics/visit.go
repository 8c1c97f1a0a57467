package analytics

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
)

// visit is whose events a request brings.
type visit struct {
	subject string       // empty: the policy does not tell visitors apart
	stopped bool         // under restriction, or objected: nothing may be collected
	first   bool         // the browser's first visit
	start   bool         // a visit begins
	cookie  *http.Cookie // to set, nil if the browser's stands
}

// visitKey is a visitor under a decision.
type visitKey struct {
	visitor  [16]byte
	decision string
}

// identity is what is remembered of a visitor between requests.
type identity struct {
	subject string

	mu   sync.Mutex
	seen time.Time
}

// visit finds out who sends events under a decision. A visitor without a cookie
// gets one; a cookie that leads to another person than the decision (another
// consent was given since) is replaced: what is collected on a consent must be
// found when it is withdrawn.
func (c *Collector) visit(r *http.Request, p *plan, decision string) (visit, error) {
	if p.cookie == nil || !p.activity.Has(fieldVisitor) {
		return visit{}, nil
	}
	now := c.env.Clock.Now()
	v, known := c.signer.read(r, *p.cookie, now)
	var who *identity
	var first bool
	var err error
	if known {
		if who, err = c.identify(r.Context(), v, decision); fault.Is(err, fault.Conflict) {
			known, err = false, nil
		}
	}
	if err == nil && !known {
		v, who, first, err = c.welcome(r.Context(), *p.cookie, decision, now)
	}
	if err != nil {
		return visit{}, fmt.Errorf("find the visitor: %w", err)
	}
	here := visit{subject: who.subject, first: first}
	if here.stopped, err = c.beacon.Stopped(r.Context(), who.subject, p.activity.Key); err != nil || here.stopped {
		return here, err
	}
	here.start = who.arrive(v.seen, now)
	if !known || now.Sub(v.seen) >= seenEvery {
		v.seen = now
		here.cookie = c.signer.cookie(v, *p.cookie, now, c.env.Secure)
	}
	return here, nil
}

// identify returns whose a visitor's events are: the person's who gave the
// decision. Conflict if the visitor's id leads to somebody else.
func (c *Collector) identify(ctx context.Context, v visitor, decision string) (*identity, error) {
	key := visitKey{v.id, decision}
	if who, ok := c.visitors.Get(key); ok {
		return who, nil
	}
	person, err := c.beacon.Person(ctx, decision)
	if err != nil {
		return nil, err
	}
	found, err := c.env.Subjects.Find(ctx, c.env.DB, subject.Visitor, v.name())
	switch {
	case fault.Is(err, fault.NotFound), err == nil && found != person:
		return nil, fault.New(fault.Conflict, "the visitor's id belongs to another decision")
	case err != nil:
		return nil, err
	}
	return c.remember(key, person), nil
}

// welcome gives a browser without a valid cookie an id: the one that its person
// has already, if the cookie was lost on the way.
func (c *Collector) welcome(ctx context.Context, declared policy.Cookie, decision string, now time.Time) (v visitor, who *identity, first bool, err error) {
	person, err := c.beacon.Person(ctx, decision)
	if err != nil {
		return visitor{}, nil, false, err
	}
	identifiers, err := c.env.Subjects.Identifiers(ctx, person)
	if err != nil {
		return visitor{}, nil, false, err
	}
	for _, i := range identifiers {
		if v, ok := visitorNamed(i.Value, i.At); i.Kind == subject.Visitor && ok && v.lives(declared, now) {
			return v, c.remember(visitKey{v.id, decision}, person), false, nil
		}
	}
	v = newVisitor(now)
	err = c.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return c.env.Subjects.Link(ctx, tx, person, subject.Visitor, v.name())
	})
	if err != nil {
		return visitor{}, nil, false, err
	}
	return v, c.remember(visitKey{v.id, decision}, person), true, nil
}

// remember keeps one identity for all requests of a visitor.
func (c *Collector) remember(key visitKey, person string) *identity {
	return c.visitors.GetOrAdd(key, &identity{subject: person})
}

// arrive notes that the visitor is here at now and reports whether a visit
// begins: neither this node nor the cookie saw the visitor of late.
func (who *identity) arrive(cookie, now time.Time) bool {
	who.mu.Lock()
	defer who.mu.Unlock()
	last := who.seen
	if cookie.After(last) {
		last = cookie
	}
	who.seen = now
	return now.Sub(last) > visitEnds
}
