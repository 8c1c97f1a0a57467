package vault

import (
	"context"
	"sync"
)

// gather lets the callers that arrive while one commit is under way share the
// next one, so that a thousand new people a second do not cost a thousand
// flushes to the disk.
type gather[T any] struct {
	do   func(ctx context.Context, items []T) error
	turn sync.Mutex // held by the round that commits

	mu   sync.Mutex
	next *round[T] // what new callers join
}

type round[T any] struct {
	items []T
	done  chan struct{}
	err   error
}

// submit returns when a round that holds items is done. The first caller of a
// round leads it; a caller whose ctx ends stops waiting, its items go along.
func (g *gather[T]) submit(ctx context.Context, items ...T) error {
	r, leads := g.join(items)
	if leads {
		g.lead(context.WithoutCancel(ctx), r)
	}
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gather[T]) join(items []T) (r *round[T], leads bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.next == nil {
		g.next, leads = &round[T]{done: make(chan struct{})}, true
	}
	g.next.items = append(g.next.items, items...)
	return g.next, leads
}

func (g *gather[T]) lead(ctx context.Context, r *round[T]) {
	g.turn.Lock()
	defer g.turn.Unlock()
	g.mu.Lock()
	g.next = nil // from here on callers join the following round
	g.mu.Unlock()
	defer close(r.done)
	r.err = g.do(ctx, r.items)
}
