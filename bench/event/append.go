package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"kept/internal/store"
	"kept/internal/store/event"
)

// append measures callers that append one row each, one after the other.
func (b *bench) append(ctx context.Context, appenders int) error {
	var wg sync.WaitGroup
	took := make([][]time.Duration, appenders)
	failed := make([]error, appenders)
	began := time.Now()
	for a := range appenders {
		wg.Go(func() {
			for visits := 0; time.Since(began) < *lasting; visits++ {
				for _, r := range visit(fmt.Sprintf("live-%d-%d-%d", appenders, a, visits), time.Now(), 8) {
					r.At = time.Now()
					one := time.Now()
					if failed[a] = b.events.Append(ctx, pageEvent.Name, r); failed[a] != nil {
						return
					}
					took[a] = append(took[a], time.Since(one))
				}
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(began)
	all := slices.Concat(took...)
	slices.Sort(all)
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	report(fmt.Sprintf("append, one durable row a call, %d at once, 1 in 8 new", appenders), "%8.0f rows/s   p50 %v   p99 %v",
		float64(len(all))/elapsed.Seconds(), all[len(all)/2].Round(time.Microsecond), all[len(all)*99/100].Round(time.Microsecond))
	return nil
}

// fill writes the month in the order of time, as it would have come, 1,000 rows a
// call.
func (b *bench) fill(ctx context.Context) error {
	people := *rows / *perVisit
	blocks := make(chan []event.Row, 4)
	go stream(people, blocks)
	began := time.Now()
	for rows := range blocks {
		if err := b.events.Append(ctx, pageEvent.Name, rows...); err != nil {
			return err
		}
	}
	elapsed := time.Since(began)
	if err := b.events.Close(ctx); err != nil {
		return err
	}
	if err := b.reopen(ctx); err != nil {
		return err
	}
	parts, err := b.events.Partitions(ctx, pageEvent.Name)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if p.From.Equal(filled) {
			report("fill a month, 1,000 rows a call", "%8.0f rows/s", float64(p.Rows)/elapsed.Seconds())
			report(fmt.Sprintf("space of %d rows of %d people, indexes included", p.Rows, people), "%8.1f bytes/row", float64(p.Bytes)/float64(p.Rows))
			return b.space(ctx, p)
		}
	}
	return nil
}

// space says what the space is taken by, on SQLite.
func (b *bench) space(ctx context.Context, p event.Partition) error {
	if *database != "" {
		return nil
	}
	return b.events.In(ctx, p.Table, p.From, p.To, func(ctx context.Context, q store.Querier, _ event.Partition) error {
		rows, err := q.QueryContext(ctx, "select name, sum(pgsize) from dbstat group by name order by 2 desc")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			var bytes int64
			if err := rows.Scan(&name, &bytes); err != nil {
				return err
			}
			report("  "+name, "%8.1f bytes/row", float64(bytes)/float64(p.Rows))
		}
		return rows.Err()
	})
}

// stream makes the visits of the month, cut into blocks and sorted by time.
func stream(people int, blocks chan<- []event.Row) {
	defer close(blocks)
	month := filled.AddDate(0, 1, 0).Sub(filled) - time.Hour
	var waiting []event.Row
	for i := range people {
		from := filled.Add(time.Duration(float64(month) * float64(i) / float64(people)))
		waiting = append(waiting, visit(subject(i), from, *perVisit)...)
		if len(waiting) < 20_000 && i < people-1 {
			continue
		}
		// Visits overlap: what is later than the next visit's start stays.
		slices.SortFunc(waiting, func(a, b event.Row) int { return a.At.Compare(b.At) })
		ready, _ := slices.BinarySearchFunc(waiting, from, func(r event.Row, t time.Time) int { return r.At.Compare(t) })
		if i == people-1 {
			ready = len(waiting)
		}
		for some := range slices.Chunk(waiting[:ready], 1000) {
			blocks <- slices.Clone(some)
		}
		waiting = slices.Clone(waiting[ready:])
	}
}

func subject(i int) string { return fmt.Sprintf("visitor-%018d", i) }
