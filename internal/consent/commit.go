package consent

import (
	"context"
	"sync"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

const (
	longestQueue  = 20_000
	largestBatch  = 512
	commitTimeout = 30 * time.Second
)

var errInterrupted = fault.New(fault.Internal, "storing the decision was interrupted")

// tally counts outcomes.
type tally map[string]int64

// act stores one decision and adds its outcome to the batch's tally.
type act func(ctx context.Context, tx *store.Tx, outcomes tally) error

// write is one decision on its way into the database.
type write struct {
	act  act
	done chan error // buffered: the answer
}

// commits groups concurrent decisions into one transaction, so that they share
// the time a disk takes to make it durable. Whoever comes while nobody writes
// writes for all who wait; there is no goroutine to start or stop.
type commits struct {
	db    *store.DB
	count func(ctx context.Context, tx *store.Tx, outcomes tally) error // once a batch
	turn  chan struct{}                                                 // holds a token while somebody writes
	queue *queue
}

type queue struct {
	mu      sync.Mutex
	waiting []*write
}

func newCommits(db *store.DB, count func(ctx context.Context, tx *store.Tx, outcomes tally) error) commits {
	return commits{db: db, count: count, turn: make(chan struct{}, 1), queue: &queue{}}
}

// do returns once what a writes is durable, or why it is not. A caller that
// leaves early does not take its write along: it may be stored all the same. The
// act runs again if another write of its batch fails.
func (c *commits) do(ctx context.Context, a act) error {
	w := &write{act: a, done: make(chan error, 1)}
	if !c.queue.add(w) {
		return fault.New(fault.Unavailable, "too many decisions wait to be stored, try again")
	}
	for {
		select {
		case err := <-w.done:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case c.turn <- struct{}{}:
			c.lead(ctx)
		}
	}
}

// lead writes one batch and gives the turn back. The others' decisions do not
// end with the leader's request, and its panic leaves nobody waiting.
func (c *commits) lead(ctx context.Context) {
	batch := c.queue.take()
	defer func() {
		for _, w := range batch {
			select {
			case w.done <- errInterrupted: // unless it was answered
			default:
			}
		}
		<-c.turn
	}()
	if len(batch) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	err := c.write(ctx, batch)
	if err == nil || len(batch) == 1 {
		for _, w := range batch {
			w.done <- err
		}
		return
	}
	for _, w := range batch { // one bad write must not take the others down
		w.done <- c.write(ctx, []*write{w})
	}
}

func (c *commits) write(ctx context.Context, batch []*write) error {
	return c.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		outcomes := tally{}
		for _, w := range batch {
			if err := w.act(ctx, tx, outcomes); err != nil {
				return err
			}
		}
		return c.count(ctx, tx, outcomes)
	})
}

func (q *queue) add(w *write) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) >= longestQueue {
		return false
	}
	q.waiting = append(q.waiting, w)
	return true
}

func (q *queue) take() []*write {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), largestBatch)
	batch := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	return batch
}
