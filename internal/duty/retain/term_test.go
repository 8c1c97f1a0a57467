package retain

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kept/internal/policy"
	"kept/internal/policy/period"
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func TestSlots(t *testing.T) {
	at := time.Date(2026, time.March, 10, 9, 30, 0, 0, time.UTC) // a Tuesday
	for _, c := range []struct {
		every      period.Period
		start, end time.Time
	}{
		{period.Period{Months: 1}, day(2026, 3, 1), day(2026, 4, 1)},
		{period.Period{Months: 3}, day(2026, 1, 1), day(2026, 4, 1)},
		{period.Period{Years: 1}, day(2026, 1, 1), day(2027, 1, 1)},
		{period.Period{Days: 1}, day(2026, 3, 10), day(2026, 3, 11)},
		{period.Period{Days: 7}, day(2026, 3, 9), day(2026, 3, 16)},
		{period.Period{Clock: time.Hour}, at.Truncate(time.Hour), at.Truncate(time.Hour).Add(time.Hour)},
		{period.Period{}, at, at},
	} {
		if got := slot(c.every, at); !got.Equal(c.start) {
			t.Errorf("slot of %v begins %v, want %v", c.every, got, c.start)
		}
		if got := after(c.every, at); !got.Equal(c.end) {
			t.Errorf("slot of %v ends %v, want %v", c.every, got, c.end)
		}
	}
}

// What is dated at the cutoff or before is over, and nothing that is over for
// longer than a day is dated after it (the calendar is not even: see Before).
func TestCutoffAgreesWithOver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := term{Rule: &policy.Rule{Keep: period.Period{
			Years: rapid.IntRange(0, 10).Draw(t, "years"), Months: rapid.IntRange(0, 14).Draw(t, "months"), Days: rapid.IntRange(0, 40).Draw(t, "days"),
		}}}
		if rapid.Bool().Draw(t, "end of year") {
			r.Until = policy.EndOfYear
		}
		now := day(2020, 1, 1).Add(time.Duration(rapid.Int64Range(0, 10*365*24*3600).Draw(t, "now")) * time.Second)
		cut := r.cutoff(now)
		before := cut.Add(-time.Duration(rapid.Int64Range(0, 400*24*3600).Draw(t, "before")) * time.Second)
		if r.over(before).After(now) {
			t.Errorf("dated %v, cutoff %v: over only at %v, now is %v", before, cut, r.over(before), now)
		}
		later := cut.Add(24*time.Hour + time.Millisecond)
		if !r.over(later).After(now) {
			t.Errorf("dated %v, a day after the cutoff %v, is over at %v already, now is %v", later, cut, r.over(later), now)
		}
	})
}
