package event

import (
	"context"
	"errors"
	"sync"
	"time"

	"kept/internal/clock"
)

// idle is how long an unused partition stays open.
const idle = 10 * time.Minute

// shelf holds the open partitions: opened at first use, closed when idle or
// when too many are open.
type shelf struct {
	place  place
	clock  clock.Clock
	limits limits

	mu     sync.Mutex
	slots  map[string]*slot
	closed bool
}

// slot is the place of one partition on the shelf. Users hold the gate for
// reading; whoever opens, closes or drops holds it for writing.
type slot struct {
	gate sync.RWMutex
	p    *partition // nil while closed; guarded by gate
	used time.Time  // guarded by shelf.mu
}

func newShelf(pl place, clk clock.Clock, lim limits) *shelf {
	return &shelf{place: pl, clock: clk, limits: lim, slots: map[string]*slot{}}
}

func (s *shelf) slot(l *layout, sp span) (*slot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	key := l.Name + "-" + sp.label
	sl := s.slots[key]
	if sl == nil {
		sl = &slot{}
		s.slots[key] = sl
	}
	sl.used = s.clock.Now()
	return sl, nil
}

// with runs f on a partition, which is made if it is missing. f must not ask
// the shelf for the same partition again.
func (s *shelf) with(ctx context.Context, l *layout, sp span, f func(p *partition) error) error {
	sl, err := s.slot(l, sp)
	if err != nil {
		return err
	}
	for {
		sl.gate.RLock()
		if sl.p != nil {
			defer sl.gate.RUnlock()
			return f(sl.p)
		}
		sl.gate.RUnlock()
		if err := s.fill(ctx, sl, l, sp); err != nil {
			return err
		}
	}
}

// ifOpen runs f on a partition if it is open, else nothing.
func (s *shelf) ifOpen(l *layout, sp span, f func(p *partition) error) error {
	sl, err := s.slot(l, sp)
	if err != nil {
		return err
	}
	sl.gate.RLock()
	defer sl.gate.RUnlock()
	if sl.p == nil {
		return nil
	}
	return f(sl.p)
}

// fill opens the partition, after making room for it.
func (s *shelf) fill(ctx context.Context, sl *slot, l *layout, sp span) error {
	if err := s.makeRoom(sl); err != nil {
		return err
	}
	sl.gate.Lock()
	defer sl.gate.Unlock()
	if sl.p != nil {
		return nil
	}
	p, err := s.place.open(ctx, l, sp)
	if err != nil {
		return err
	}
	p.remember(s.limits)
	sl.p = p
	return nil
}

// makeRoom closes partitions that nobody uses: those idle for long, and the
// longest unused one while more than the limit are open.
func (s *shelf) makeRoom(except *slot) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	now, open := s.clock.Now(), 0
	var oldest *slot
	for _, sl := range s.slots {
		if sl == except || !sl.gate.TryLock() {
			open++
			continue
		}
		if sl.p != nil && now.Sub(sl.used) > idle {
			errs = append(errs, s.shut(sl))
		}
		if sl.p != nil {
			open++
			if oldest == nil || sl.used.Before(oldest.used) {
				oldest = sl
			}
		}
		sl.gate.Unlock()
	}
	if open > s.limits.open && oldest != nil && oldest.gate.TryLock() {
		errs = append(errs, s.shut(oldest))
		oldest.gate.Unlock()
	}
	return errors.Join(errs...)
}

func (s *shelf) shut(sl *slot) error {
	if sl.p == nil {
		return nil
	}
	p := sl.p
	sl.p = nil
	return s.place.close(p)
}

// drop removes a partition from the disk once nobody uses it and last has run on
// it.
func (s *shelf) drop(ctx context.Context, l *layout, sp span, last func(p *partition) error) error {
	sl, err := s.slot(l, sp)
	if err != nil {
		return err
	}
	for {
		sl.gate.Lock()
		if sl.p != nil {
			break
		}
		sl.gate.Unlock()
		if err := s.fill(ctx, sl, l, sp); err != nil {
			return err
		}
	}
	defer sl.gate.Unlock()
	if err := last(sl.p); err != nil {
		return err
	}
	p := sl.p
	sl.p = nil
	return s.place.drop(ctx, p)
}

// reopen forgets what is known of a partition, because another node changed it.
func (s *shelf) reopen(l *layout, sp span) {
	sl, err := s.slot(l, sp)
	if err != nil {
		return
	}
	sl.gate.Lock()
	sl.p = nil // PostgreSQL only: there is nothing to close
	sl.gate.Unlock()
}

// close closes every partition; the shelf opens none afterwards.
func (s *shelf) close() error {
	s.mu.Lock()
	s.closed = true
	slots := make([]*slot, 0, len(s.slots))
	for _, sl := range s.slots {
		slots = append(slots, sl)
	}
	s.mu.Unlock()
	var errs []error
	for _, sl := range slots {
		sl.gate.Lock()
		errs = append(errs, s.shut(sl))
		sl.gate.Unlock()
	}
	return errors.Join(errs...)
}
