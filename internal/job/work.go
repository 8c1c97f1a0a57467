package job

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

// pause is the longest sleep between two looks for what other nodes enqueued.
const pause = time.Second

// Run works until ctx ends, then waits for the handlers that are running and
// returns nil. It wakes when a job is enqueued here, when one is due, and each
// second for what other nodes enqueued. It bears a database that does not
// answer for a while.
func (q *Queue) Run(ctx context.Context, workers int) error {
	var running sync.WaitGroup
	defer running.Wait()
	busy := make(chan struct{}, workers)
	for {
		select {
		case <-ctx.Done():
			return nil
		case busy <- struct{}{}: // at least one worker is free
			<-busy
		}
		q.begin(1) // whoever sees a job claimed also sees that it runs
		jobs, err := q.claim(ctx, workers-len(busy))
		q.begin(len(jobs))
		q.end()
		switch {
		case ctx.Err() != nil && err != nil:
			return nil
		case err != nil && !fault.Is(err, fault.Unavailable):
			return err
		}
		for _, j := range jobs {
			busy <- struct{}{}
			running.Go(func() {
				defer func() { <-busy }()
				defer q.end()
				q.work(context.WithoutCancel(ctx), j)
			})
		}
		if len(jobs) == 0 && q.sleep(ctx, err) != nil {
			return nil
		}
	}
}

func (q *Queue) work(ctx context.Context, j Job) {
	if err := q.do(ctx, j); err != nil {
		q.log.Error("the end of a job could not be stored; it runs again when its lease ends", "kind", j.Kind, "job", j.ID, "error", err)
	}
}

// Step runs one job that is due now and reports whether there was one. What the
// handler returned is kept with the job; Step's own error is the queue's.
func (q *Queue) Step(ctx context.Context) (bool, error) {
	jobs, err := q.claim(ctx, 1)
	if err != nil || len(jobs) == 0 {
		return false, err
	}
	return true, q.do(ctx, jobs[0])
}

// begin and end count what Run is at; they wake whoever waits for its end.
func (q *Queue) begin(n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running += n
}

func (q *Queue) end() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running--
	q.ended.Broadcast()
}

// Wait returns once Run is at no job, and reports whether it had to wait: then
// what ended may have left other jobs behind.
func (q *Queue) Wait() (waited bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.running > 0 {
		q.ended.Wait()
		waited = true
	}
	return waited
}

// sleep returns when there may be something to do. After a failure it waits the
// whole pause.
func (q *Queue) sleep(ctx context.Context, failed error) error {
	d := pause
	if next, err := q.next(ctx); failed == nil && err == nil && !next.IsZero() {
		d = min(d, next.Sub(q.clock.Now()))
	}
	if failed != nil {
		return q.clock.Sleep(ctx, d)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	slept := make(chan error, 1)
	go func() { slept <- q.clock.Sleep(ctx, d) }()
	select {
	case err := <-slept:
		return err
	case <-q.wake:
		return nil
	}
}

// handled returns the kinds that somebody handles here, after it has planned
// the first run of those that are periodic.
func (q *Queue) handled(ctx context.Context) (map[string]kind, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for name, k := range q.kinds {
		if k.every.IsZero() || k.planned {
			continue
		}
		err := q.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			return q.plan(ctx, tx, name, k.every.After(q.clock.Now()))
		})
		if err != nil {
			return nil, fmt.Errorf("plan %s: %w", name, store.Classify(err))
		}
		k.planned = true
		q.kinds[name] = k
	}
	return maps.Clone(q.kinds), nil
}

// plan stores a run of a periodic job, unless one is stored.
func (q *Queue) plan(ctx context.Context, tx *store.Tx, name string, at time.Time) error {
	_, err := tx.ExecContext(ctx, `insert into job (id, kind, key, payload, enqueued_at, due_at, attempt, error)
		values ($1, $2, $2, 'null', $3, $3, 0, '')
		on conflict (kind, key) where set_aside_at is null and key is not null do nothing`, store.NewID(), name, store.At(at))
	return err
}

