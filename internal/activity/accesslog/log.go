package accesslog

import (
	"context"
	"net/netip"
	"sync/atomic"
	"time"

	"kept/internal/access"
	"kept/internal/activity"
	"kept/internal/address"
	"kept/internal/agent"
	"kept/internal/manifest"
	"kept/internal/pace"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
)

// Entry is a request that was answered.
type Entry struct {
	At        time.Time
	Client    netip.Addr // the client's, found behind trusted proxies only
	Method    string
	Path      string // without the query
	Referrer  string // the header; its host is kept
	UserAgent string // the header; browser and system are kept
	Status    int
	Bytes     int64 // of the answer's body
}

// Kind is the access log as a kind of activity.
type Kind struct{}

// Manifest declares the kind.
func (Kind) Manifest() manifest.Manifest { return Manifest() }

// Migrate makes the table of incidents.
func (Kind) Migrate(ctx context.Context, db *store.DB) error {
	return db.Migrate(ctx, Name, files)
}

// Open starts the kind; what runs is a *Log.
func (Kind) Open(ctx context.Context, env activity.Env) (activity.Running, error) {
	return Open(ctx, env)
}

const (
	queued     = 8192                   // entries that wait for the writer, through an outage too; more are lost
	batchSize  = 1024                   // entries written at once
	linger     = 100 * time.Millisecond // how long the first entry of a batch waits for others
	agentsKept = 4096                   // User-Agent headers remembered
	again      = time.Second            // until a batch that could not be stored is tried again
)

// Log writes the access log and guards the rate of each address. It is safe for
// concurrent use.
type Log struct {
	env       activity.Env
	limiter   *pace.Limiter
	agents    *agent.Reader
	queue     chan item
	done      chan struct{}
	closed    atomic.Bool
	dropped   atomic.Int64
	told      loss // of the writer alone
	closing   context.Context
	close     context.CancelFunc
	store     func(ctx context.Context, table string, rows ...event.Row) error
	deal      deal // of the writer alone
	plan      atomic.Pointer[plan]
	incident  atomic.Pointer[Incident] // the one in force, nil if none
	refreshed time.Time                // when incident was read; of the writer alone
}

// item is an entry for the writer, or a mark that what came before it must be
// written now.
type item struct {
	entry   Entry
	written chan<- struct{}
	last    bool // nothing follows the mark
}

// Open starts the log. The tables must have been made.
func Open(ctx context.Context, env activity.Env) (*Log, error) {
	l := &Log{
		env: env, limiter: pace.New(), agents: agent.New(agentsKept),
		queue: make(chan item, queued), done: make(chan struct{}), deal: newDeal(),
	}
	if err := l.refresh(ctx); err != nil {
		return nil, err
	}
	l.store = env.Events.Append
	l.closing, l.close = context.WithCancel(context.Background())
	l.told.until = env.Clock.Now()
	go l.run()
	return l, nil
}

// Routes returns none: the gateway hands requests in.
func (l *Log) Routes() []access.Route { return nil }

// Admit counts a request of addr against the policy's rate_limit. Where it
// exceeds it, it returns false and how long to stay away (429, Retry-After).
// Nothing of it is stored. Without an entry in the policy, a rate in it, or an
// address, every request is admitted.
func (l *Log) Admit(addr netip.Addr) (retryAfter time.Duration, ok bool) {
	p := l.current()
	if p == nil || !p.limited || !addr.IsValid() {
		return 0, true
	}
	return l.limiter.Admit(addr, p.pace, l.env.Clock.Now())
}

// Record takes an answered request into the log. It never waits: when the
// writer is too far behind, the entry is lost, and that is told (loss). Without an entry
// in the policy it does nothing.
func (l *Log) Record(e Entry) {
	if l.current() == nil || l.closed.Load() {
		return
	}
	select {
	case l.queue <- item{entry: e}:
	default:
		l.dropped.Add(1)
	}
}

// Dropped returns how many entries were not written since the start, because
// the writer was behind or the store refused them.
func (l *Log) Dropped() int64 { return l.dropped.Load() }

// Flush returns once everything recorded before is stored.
func (l *Log) Flush(ctx context.Context) error { return l.mark(ctx, false) }

// Close stores what was recorded and stops the log.
func (l *Log) Close(ctx context.Context) error {
	if l.closed.Swap(true) {
		return nil
	}
	l.close() // a database that does not answer is not waited for
	return l.mark(ctx, true)
}

func (l *Log) mark(ctx context.Context, last bool) error {
	written := make(chan struct{})
	select {
	case l.queue <- item{written: written, last: last}:
	case <-l.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-written:
	case <-l.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// current returns the plan of the policy in force, nil without an entry.
func (l *Log) current() *plan {
	p := l.env.Policy()
	known := l.plan.Load()
	if known == nil || known.policy != p {
		known = l.planOf(p)
		l.plan.Store(known)
	}
	if known.activity == nil {
		return nil
	}
	return known
}

// plan is what the policy's entry means for a request.
type plan struct {
	policy   *policy.Policy
	activity *policy.Activity // nil: there is no entry
	limited  bool
	pace     pace.Pace
	cut      policy.Truncation
	names    *address.Providers // nil: none are known
	form     map[string]form    // by field
}

// form is how a field may lie in the log.
type form int

// The forms. The zero form is absent: what nobody declared is not written.
const (
	absent     form = iota
	anonymised      // as its anonymiser leaves it
	full
)

func (l *Log) planOf(p *policy.Policy) *plan {
	found := p.OfKind(Name)
	if len(found) == 0 {
		return &plan{policy: p}
	}
	a := found[0]
	n := &plan{policy: p, activity: a, cut: a.Settings.Truncation(settingTruncate), form: map[string]form{}}
	if n.cut == (policy.Truncation{}) {
		n.cut = DefaultTruncation
	}
	if file := a.Settings.String(settingProviders); file != "" && a.Has(fieldProvider) {
		names, err := address.OpenProviders(file)
		if err != nil {
			l.env.Log.Error("access log: providers stay unknown", "error", err)
		}
		n.names = names
	}
	n.pace, n.limited = paceOf(a.Settings.Rate(settingRate))
	for _, f := range kind().Fields {
		if a.Has(f.Name) {
			n.form[f.Name] = formOf(a, f.Name)
		}
	}
	return n
}

// formOf returns what the rules on a field let lie from the first moment on: a
// rule that keeps it for no time is carried out before the write.
func formOf(a *policy.Activity, field string) form {
	lies := full
	for _, r := range rulesFor(a, field) {
		if !atOnce(r) {
			continue
		}
		if r.Then != policy.Anonymise {
			return absent
		}
		lies = anonymised
	}
	return lies
}

// atOnce reports whether a rule ends data the moment it is collected.
func atOnce(r *policy.Rule) bool { return r.Keep.IsZero() && r.Until == "" && r.Unless == "" }

// rulesFor returns the rules that name field, else those without data.
func rulesFor(a *policy.Activity, field string) []*policy.Rule {
	var named, rest []*policy.Rule
	for i := range a.Retention {
		r := &a.Retention[i]
		if len(r.Data) == 0 {
			rest = append(rest, r)
		}
		for _, d := range r.Data {
			if d.Name == field {
				named = append(named, r)
			}
		}
	}
	if len(named) > 0 {
		return named
	}
	return rest
}
