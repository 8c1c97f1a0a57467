package event

import (
	"fmt"
	"testing"
	"time"

	"kept/internal/clock/clocktest"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// BenchmarkBatch is what a batch of 96 callers costs the writer, by processor
// time a row: 500 persons, 40 pages, 100 agents, as bench/collector has them.
func BenchmarkBatch(b *testing.B) {
	for name, place := range map[string]func(testing.TB) store.Config{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		b.Run(name, func(b *testing.B) {
			h := newHouse(b, storetest.Open(b, place(b)), usual)
			batch, at := make([]*request, 96), november
			ln := h.lanes["visit"]
			n := 0
			used := clocktest.Spent(b)
			for b.Loop() {
				for i := range batch {
					n++
					at = at.Add(50 * time.Microsecond)
					r := view(at, fmt.Sprint("person-", n*7919%500), fmt.Sprint("/page-", n%40))
					r.Values[1] = fmt.Sprint("agent-", n%100)
					c, err := ln.layout.check(&r)
					if err != nil {
						b.Fatal(err)
					}
					c.mark = mark{byte(n * 7919 % 500), byte(n * 7919 % 500 >> 8)}
					batch[i] = &request{rows: []row{c}, done: make(chan error, 1)}
				}
				ln.taken <- ln.write(batch)
				for _, req := range batch {
					if err := <-req.done; err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(clocktest.Spent(b)-used)/float64(n), "cpu-ns/row")
		})
	}
}
