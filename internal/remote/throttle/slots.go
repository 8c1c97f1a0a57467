package throttle

import (
	"context"
	"slices"
	"sync"
)

// calm is how many calls in a row must pass before a mailbox that was narrowed is
// opened by one.
const calm = 50

// slots lets a number of calls run at once. The number is halved when the service
// refuses for concurrency, and grows again by one after each calm.
type slots struct {
	mu      sync.Mutex
	most    int // 0: no limit
	limit   int
	used    int
	passed  int // calls since the last change
	waiting []chan struct{}
}

func newSlots(most int) *slots { return &slots{most: most, limit: most} }

func (s *slots) enter(ctx context.Context) error {
	s.mu.Lock()
	if s.most == 0 || s.used < s.limit && len(s.waiting) == 0 {
		s.used++
		s.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	s.waiting = append(s.waiting, turn)
	s.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		s.leaveQueue(turn)
		return ctx.Err()
	}
}

// leaveQueue takes back a place in the queue, or the slot that it became.
func (s *slots) leaveQueue(turn chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.Index(s.waiting, turn); i >= 0 {
		s.waiting = slices.Delete(s.waiting, i, i+1)
		return
	}
	s.used--
	s.next()
}

func (s *slots) leave(crowded bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used--
	switch {
	case s.most == 0: // there is nothing to narrow
	case crowded:
		s.limit, s.passed = max(1, s.limit/2), 0
	case s.limit < s.most:
		if s.passed++; s.passed >= calm {
			s.limit, s.passed = s.limit+1, 0
		}
	}
	s.next()
}

// next lets in who waits and fits.
func (s *slots) next() {
	for len(s.waiting) > 0 && s.used < s.limit {
		close(s.waiting[0])
		s.waiting = s.waiting[1:]
		s.used++
	}
}

func (s *slots) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used == 0 && len(s.waiting) == 0 && s.limit == s.most
}
