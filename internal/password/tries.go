package password

import (
	"net/netip"
	"sync"
	"time"

	"kept/internal/address"
	"kept/internal/clock"
)

// Most is how many wrong ones a client may try within the window.
const Most = 10

// How often a password may be tried within the window. A guesser meets Most; many guessers at one account meet triesHot, which leaves its owner, at an
// address of his own, a way in: nobody can lock an account.
const (
	triesWindow = 15 * time.Minute
	triesHot    = 2      // from one client at an account that was tried Most times
	triesKnown  = 10_000 // names held at once, so that memory is bounded
)

// Tries counts attempts by client, by account, and by both together. Memory is
// bounded, and nothing of it is stored. It is safe for concurrent use.
type Tries struct {
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

// NewTries returns a count that has seen nobody.
func NewTries(c clock.Clock) *Tries { return &Tries{clock: c, since: map[try]window{}} }

// Allow counts an attempt and reports whether it may be made.
func (t *Tries) Allow(client netip.Addr, account string) bool {
	client = address.Network(client)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count(try{client: client}) > Most {
		return false
	}
	return t.count(try{account: account}) <= Most || t.count(try{client, account}) <= triesHot
}

// Right takes an attempt back that was none: the password was the right one.
func (t *Tries) Right(client netip.Addr, account string) {
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

func (t *Tries) count(name try) int {
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
func (t *Tries) makeRoom(now time.Time) {
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
