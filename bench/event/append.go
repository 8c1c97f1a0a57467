package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

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

// fill writes the month, many rows a call.
func (b *bench) fill(ctx context.Context) error {
	const writers, block = 8, 50 // visitors a call
	people := *rows / *perVisit
	began := time.Now()
	var wg sync.WaitGroup
	failed := make([]error, writers)
	month := filled.AddDate(0, 1, 0).Sub(filled) - time.Hour
	for w := range writers {
		wg.Go(func() {
			for first := w * block; first < people; first += writers * block {
				var some []event.Row
				for i := first; i < min(first+block, people); i++ {
					from := filled.Add(time.Duration(float64(month) * float64(i) / float64(people)))
					some = append(some, visit(subject(i), from, *perVisit)...)
				}
				if failed[w] = b.events.Append(ctx, pageEvent.Name, some...); failed[w] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range failed {
		if err != nil {
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
		}
	}
	return nil
}

func subject(i int) string { return fmt.Sprintf("visitor-%018d", i) }
