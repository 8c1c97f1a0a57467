package consent

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

// pendingVisits bounds what waits to be written down. What is dropped beyond it
// is noted at the visitor's next renewal, a day later.
const pendingVisits = 100_000

// visits is what page views leave to be written down, twice a second together
// and never in a visitor's way.
type visits struct {
	mu     sync.Mutex
	days   map[string]int64 // decision → day of its last visit
	counts tally            // outcome → how many more
}

func (v *visits) visited(id string, day int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.days == nil {
		v.days = map[string]int64{}
	}
	if len(v.days) < pendingVisits {
		v.days[id] = day
	}
}

func (v *visits) count(outcome string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.counts == nil {
		v.counts = tally{}
	}
	v.counts[outcome]++
}

func (v *visits) take() (days map[string]int64, counts tally) {
	v.mu.Lock()
	defer v.mu.Unlock()
	days, counts = v.days, v.counts
	v.days, v.counts = nil, nil
	return days, counts
}

// giveBack keeps what could not be written for the next time.
func (v *visits) giveBack(days map[string]int64, counts tally) {
	v.mu.Lock()
	defer v.mu.Unlock()
	maps.Copy(days, v.days)
	for outcome, n := range v.counts {
		counts[outcome] += n
	}
	v.days, v.counts = days, counts
}

// flush writes the pending visits and counts, in the order of the ids: two nodes
// that note the same visitors never wait for each other.
func (s *Service) flush(ctx context.Context) error {
	days, counts := s.visits.take()
	if len(days) == 0 && len(counts) == 0 {
		return nil
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, id := range slices.Sorted(maps.Keys(days)) {
			if err := s.note(ctx, tx, id, dayTime(days[id])); err != nil {
				return err
			}
		}
		return s.count(ctx, tx, counts)
	})
	if err != nil {
		if days == nil {
			days = map[string]int64{}
		}
		if counts == nil {
			counts = tally{}
		}
		s.visits.giveBack(days, counts)
		return fmt.Errorf("write down visits: %w", err)
	}
	return nil
}

// note writes down a visit under a decision. If that was thought lapsed, it
// stands again: its cookie, whose life is what was promised, came back.
func (s *Service) note(ctx context.Context, tx *store.Tx, id string, visit time.Time) error {
	const query = "update consent_decision set last_visit_at = $1 where id = $2 and ended_at is null"
	done, err := tx.ExecContext(ctx, query, store.At(visit), id)
	if err != nil {
		return store.Classify(err)
	}
	if n, err := done.RowsAffected(); err != nil || n > 0 {
		return err
	}
	if err := s.revive(ctx, tx, id); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, query, store.At(visit), id)
	return store.Classify(err)
}

// revive lets a decision that lapsed stand again, with a leaf consent.renewed
// that names those of its acceptance and of its lapse. Every other decision stays
// as it is.
func (s *Service) revive(ctx context.Context, tx *store.Tx, id string) error {
	var given, lapsed string
	err := store.Classify(tx.QueryRowContext(ctx, "select leaf, end_leaf from consent_decision where id = $1 and ended_by = $2", id, Lapsed).Scan(&given, &lapsed))
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	done, err := tx.ExecContext(ctx, "update consent_decision set ended_at = null, ended_by = '', end_leaf = '', ending = null where id = $1 and ended_by = $2", id, Lapsed)
	if err != nil {
		return store.Classify(err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 { // another node was first
		return err
	}
	_, err = s.ledger.Append(ctx, tx, "consent.renewed", map[string]any{"given": given, "ended": lapsed})
	return err
}
