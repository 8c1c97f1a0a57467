package request

import (
	"net/netip"
	"sync"
	"time"

	"kept/internal/address"
	"kept/internal/clock"
)

// How often somebody may ask for what costs a mail or a try, within the window.
const (
	window      = time.Hour
	mostAsked   = 20     // requests and codes from one network
	mostTried   = 30     // codes tried from one network
	mostMailed  = 5      // codes to one case
	mostWatched = 20_000 // networks remembered at once, so that memory is bounded
)

// limits counts what networks do. Beside it every code has tries of its own.
type limits struct {
	mu    sync.Mutex
	clock clock.Clock
	since map[watched]counted
}

type watched struct {
	network netip.Addr
	what    string
}

type counted struct {
	start time.Time
	n     int
}

func newLimits(c clock.Clock) *limits { return &limits{clock: c, since: map[watched]counted{}} }

// allow counts what a client does and reports whether it may.
func (l *limits) allow(client netip.Addr, what string, most int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	name := watched{address.Network(client), what}
	c := l.since[name]
	if now.Sub(c.start) >= window {
		if len(l.since) >= mostWatched {
			l.forget(now)
		}
		c = counted{start: now}
	}
	c.n++
	l.since[name] = c
	return c.n <= most
}

// forget drops what is past its window, and everything if that is not enough.
func (l *limits) forget(now time.Time) {
	for name, c := range l.since {
		if now.Sub(c.start) >= window {
			delete(l.since, name)
		}
	}
	if len(l.since) >= mostWatched {
		clear(l.since)
	}
}
