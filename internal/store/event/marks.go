package event

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// marks remembers whose mark is which, until a key is destroyed: which one was,
// is not known here, so all are forgotten.
type marks struct {
	mu    sync.Mutex
	known *simplelru.LRU[person, mark]
	since uint64 // the vault's count of destructions that known goes with
}

func newMarks(size int) *marks {
	known, err := simplelru.NewLRU[person, mark](size, nil)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &marks{known: known}
}

// get returns the person's mark as of a count of destructions.
func (m *marks) get(who person, since uint64) (mark, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
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
