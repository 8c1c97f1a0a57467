package store

import (
	"context"
	"fmt"
	"time"
)

// Apart returns how far a clock is ahead of the database's, behind it if negative, to
// within half of the time that asking took. SQLite runs on this machine's own clock:
// there is nothing to compare.
func (db *DB) Apart(ctx context.Context, now func() time.Time) (time.Duration, error) {
	if db.dialect == SQLite {
		return 0, nil
	}
	var theirs time.Time
	before := now()
	if err := db.QueryRowContext(ctx, "select clock_timestamp()").Scan(&theirs); err != nil {
		return 0, fmt.Errorf("ask the database for the time: %w", Classify(err))
	}
	took := now().Sub(before)
	return before.Add(took / 2).Sub(theirs), nil
}
