package throttle

import (
	"context"
	"slices"
	"sync"
)

// turnstile lets a number of calls run at once, and the tenants that wait take
// turns.
type turnstile struct {
	mu      sync.Mutex
	most    int // 0: no limit
	used    int
	waiting map[string][]chan struct{}
	order   []string // tenants that wait, whose turn is next first
}

func newTurnstile(most int) *turnstile {
	return &turnstile{most: most, waiting: map[string][]chan struct{}{}}
}

func (t *turnstile) enter(ctx context.Context, tenant string) error {
	t.mu.Lock()
	if t.most == 0 || t.used < t.most && len(t.order) == 0 {
		t.used++
		t.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	if len(t.waiting[tenant]) == 0 {
		t.order = append(t.order, tenant)
	}
	t.waiting[tenant] = append(t.waiting[tenant], turn)
	t.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		t.leaveQueue(tenant, turn)
		return ctx.Err()
	}
}

// leaveQueue takes back a place in the queue, or the turn that it became.
func (t *turnstile) leaveQueue(tenant string, turn chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.waiting[tenant], turn); i >= 0 {
		t.waiting[tenant] = slices.Delete(t.waiting[tenant], i, i+1)
		t.order = slices.DeleteFunc(t.order, func(x string) bool { return x == tenant && len(t.waiting[tenant]) == 0 })
		return
	}
	t.used--
	t.next()
}

func (t *turnstile) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.used--
	t.next()
}

func (t *turnstile) next() {
	for t.used < t.most && len(t.order) > 0 {
		tenant := t.order[0]
		t.order = t.order[1:]
		queue := t.waiting[tenant]
		close(queue[0])
		t.used++
		if len(queue) == 1 {
			delete(t.waiting, tenant)
			continue
		}
		t.waiting[tenant] = queue[1:]
		t.order = append(t.order, tenant)
	}
}
