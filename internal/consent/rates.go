package consent

import (
	"context"
	"fmt"
	"time"

	"kept/internal/store"
)

// Rate is how many decisions of one outcome a day had.
type Rate struct {
	Day     time.Time
	Outcome string // accepted, partial, refused, withdrawn, once
	Count   int64
}

// Rates returns the decisions of the last days, today included, by outcome.
func (s *Service) Rates(ctx context.Context, days int) ([]Rate, error) {
	since := dayTime(dayOf(s.clock.Now()) - int64(days) + 1)
	rows, err := s.db.QueryContext(ctx, "select day, outcome, count from consent_count where day >= $1 order by day, outcome", store.At(since))
	if err != nil {
		return nil, fmt.Errorf("consent rates: %w", store.Classify(err))
	}
	defer rows.Close()
	var found []Rate
	for rows.Next() {
		var r Rate
		var at store.Time
		if err := rows.Scan(&at, &r.Outcome, &r.Count); err != nil {
			return nil, fmt.Errorf("consent rates: %w", err)
		}
		r.Day = at.Time
		found = append(found, r)
	}
	return found, store.Classify(rows.Err())
}

// count adds to today's counts.
func (s *Service) count(ctx context.Context, tx *store.Tx, more tally) error {
	today := store.At(dayTime(dayOf(s.clock.Now())))
	for outcome, n := range more {
		_, err := tx.ExecContext(ctx, `insert into consent_count (day, outcome, count) values ($1, $2, $3)
			on conflict (day, outcome) do update set count = consent_count.count + excluded.count`, today, outcome, n)
		if err != nil {
			return store.Classify(err)
		}
	}
	return nil
}
