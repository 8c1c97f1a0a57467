package throttle

import (
	"cmp"
	"context"
	"sync"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
)

// Scope is whom a call is about.
type Scope struct {
	Tenant  string
	Mailbox string // empty: the tenant's directory, which has a budget of its own
	Part    string // of it that has a budget of its own too, as photos have; empty: the rest
}

// Limits are a service's published numbers. Zero means no limit of that kind.
type Limits struct {
	AtOnce   int           // calls of one mailbox at a time
	Calls    int           // calls of one mailbox …
	Per      time.Duration // … within this time
	Upload   int64         // bytes sent to one mailbox …
	Within   time.Duration // … within this time
	Together int           // calls of all at a time
	Attempts int           // of one call; 8 if zero
}

// Outlook are the limits of Microsoft Graph for a mailbox: 10,000 requests in ten
// minutes, 150 MB in five, four at a time.
var Outlook = Limits{AtOnce: 4, Calls: 10_000, Per: 10 * time.Minute, Upload: 150e6, Within: 5 * time.Minute, Together: 400}

// Level is what a refusal is about.
type Level int

// The levels.
const (
	Nothing     Level = iota // the call was not refused for its rate
	Concurrency              // too many at once for the mailbox
	Mailbox                  // too many within a time for the mailbox
	Tenant
	Whole // the application
)

// Verdict is how the service took a call.
type Verdict struct {
	Level      Level
	RetryAfter time.Duration // what it asked for; zero: it did not say
}

// Limiter lets calls through. It is safe for concurrent use.
type Limiter struct {
	limits Limits
	clock  clock.Clock
	doors  *turnstile
	whole  gate

	mu        sync.Mutex
	tenants   map[string]*tenant
	mailboxes map[Scope]*mailbox
	sweeps    int // how many mailboxes there are when it is swept next
}

// tenant is what is known of one tenant.
type tenant struct {
	gate
	users int // calls that are under way, those that wait included
}

// mailbox is what is known of one mailbox.
type mailbox struct {
	slots  *slots
	users  int // calls that are under way, those that wait included
	closed gate

	counting sync.Mutex // to look into both windows and count is one step
	calls    *window
	upload   *window
}

// New returns a limiter that has seen nothing yet.
func New(l Limits, c clock.Clock) *Limiter {
	l.Attempts = cmp.Or(l.Attempts, 8)
	return &Limiter{limits: l, clock: c, doors: newTurnstile(l.Together), tenants: map[string]*tenant{}, mailboxes: map[Scope]*mailbox{}, sweeps: fewest}
}

// Do makes a call when the service will take it, again when the service refused it
// for its rate, and returns what the call returned in the end. It returns
// Unavailable when the service still refuses after the last attempt. upload is
// how many bytes the call sends.
func (l *Limiter) Do(ctx context.Context, s Scope, upload int64, call func(context.Context) (Verdict, error)) error {
	box, of := l.enter(s)
	defer l.leave(box, of)
	for attempt := range l.limits.Attempts {
		v, err := l.once(ctx, s, box, of, upload, call)
		if err != nil || v.Level == Nothing {
			return err
		}
		l.refused(v, attempt, box, of)
	}
	return fault.New(fault.Unavailable, "the service still refuses more calls after %d attempts; the run goes on from here later", l.limits.Attempts)
}

// once waits for its turn and calls.
func (l *Limiter) once(ctx context.Context, s Scope, box *mailbox, of *tenant, upload int64, call func(context.Context) (Verdict, error)) (v Verdict, err error) {
	if err := box.slots.enter(ctx); err != nil {
		return Verdict{}, err
	}
	defer func() { box.slots.leave(v.Level == Concurrency) }()
	for {
		if err := l.wait(ctx, box, of, upload); err != nil {
			return Verdict{}, err
		}
		if err := l.doors.enter(ctx, s.Tenant); err != nil {
			return Verdict{}, err
		}
		if l.until(box, of).IsZero() {
			break
		}
		l.doors.leave() // a level was closed while we stood in the queue
	}
	defer l.doors.leave()
	return call(ctx)
}

