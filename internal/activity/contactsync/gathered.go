package contactsync

import (
	"context"
	"sync"

	"kept/internal/remote/ews"
)

// gathered makes one call of what several goroutines want done at the same time:
// while a call is under way, what comes meanwhile waits for the next. Nobody waits
// for others that may never come.
type gathered[T any] struct {
	carry func(ctx context.Context, all []T) []ews.Result

	mu      sync.Mutex
	waiting []*wish[T]
	under   bool // a call is under way
}

// wish is one thing that is wanted. Whoever wants it hears what became of it, or
// that it is its turn to make the call.
type wish[T any] struct {
	what T
	done chan ews.Result
	lead chan struct{}
}

// do has a thing done with others and returns what became of it.
func (g *gathered[T]) do(ctx context.Context, what T) ews.Result {
	mine := &wish[T]{what, make(chan ews.Result, 1), make(chan struct{}, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, mine)
	if !g.under {
		g.under = true
		mine.lead <- struct{}{}
	}
	g.mu.Unlock()
	select {
	case r := <-mine.done:
		return r
	case <-mine.lead:
	}
	g.call(ctx)
	return <-mine.done
}

// call makes a call of what waits and hands the next one over to who waits then.
// Whoever leads waits in the first place, so that its own wish is among them.
func (g *gathered[T]) call(ctx context.Context) {
	g.mu.Lock()
	now := g.waiting[:min(ews.Most, len(g.waiting))]
	g.waiting = g.waiting[len(now):]
	g.mu.Unlock()
	all := make([]T, len(now))
	for i, w := range now {
		all[i] = w.what
	}
	for i, r := range g.carry(ctx, all) {
		now[i].done <- r
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.under = len(g.waiting) > 0; g.under {
		g.waiting[0].lead <- struct{}{}
	}
}
