package pace

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"kept/internal/address"
)

// The limiter's memory is fixed: sets × ways buckets of 16 bytes, 1 MiB.
const (
	sets = 8192
	ways = 8
)

// Limiter allows each network (an IPv4 address, an IPv6 /64) a rate with a
// burst above it. It keeps no address: a bucket is found by a hash whose seed
// lives as long as the process, and nothing of it is ever stored.
//
// A newcomer to a full set takes the bucket that has the most left, with what
// it has left. So pushing an address out of the table never gives it a fresh
// burst, and the busiest address is the last to be pushed out.
type Limiter struct {
	seed maphash.Seed
	sets [sets]set
}

type set struct {
	mu      sync.Mutex
	buckets [ways]bucket
}

// bucket is one network's allowance, counted as the moment until which its
// requests have used the rate up (the generic cell rate algorithm): each
// request moves it on by one interval, and it may run ahead of the present by
// the burst.
type bucket struct {
	network uint64
	used    int64 // Unix nanoseconds
}

// New returns a limiter that has seen nobody.
func New() *Limiter { return &Limiter{seed: maphash.MakeSeed()} }

// Pace is a rate as the buckets count it.
type Pace struct {
	interval int64 // nanoseconds between two requests at the steady rate
	ahead    int64 // how far a bucket may run ahead of the present
}

// Of returns the pace of so many requests a period, with a burst above it; false
// if that limits nothing.
func Of(requests int, per time.Duration, burst int) (Pace, bool) {
	if requests <= 0 {
		return Pace{}, false
	}
	if per <= 0 {
		per = time.Second
	}
	interval := max(1, per.Nanoseconds()/int64(requests))
	return Pace{interval: interval, ahead: interval * int64(max(burst, requests, 1))}, true
}

// Admit counts a request of a at now. When a has nothing left it returns how
// long until its next request would be admitted; refused requests cost nothing.
func (l *Limiter) Admit(a netip.Addr, p Pace, now time.Time) (time.Duration, bool) {
	network := maphash.Comparable(l.seed, address.Network(a))
	s := &l.sets[network%sets]
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.find(network)
	present := now.UnixNano()
	// Never in the past, where it would save up; never further ahead than a
	// bucket can get, which a clock put back would leave behind.
	used := min(max(b.used, present), present+p.ahead)
	if wait := used + p.interval - present - p.ahead; wait > 0 {
		b.used = used
		return time.Duration(wait), false
	}
	b.used = used + p.interval
	return 0, true
}

// find returns the bucket of network, giving it the fullest one of the set if
// it has none.
func (s *set) find(network uint64) *bucket {
	fullest := &s.buckets[0]
	for i := range s.buckets {
		b := &s.buckets[i]
		if b.network == network {
			return b
		}
		if b.used < fullest.used {
			fullest = b
		}
	}
	fullest.network = network
	return fullest
}
