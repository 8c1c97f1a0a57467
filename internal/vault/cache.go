package vault

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"kept/internal/clock"
	"kept/internal/store"
)

// cache holds the keys of the subjects met last. Destroyed keys leave it at once when this
// process destroyed them, and within Stale when another did.
type cache struct {
	clock clock.Clock

	mu       sync.Mutex
	subjects *simplelru.LRU[string, map[string]*key] // by subject, then by rule
	epoch    uint64                                  // moves whenever keys are forgotten

	checking  sync.Mutex
	checked   time.Time // when destroyed was read; the zero time: never
	destroyed int64     // the counter of the keys' database
}

func newCache(clk clock.Clock, size int) *cache {
	subjects, err := simplelru.NewLRU[string, map[string]*key](cmp.Or(max(size, 0), 10_000), nil)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &cache{clock: clk, subjects: subjects}
}

func (c *cache) get(ref Ref) (*key, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rules, _ := c.subjects.Get(ref.Subject)
	k, ok := rules[ref.Rule]
	return k, ok
}

// now returns the epoch; take it before reading a key that is to be put.
func (c *cache) now() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.epoch
}

// put keeps k, unless keys were forgotten since epoch: k may be one of them.
func (c *cache) put(ref Ref, k *key, epoch uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.epoch != epoch {
		return
	}
	rules, ok := c.subjects.Get(ref.Subject)
	if !ok {
		rules = map[string]*key{}
		c.subjects.Add(ref.Subject, rules)
	}
	rules[ref.Rule] = k
}

// forget drops the keys of the subjects of refs; rules that live on are read
// again when they are used.
func (c *cache) forget(refs []Ref) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epoch++
	for _, r := range refs {
		c.subjects.Remove(r.Subject)
	}
}

// refresh drops every key if another process destroyed one. It asks at most
// once per Stale and fails if it cannot ask: a key that may be destroyed is not
// used.
func (c *cache) refresh(ctx context.Context, q store.Querier) error {
	c.checking.Lock()
	defer c.checking.Unlock()
	at := c.clock.Now()
	if age := at.Sub(c.checked); age >= 0 && age < Stale {
		return nil
	}
	var destroyed int64
	if err := q.QueryRowContext(ctx, "select destroyed from vault_change").Scan(&destroyed); err != nil {
		return fmt.Errorf("ask which keys were destroyed: %w", store.Classify(err))
	}
	if destroyed != c.destroyed {
		c.mu.Lock()
		c.epoch++
		c.subjects.Purge()
		c.mu.Unlock()
	}
	c.checked, c.destroyed = at, destroyed
	return nil
}
