package recent

import "sync"

// Cache remembers values by their keys. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	half int

	mu         sync.RWMutex
	young, old map[K]V
}

// New returns a cache of at most size values, which must be at least two. It
// forgets none of the last half of them that were asked for.
func New[K comparable, V any](size int) *Cache[K, V] {
	return &Cache[K, V]{half: max(size/2, 1), young: map[K]V{}}
}

// Get returns the value of a key, if it is remembered.
func (c *Cache[K, V]) Get(key K) (value V, ok bool) {
	c.mu.RLock()
	value, ok = c.young[key]
	aged := false
	if !ok {
		value, aged = c.old[key]
	}
	c.mu.RUnlock()
	if aged {
		return c.renew(key)
	}
	return value, ok
}

// renew takes a value of the old half into the young one, unless it was removed
// since it was seen there.
func (c *Cache[K, V]) renew(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if value, ok := c.young[key]; ok {
		return value, true
	}
	value, ok := c.old[key]
	if ok {
		c.enter(key, value)
	}
	return value, ok
}

// Add remembers a value, in the place of the one before.
func (c *Cache[K, V]) Add(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.enter(key, value)
}

// GetOrAdd returns the value of a key after remembering this one if there was
// none.
func (c *Cache[K, V]) GetOrAdd(key K, value V) V {
	c.mu.Lock()
	defer c.mu.Unlock()
	if before, ok := c.young[key]; ok {
		return before
	}
	if before, ok := c.old[key]; ok {
		value = before
	}
	c.enter(key, value)
	return value
}

func (c *Cache[K, V]) enter(key K, value V) {
	if _, ok := c.young[key]; !ok && len(c.young) >= c.half {
		c.old, c.young = c.young, make(map[K]V, c.half)
	}
	c.young[key] = value
}

// Remove forgets a key.
func (c *Cache[K, V]) Remove(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.young, key)
	delete(c.old, key)
}

// Purge forgets everything.
func (c *Cache[K, V]) Purge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.young, c.old = map[K]V{}, nil
}

// Len is how many values are remembered.
func (c *Cache[K, V]) Len() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	n := len(c.young)
	for key := range c.old {
		if _, both := c.young[key]; !both {
			n++
		}
	}
	return n
}
