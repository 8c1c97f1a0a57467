package job

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"regexp"
	"sync"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/policy/period"
	"kept/internal/store"
)

// New is a job to be.
type New struct {
	Kind string
	// Key, if any, is unique per kind while the job is pending: enqueueing the
	// same key again returns the pending job, brought forward to the earlier
	// time. If that job is running, it runs once more afterwards.
	Key     string
	At      time.Time // not before; the zero time means now
	Payload any       // JSON of ids, names and numbers, at most 4 kB
}

// Job is a piece of work.
type Job struct {
	ID       string
	Kind     string
	Key      string
	Payload  json.RawMessage
	Enqueued time.Time
	Due      time.Time // when it runs, or runs again
	Attempt  int       // this attempt, counted from 1
	Error    string    // of the attempt before, without personal data
	SetAside time.Time // when it was given up; the zero time if it was not

	lease string
}

// Decode reads the payload into v.
func (j Job) Decode(v any) error {
	if err := json.Unmarshal(j.Payload, v); err != nil {
		return fault.New(fault.Internal, "job %s %s: read the payload: %w", j.Kind, j.ID, err)
	}
	return nil
}

// Handler does a job. Its context ends with the lease. An error brings the job
// back later; a panic counts as one.
type Handler func(ctx context.Context, j Job) error

// Options bound a kind of job.
type Options struct {
	Lease       time.Duration // how long one attempt may take, 1 minute if zero
	MaxAttempts int           // 10 if zero
	Backoff     time.Duration // before the second attempt, doubled each time up to an hour; 1 second if zero
}

// longest is the longest wait between two attempts.
const longest = time.Hour

// wait is how long a job rests after its n-th attempt failed.
func (o Options) wait(n int) time.Duration {
	d := o.Backoff
	for ; n > 1 && d < longest; n-- {
		d *= 2
	}
	return min(d, longest)
}

// Queue holds the jobs and runs them. It is safe for concurrent use.
type Queue struct {
	db    *store.DB
	clock clock.Clock
	log   *slog.Logger
	wake  chan struct{} // holds one token after an Enqueue committed

	mu      sync.Mutex
	kinds   map[string]kind
	running int        // jobs that Run is at, and its looking for them
	ended   *sync.Cond // running fell
}

// kind is a registered kind of job.
type kind struct {
	Options
	handle  Handler
	every   period.Period // zero unless it is periodic
	planned bool          // whether the first run of a periodic job is stored
}

// Open makes the queue's table and opens it.
func Open(ctx context.Context, db *store.DB, clk clock.Clock, log *slog.Logger) (*Queue, error) {
	if err := db.Migrate(ctx, "job", files); err != nil {
		return nil, err
	}
	q := &Queue{db: db, clock: clk, log: log, wake: make(chan struct{}, 1), kinds: map[string]kind{}}
	q.ended = sync.NewCond(&q.mu)
	return q, nil
}

// Handle has h do the jobs of a kind. A job whose kind nobody handles waits.
func (q *Queue) Handle(name string, h Handler, o Options) {
	q.register(name, kind{Options: o, handle: h})
}

// Every has h run once each period p, first one period from now unless a run is
// stored already. The next run is kept in the database; nodes share it, and
// runs missed while nothing ran are made up for by one. Run and Step start it.
func (q *Queue) Every(name string, p period.Period, h Handler, o Options) {
	q.register(name, kind{Options: o, handle: h, every: p})
}

func (q *Queue) register(name string, k kind) {
	k.Lease = cmp.Or(k.Lease, time.Minute)
	k.MaxAttempts = cmp.Or(k.MaxAttempts, 10)
	k.Backoff = cmp.Or(k.Backoff, time.Second)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.kinds[name] = k
	q.rouse()
}

// rouse wakes Run if it sleeps.
func (q *Queue) rouse() {
	select {
	case q.wake <- struct{}{}:
	default: // it is awake already
	}
}

// Enqueue writes a job in the caller's transaction and returns its id. It
// returns Invalid if the payload may hold personal data.
func (q *Queue) Enqueue(ctx context.Context, tx *store.Tx, n New) (id string, err error) {
	payload, err := n.check()
	if err != nil {
		return "", fmt.Errorf("enqueue %s: %w", n.Kind, err)
	}
	now := q.clock.Now()
	at := n.At
	if at.IsZero() {
		at = now
	}
	err = tx.QueryRowContext(ctx, `insert into job (id, kind, key, payload, enqueued_at, due_at, attempt, error)
		values ($1, $2, $3, $4, $5, $6, 0, '')
		on conflict (kind, key) where set_aside_at is null and key is not null do update set
			due_at = case when job.lease is null and excluded.due_at < job.due_at then excluded.due_at else job.due_at end,
			again_at = case when job.lease is null then null
				when job.again_at < excluded.due_at then job.again_at else excluded.due_at end
		returning id`,
		store.NewID(), n.Kind, null(n.Key), payload, store.At(now), store.At(at)).Scan(&id)
	if err != nil {
		return "", fmt.Errorf("enqueue %s: %w", n.Kind, store.Classify(err))
	}
	tx.OnCommit(q.rouse)
	return id, nil
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

const maxPayload = 4096

var (
	names = regexp.MustCompile(`^[a-z0-9._-]{1,64}$`)
	words = regexp.MustCompile(`^[A-Za-z0-9._:/+=*-]{0,128}$`)
)

func (n New) check() (payload string, err error) {
	if !names.MatchString(n.Kind) {
		return "", fault.New(fault.Invalid, "the kind is not a name of small letters, digits, dots and hyphens")
	}
	b, err := json.Marshal(n.Payload)
	if err != nil {
		return "", fault.New(fault.Invalid, "encode the payload: %w", err)
	}
	if len(b) > maxPayload {
		return "", fault.New(fault.TooLarge, "the payload has %d bytes, at most %d are allowed", len(b), maxPayload)
	}
	if !isWord(n.Key) || !onlyWords(b) {
		return "", fault.New(fault.Invalid, "key and payload hold ids, names and numbers only; what they are about stays in its table")
	}
	return string(b), nil
}

// onlyWords reports whether every text in a JSON value is one.
func onlyWords(value []byte) bool {
	d := json.NewDecoder(bytes.NewReader(value))
	for {
		token, err := d.Token()
		if err != nil {
			return true // the end
		}
		if s, ok := token.(string); ok && !isWord(s) {
			return false
		}
	}
}

// isWord reports whether s has the form of an id, a hash or a name of the
// language, and is no network address.
func isWord(s string) bool {
	_, err := netip.ParseAddr(s)
	return words.MatchString(s) && err != nil
}
