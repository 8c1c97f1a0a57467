package job

import (
	"context"
	"encoding/json"
	"log/slog"
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
}

// Decode reads the payload into v.
func (j Job) Decode(v any) error {
	return fault.New(fault.Internal, "not yet")
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

// Queue holds the jobs and runs them. It is safe for concurrent use.
type Queue struct{}

// Open makes the queue's table and opens it.
func Open(ctx context.Context, db *store.DB, clk clock.Clock, log *slog.Logger) (*Queue, error) {
	return nil, fault.New(fault.Internal, "not yet")
}

// Handle has h do the jobs of a kind. A job whose kind nobody handles waits.
func (q *Queue) Handle(kind string, h Handler, o Options) {}

// Every has h run once each period p, first one period from now unless a run is
// stored already. The next run is kept in the database; nodes share it, and
// runs missed while nothing ran are made up for by one. Run and Step start it.
func (q *Queue) Every(kind string, p period.Period, h Handler, o Options) {}

// Enqueue writes a job in the caller's transaction and returns its id.
func (q *Queue) Enqueue(ctx context.Context, tx *store.Tx, n New) (id string, err error) {
	return "", fault.New(fault.Internal, "not yet")
}

// Run works until ctx ends, then waits for the handlers that are running and
// returns nil. It wakes when a job is enqueued here, when one is due, and each
// second for what other nodes enqueued.
func (q *Queue) Run(ctx context.Context, workers int) error {
	return fault.New(fault.Internal, "not yet")
}

// Step runs one job that is due now and reports whether there was one. What the
// handler returned is kept with the job; Step's own error is the queue's.
func (q *Queue) Step(ctx context.Context) (bool, error) {
	return false, fault.New(fault.Internal, "not yet")
}

// Pending returns how many jobs of each kind are waiting or running.
func (q *Queue) Pending(ctx context.Context) (map[string]int, error) {
	return nil, fault.New(fault.Internal, "not yet")
}

// SetAside returns the jobs that were given up, the latest first.
func (q *Queue) SetAside(ctx context.Context) ([]Job, error) {
	return nil, fault.New(fault.Internal, "not yet")
}

// Retry gives a job that was set aside all its attempts again, from now on.
func (q *Queue) Retry(ctx context.Context, id string) error {
	return fault.New(fault.Internal, "not yet")
}

// Discard deletes a job that was set aside.
func (q *Queue) Discard(ctx context.Context, id string) error {
	return fault.New(fault.Internal, "not yet")
}
