package staff

import (
	"sync"
	"time"

	"kept/internal/clock"
)

const (
	triesWindow = 15 * time.Minute
	triesMost   = 10
	triesKnown  = 10_000 // names held at once, so that memory is bounded
)

// tries counts attempts per name (a client, an account) within a window. When
// too many names are known, windows that are over are dropped; while all are
// open, a new name is refused: a flood locks sign-in, it never opens it.
type tries struct {
	mu    sync.Mutex
	clock clock.Clock
	since map[string]window
}

type window struct {
	start time.Time
	count int
}

func newTries(c clock.Clock) *tries { return &tries{clock: c, since: map[string]window{}} }

func (t *tries) allow(name string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	w, known := t.since[name]
	if !known && len(t.since) >= triesKnown && !t.sweep(now) {
		return false
	}
	if now.Sub(w.start) >= triesWindow {
		w = window{start: now}
	}
	w.count++
	t.since[name] = w
	return w.count <= triesMost
}

func (t *tries) forget(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.since, name)
}

func (t *tries) sweep(now time.Time) (room bool) {
	for name, w := range t.since {
		if now.Sub(w.start) >= triesWindow {
			delete(t.since, name)
		}
	}
	return len(t.since) < triesKnown
}