// wait returns when no level is closed and the call fits into the mailbox's
// windows, in which it then counts.
func (l *Limiter) wait(ctx context.Context, box *mailbox, of *tenant, upload int64) error {
	for {
		at := l.until(box, of)
		if at.IsZero() {
			at = box.count(l.clock.Now(), upload)
		}
		if at.IsZero() {
			return nil
		}
		if err := l.clock.Sleep(ctx, at.Sub(l.clock.Now())); err != nil {
			return err
		}
	}
}

// until returns the moment at which no level is closed any more, zero if none is.
func (l *Limiter) until(box *mailbox, of *tenant) time.Time {
	now := l.clock.Now()
	var last time.Time
	for _, g := range []*gate{&box.closed, &of.gate, &l.whole} {
		if at := g.opens(); at.After(now) && at.After(last) {
			last = at
		}
	}
	return last
}

// usual is the first wait where the service does not say how long.
const usual = time.Second

// refused closes what the service refused.
func (l *Limiter) refused(v Verdict, attempt int, box *mailbox, of *tenant) {
	wait := v.RetryAfter
	if wait <= 0 {
		wait = usual << min(attempt, 8)
	}
	at := l.clock.Now().Add(wait)
	switch v.Level {
	case Tenant:
		of.close(at)
	case Whole:
		l.whole.close(at)
	default:
		box.closed.close(at)
	}
}

// enter returns what is known of a scope, which stays until leave.
func (l *Limiter) enter(s Scope) (*mailbox, *tenant) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.mailboxes) >= l.sweeps {
		l.sweep()
	}
	box := l.mailboxes[s]
	if box == nil {
		box = &mailbox{
			slots:  newSlots(l.limits.AtOnce),
			calls:  newWindow(int64(l.limits.Calls), l.limits.Per),
			upload: newWindow(l.limits.Upload, l.limits.Within),
		}
		l.mailboxes[s] = box
	}
	of := l.tenants[s.Tenant]
	if of == nil {
		of = &tenant{}
		l.tenants[s.Tenant] = of
	}
	box.users++
	of.users++
	return box, of
}

func (l *Limiter) leave(box *mailbox, of *tenant) {
	l.mu.Lock()
	defer l.mu.Unlock()
	box.users--
	of.users--
}

// fewest is how many mailboxes are known before any is forgotten.
const fewest = 256

// sweep forgets what nobody uses and what counts for nothing any more, so that the
// memory does not grow with the mailboxes that were ever seen: it comes again when
// there are twice as many as it left.
func (l *Limiter) sweep() {
	now := l.clock.Now()
	for s, box := range l.mailboxes {
		if box.users == 0 && box.empty(now) {
			delete(l.mailboxes, s)
		}
	}
	for name, of := range l.tenants {
		if of.users == 0 && !of.opens().After(now) {
			delete(l.tenants, name)
		}
	}
	l.sweeps = max(fewest, 2*len(l.mailboxes))
}

// count counts a call, or returns when it will fit.
func (m *mailbox) count(now time.Time, upload int64) time.Time {
	m.counting.Lock()
	defer m.counting.Unlock()
	if at := m.upload.fits(now, upload); !at.IsZero() {
		return at
	}
	if at := m.calls.fits(now, 1); !at.IsZero() {
		return at
	}
	m.upload.add(now, upload)
	m.calls.add(now, 1)
	return time.Time{}
}

func (m *mailbox) empty(now time.Time) bool {
	m.counting.Lock()
	defer m.counting.Unlock()
	return m.slots.idle() && !m.closed.opens().After(now) && m.calls.sum(now) == 0 && m.upload.sum(now) == 0
}

// gate is a level that is closed until a moment.
type gate struct {
	mu sync.Mutex
	at time.Time
}

func (g *gate) opens() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.at
}

// close keeps the gate closed until at, if it is not for longer already.
func (g *gate) close(at time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if at.After(g.at) {
		g.at = at
	}
}