// next returns when the earliest job is due that somebody handles here, the
// zero time if there is none.
func (q *Queue) next(ctx context.Context) (time.Time, error) {
	kinds, err := q.handled(ctx)
	if err != nil || len(kinds) == 0 {
		return time.Time{}, err
	}
	in, args := list(kinds, 0)
	var due store.Time
	err = q.db.QueryRowContext(ctx, "select min(due_at) from job where set_aside_at is null and kind in ("+in+")", args...).Scan(&due)
	if err != nil {
		return time.Time{}, fmt.Errorf("look for jobs: %w", store.Classify(err))
	}
	return due.Time, nil
}

// list returns placeholders for the kinds, after n others, and their values.
func list(kinds map[string]kind, n int) (in string, args []any) {
	var b strings.Builder
	for i, name := range slices.Sorted(maps.Keys(kinds)) {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", n+i+1)
		args = append(args, name)
	}
	return b.String(), args
}

// claim takes up to n jobs that are due under a lease. It writes nothing while
// none is.
func (q *Queue) claim(ctx context.Context, n int) (claimed []Job, err error) {
	next, err := q.next(ctx)
	if err != nil || next.IsZero() || next.After(q.clock.Now()) {
		return nil, err
	}
	kinds, err := q.handled(ctx)
	if err != nil {
		return nil, err
	}
	err = q.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		claimed = nil
		due, err := q.due(ctx, tx, kinds, n)
		if err != nil {
			return err
		}
		for _, j := range due {
			leased, err := q.lease(ctx, tx, j, kinds[j.Kind])
			if err != nil {
				return err
			}
			if leased.lease != "" {
				claimed = append(claimed, leased)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("take up jobs: %w", store.Classify(err))
	}
	return claimed, nil
}

// due returns jobs to run, or whose lease ended, and on PostgreSQL keeps other
// nodes from taking them until tx ends.
func (q *Queue) due(ctx context.Context, tx *store.Tx, kinds map[string]kind, n int) ([]Job, error) {
	in, args := list(kinds, 2)
	query := "select " + columns + " from job where set_aside_at is null and due_at <= $1 and kind in (" + in + ") order by due_at, id limit $2"
	if tx.Dialect() == store.Postgres {
		query += " for update skip locked"
	}
	return read(ctx, tx, query, append([]any{store.At(q.clock.Now()), n}, args...)...)
}

// lease begins the next attempt, which serves whoever enqueued the job again by
// now, too. A job whose last attempt never ended is set
// aside instead, and comes back without a lease.
func (q *Queue) lease(ctx context.Context, tx *store.Tx, j Job, k kind) (Job, error) {
	if j.Attempt >= k.MaxAttempts {
		return Job{}, q.giveUp(ctx, tx, j, k, "the worker did not come back before its lease ended")
	}
	j.Attempt++
	j.lease = store.NewID()
	j.Due = q.clock.Now().Add(k.Lease)
	_, err := tx.ExecContext(ctx, `update job set lease = $1, due_at = $2, attempt = $3,
		again_at = case when again_at > $4 then again_at else null end where id = $5`,
		j.lease, store.At(j.Due), j.Attempt, store.At(q.clock.Now()), j.ID)
	return j, err
}

// do runs a job that was claimed and stores how it ended.
func (q *Queue) do(ctx context.Context, j Job) error {
	q.mu.Lock()
	k := q.kinds[j.Kind]
	q.mu.Unlock()
	failed := q.attempt(ctx, j, k)
	err := q.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		held, err := q.held(ctx, tx, j)
		if err != nil || !held {
			return err // the lease ended and somebody else has the job
		}
		if failed == nil {
			return q.finish(ctx, tx, j, k)
		}
		return q.fail(ctx, tx, j, k, plain(failed))
	})
	if err != nil {
		return fmt.Errorf("end job %s: %w", j.ID, store.Classify(err))
	}
	if failed != nil {
		q.log.Warn("a job failed", "kind", j.Kind, "job", j.ID, "attempt", j.Attempt, "error", plain(failed))
	}
	return nil
}

// attempt calls the handler with a context that ends with the lease.
func (q *Queue) attempt(ctx context.Context, j Job, k kind) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		if q.clock.Sleep(ctx, k.Lease) == nil {
			cancel()
		}
	}()
	defer func() {
		if r := recover(); r != nil {
			q.log.Error("a job panicked", "kind", j.Kind, "job", j.ID, "stack", string(debug.Stack()))
			err = errors.New("the handler panicked")
		}
	}()
	return k.handle(ctx, j)
}
