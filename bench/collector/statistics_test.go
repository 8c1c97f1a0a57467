package collector

import (
	"slices"
	"testing"
	"time"
)

// tally is what the rounds of one server gave.
type tally struct{ rates, costs []float64 }

func (t *tally) add(r round) {
	t.rates, t.costs = append(t.rates, r.rate), append(t.costs, r.cost)
}

func (t *tally) report(b *testing.B, name string) {
	b.ReportMetric(median(t.rates), name+"/s")
	b.ReportMetric(median(t.costs), name+"-µs-CPU")
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}

func percentile(v []time.Duration, p int) time.Duration {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)*p/100]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
