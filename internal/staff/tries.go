package staff

import (
	"net/netip"
	"sync"
	"time"

	"kept/internal/address"
	"kept/internal/clock"
)

// How often a password may be tried within the window. A guesser meets the first
// bound; many guessers at one account the second, which leaves its owner, at an
// address of his own, a way in: nobody can lock an account.
const (
	triesWindow = 15 * time.Minute
	triesMost   = 10     // wrong ones from one client
	triesHot    = 2      // from one client at an account that was tried triesMost times
	triesKnown  = 10_000 // names held at once, so that memory is bounded
)

// tries counts attempts by client, by account, and by both together.
type tries struct {
	mu    sync.Mutex
	clock clock.Clock
	since map[try]window
}

// try is what attempts are counted by; one half may be empty.
type try struct {
	client  netip.Addr // of an IPv6 customer the network
	account string
}

type window struct {
	start time.Time
	count int
}

func newTries(c clock.Clock) *tries { return &tries{clock: c, since: map[try]window{}} }

// allow counts an attempt and reports whether it may be made.
func (t *tries) allow(client netip.Addr, account string) bool {
	client = address.Network(client)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count(try{client: client}) > triesMost {
		return false
	}
	return t.count(try{account: account}) <= triesMost || t.count(try{client, account}) <= triesHot
}

// right takes an attempt back that was none: the password was the right one.
func (t *tries) right(client netip.Addr, account string) {
	client = address.Network(client)
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, name := range []try{{client: client}, {account: account}} {
		if w, known := t.since[name]; known {
			w.count--
			t.since[name] = w
		}
	}
	delete(t.since, try{client, account})
}

func (t *tries) count(name try) int {
	now := t.clock.Now()
	w, known := t.since[name]
	if !known && len(t.since) >= triesKnown {
		t.makeRoom(now)
	}
	if now.Sub(w.start) >= triesWindow {
		w = window{start: now}
	}
	w.count++
	t.since[name] = w
	return w.count
}

// makeRoom drops the windows that are over, else the oldest: a flood of names
// must not keep the owner's from being counted.
func (t *tries) makeRoom(now time.Time) {
	var oldest try
	first := now
	for name, w := range t.since {
		if now.Sub(w.start) >= triesWindow {
			delete(t.since, name)
		} else if !w.start.After(first) {
			oldest, first = name, w.start
		}
	}
	if len(t.since) >= triesKnown {
		delete(t.since, oldest)
	}
}
