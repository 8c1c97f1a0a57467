package audit

import (
	"context"
	"fmt"
	"time"

	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/store/event"
)

// eachPartition runs f over every partition of an event table.
func (x *examination) eachPartition(ctx context.Context, t *manifest.Table, f func(ctx context.Context, q store.Querier, p event.Partition) error) error {
	if err := x.Events.In(ctx, t.Name, time.Time{}, time.Time{}, f); err != nil {
		return fmt.Errorf("look into %s: %w", t.Name, err)
	}
	return nil
}

// within counts the rows of one partition that meet a condition. The oldest is
// the one with the smallest id: the time is in it.
func within(ctx context.Context, q store.Querier, t *manifest.Table, where string, args ...any) (tally, error) {
	n, err := count(ctx, q, t.Name, "", where, args...)
	if err != nil || n.n == 0 {
		return n, err
	}
	var first int64
	err = q.QueryRowContext(ctx, "select id from "+t.Name+" where "+where+" order by id limit 1", args...).Scan(&first)
	n.oldest = event.TimeOf(first)
	return n, store.Classify(err)
}

// place names a partition as the marks of its persons are bound to it.
func place(t *manifest.Table, p event.Partition) string {
	if t.Shape == manifest.Daily {
		return t.Name + "-" + p.From.Format(time.DateOnly)
	}
	return t.Name + "-" + p.From.Format("2006-01")
}

// firstID is the smallest id of an event at a moment: its millisecond and 22
// random bits.
func firstID(at time.Time) int64 { return event.NewID(at) &^ (1<<22 - 1) }
