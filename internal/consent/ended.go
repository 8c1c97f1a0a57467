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
	// A commit can become visible after one with a later time, so each poll
	// looks back: a little each second, further each minute.
	lookBack     = 15 * time.Second
	lookBackFar  = 15 * time.Minute
	lookFarEvery = time.Minute
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
	newest  int64
	looked  time.Time // when it was last looked far back
	pruned  time.Time
	failing time.Time // since when polls fail; zero: they do not
}

func (e *endedSet) has(id string) bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	_, ok := e.at[digestOf(id)]
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

// since returns the time from which a poll at now has to read.
func (e *endedSet) since(now time.Time) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if age := now.Sub(e.looked); e.looked.IsZero() {
		e.looked = now
		return now.Add(-longestLife).UnixMilli()
	} else if age < 0 || age >= lookFarEvery {
		e.looked = now
		return e.newest - lookBackFar.Milliseconds()
	}
	return e.newest - lookBack.Milliseconds()
}

// prune forgets what no cookie can bear any more and returns the cut-off; ok is
// false if that was done within the day.
func (e *endedSet) prune(now time.Time) (cutoff int64, ok bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if age := now.Sub(e.pruned); age >= 0 && age < day {
		return 0, false
	}
	e.pruned, cutoff = now, now.Add(-longestLife-2*day).UnixMilli()
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
func (s *Service) Withdrawn(id string) bool { return s.ended.has(id) }

// readEnded takes in what was ended since the last time, here or elsewhere.
func (s *Service) readEnded(ctx context.Context) error {
	now := s.clock.Now()
	if err := s.readEndedSince(ctx, s.ended.since(now)); err != nil {
		return fmt.Errorf("read ended decisions: %w", err)
	}
	cutoff, due := s.ended.prune(now)
	if !due {
		return nil
	}
	if _, err := s.db.ExecContext(ctx, "delete from consent_withdrawn where at < $1", cutoff); err != nil {
		return fmt.Errorf("drop old ended decisions: %w", store.Classify(err))
	}
	return nil
}

func (s *Service) readEndedSince(ctx context.Context, since int64) error {
	rows, err := s.db.QueryContext(ctx, "select digest, at from consent_withdrawn where at >= $1", since)
	if err != nil {
		return store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var b []byte
		var at int64
		if err := rows.Scan(&b, &at); err != nil {
			return err
		}
		if len(b) == len(digest{}) {
			s.ended.add(digest(b), at)
		}
	}
	return store.Classify(rows.Err())
}

// stopCookies makes the cookies of a decision worthless, here once the
// transaction is committed and on other nodes at their next poll.
func (s *Service) stopCookies(ctx context.Context, tx *store.Tx, id string, at time.Time) error {
	d, ms := digestOf(id), at.UnixMilli()
	_, err := tx.ExecContext(ctx, "insert into consent_withdrawn (digest, at) values ($1, $2) on conflict (digest) do nothing", d[:], ms)
	if err != nil {
		return store.Classify(err)
	}
	tx.OnCommit(func() { s.ended.add(d, ms) })
	return nil
}
