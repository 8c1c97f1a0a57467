package consent

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"kept/internal/store"
)

const (
	// longestLife is how long browsers let a cookie live at most (RFC 6265bis),
	// and so how long an ended decision has to be remembered.
	longestLife = 400 * day
	// unsureAfter is how long polls may fail before acceptances stop counting.
	unsureAfter = 10 * time.Second
)

type digest [16]byte

func digestOf(id string) digest {
	sum := sha256.Sum256([]byte(id))
	return digest(sum[:16])
}

// endedSet is the decisions whose cookies count no longer, on all nodes.
type endedSet struct {
	mu      sync.RWMutex
	at      map[digest]int64 // milliseconds
	newest  int64            // among at
	place   int64            // of the last that was read
	pruned  time.Time
	failing time.Time // since when polls fail; zero: they do not
}

func (e *endedSet) has(d digest) bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	_, ok := e.at[d]
	return ok
}

func (e *endedSet) add(d digest, at int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.at == nil {
		e.at = map[digest]int64{}
	}
	e.at[d] = at
	e.newest = max(e.newest, at)
}

// read takes in what a poll found.
func (e *endedSet) read(d digest, at, place int64) {
	e.add(d, at)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.place = max(e.place, place)
}

func (e *endedSet) last() int64 {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.place
}

// prune forgets what no cookie can bear any more and returns the cut-off; ok is
// false if that was done within the day. It counts from the latest end: a clock
// that jumped ahead must not forget what another node needs.
func (e *endedSet) prune(now time.Time) (cutoff int64, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if age := now.Sub(e.pruned); age >= 0 && age < day {
		return 0, false
	}
	e.pruned, cutoff = now, min(now.UnixMilli(), e.newest)-(longestLife+2*day).Milliseconds()
	for d, at := range e.at {
		if at < cutoff {
			delete(e.at, d)
		}
	}
	return cutoff, true
}

func (e *endedSet) polled(now time.Time, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case err == nil:
		e.failing = time.Time{}
	case e.failing.IsZero():
		e.failing = now
	}
}

// unsure reports whether a withdrawal on another node could have been missed.
func (e *endedSet) unsure(now time.Time) bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return !e.failing.IsZero() && now.Sub(e.failing) > unsureAfter
}

// Withdrawn reports whether the decision id has ended: withdrawn, or replaced
// by another. What another node ended is known within a second.
func (s *Service) Withdrawn(id string) bool { return s.ended.has(digestOf(id)) }

// Ended is Withdrawn for the decision of a state.
func (s *Service) Ended(st State) bool {
	if st.Decision == "" {
		return false
	}
	if st.digest == (digest{}) {
		return s.Withdrawn(st.Decision) // it was not read from a request
	}
	return s.ended.has(st.digest)
}

// readEnded takes in what was ended since the last time, here or elsewhere.
func (s *Service) readEnded(ctx context.Context) error {
	if err := s.readEndedAfter(ctx, s.ended.last()); err != nil {
		return fmt.Errorf("read ended decisions: %w", err)
	}
	cutoff, due := s.ended.prune(s.clock.Now())
	if !due {
		return nil
	}
	if _, err := s.db.ExecContext(ctx, "delete from consent_withdrawn where at < $1", cutoff); err != nil {
		return fmt.Errorf("drop old ended decisions: %w", store.Classify(err))
	}
	return nil
}

func (s *Service) readEndedAfter(ctx context.Context, place int64) error {
	rows, err := s.db.QueryContext(ctx, "select digest, at, place from consent_withdrawn where place > $1", place)
	if err != nil {
		return store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var b []byte
		var at, place int64
		if err := rows.Scan(&b, &at, &place); err != nil {
			return err
		}
		if len(b) == len(digest{}) {
			s.ended.read(digest(b), at, place)
		}
	}
	return store.Classify(rows.Err())
}

// stopCookies makes the cookies of a decision worthless, here once the
// transaction is committed and on other nodes at their next poll. Its place comes
// from a row that only one transaction at a time can change: places become
// visible in their order, so a poll that goes on after the last it saw misses
// none, whatever the nodes' clocks say.
func (s *Service) stopCookies(ctx context.Context, tx *store.Tx, id string, at time.Time) error {
	var place int64
	if err := tx.QueryRowContext(ctx, "update consent_order set last = last + 1 where id = 1 returning last").Scan(&place); err != nil {
		return store.Classify(err)
	}
	d, ms := digestOf(id), at.UnixMilli()
	_, err := tx.ExecContext(ctx, "insert into consent_withdrawn (digest, at, place) values ($1, $2, $3) on conflict (digest) do nothing", d[:], ms, place)
	if err != nil {
		return store.Classify(err)
	}
	tx.OnCommit(func() { s.ended.add(d, ms) })
	return nil
}
