package event

import (
	"sync"

	"kept/internal/recent"
)

// marks remembers whose mark is which, until a key is destroyed: which one was,
// is not known here, so all are forgotten.
type marks struct {
	mu    sync.RWMutex
	known *recent.Cache[person, mark]
	since uint64 // the vault's count of destructions that known goes with
}

func newMarks(size int) *marks { return &marks{known: recent.New[person, mark](size)} }

// get returns the person's mark as of a count of destructions.
func (m *marks) get(who person, since uint64) (mark, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.since != since {
		return mark{}, false
	}
	return m.known.Get(who)
}

// put keeps a mark that was derived when so many keys had been destroyed, or
// later. What is known of an earlier time goes.
func (m *marks) put(who person, is mark, since uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case since < m.since:
		return
	case since > m.since:
		m.known.Purge()
		m.since = since
	}
	m.known.Add(who, is)
}
