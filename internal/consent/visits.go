package consent

import (
	"context"
	"fmt"
	"maps"
	"sync"

	"kept/internal/store"
)

// pendingVisits bounds what waits to be written down. What is dropped beyond it
// is noted at the visitor's next renewal, a day later.
const pendingVisits = 100_000

// visits is what page views leave to be written down, once a second together
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

// flush writes the pending visits and counts. A consent that was thought lapsed
// stands again if its cookie, whose life is what was promised, came back.
func (s *Service) flush(ctx context.Context) error {
	days, counts := s.visits.take()
	if len(days) == 0 && len(counts) == 0 {
		return nil
	}
	err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for id, n := range days {
			_, err := tx.ExecContext(ctx, `update consent_decision set last_visit_at = $1, ended_at = null, ended_by = '', end_leaf = '', ending = null
				where id = $2 and (ended_at is null or ended_by = 'lapsed')`, store.At(dayTime(n)), id)
			if err != nil {
				return store.Classify(err)
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
