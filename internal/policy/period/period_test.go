package period

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestMonthsEndWithTheMonth(t *testing.T) {
	for _, c := range []struct{ from, period, day string }{
		{"2026-01-31 10:00", "1 month", "2026-02-28"},
		{"2028-01-31 10:00", "1 month", "2028-02-29"},
		{"2028-02-29 10:00", "1 year", "2029-02-28"},
		{"2026-12-31 00:00", "14 months", "2028-02-29"},
		{"2026-11-30 23:59", "3 months", "2027-02-28"},
		{"2026-03-31 10:00", "6 months", "2026-09-30"},
		{"2026-03-30 10:00", "6 months", "2026-09-30"},
		{"2026-01-15 10:00", "1 month", "2026-02-15"},
		{"2026-02-22 10:00", "7 days", "2026-03-01"},
	} {
		p, err := Parse(c.period)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.After(at(c.from)).Format(time.DateOnly); got != c.day {
			t.Errorf("%s + %s = %s, want %s", c.from, c.period, got, c.day)
		}
	}
}

func TestNoTimeAtAllIsNow(t *testing.T) {
	now := at("2026-02-28 23:59")
	if !(Period{}).After(now).Equal(now) || !(Period{}).Before(now).Equal(now) {
		t.Error("the zero period moves a time")
	}
}

func TestTheEndOfTheYear(t *testing.T) {
	if got := EndOfYear(at("2026-11-21 10:00")); !got.Equal(at("2027-01-01 00:00")) {
		t.Errorf("got %s", got)
	}
}

func TestLonger(t *testing.T) {
	for _, c := range []struct {
		p, q string
		want bool
	}{
		{"1 year", "11 months", true}, {"12 months", "1 year", false}, {"8 days", "1 week", true},
		{"400 days", "13 months", true}, {"2 years", "400 days", true}, {"0 days", "0 days", false}, {"25 hours", "1 day", true},
	} {
		p, _ := Parse(c.p)
		q, _ := Parse(c.q)
		if p.Longer(q) != c.want {
			t.Errorf("%s longer than %s: %v", c.p, c.q, !c.want)
		}
	}
}

// somePeriod and someTime draw what policies and clocks have: times to the
// millisecond, on month ends and in leap years often.
func somePeriod(t *rapid.T) Period {
	return Period{
		Years:  rapid.IntRange(0, 30).Draw(t, "years"),
		Months: rapid.IntRange(0, 40).Draw(t, "months"),
		Days:   rapid.IntRange(0, 400).Draw(t, "days"),
		Clock:  time.Duration(rapid.Int64Range(0, 86_400_000).Draw(t, "clock")) * time.Millisecond,
	}
}

func someTime(t *rapid.T, name string) time.Time {
	year := rapid.IntRange(1999, 2105).Draw(t, name+" year")
	month := rapid.IntRange(1, 12).Draw(t, name+" month")
	day := rapid.SampledFrom([]int{1, 2, 15, 27, 28, 29, 30, 31}).Draw(t, name+" day")
	ms := rapid.OneOf(rapid.Just(int64(0)), rapid.Just(int64(86_399_999)), rapid.Int64Range(0, 86_399_999)).Draw(t, name+" ms")
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Add(time.Duration(ms) * time.Millisecond)
}

// Whatever lies at or before the cut-off is due, and whatever lies after it is
// not: nothing goes early and nothing due is left.
func TestTheCutOffDividesWhatIsDue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, now := somePeriod(t), someTime(t, "now")
		cut := p.Before(now)
		probe := func(m time.Time) {
			due := !p.After(m).After(now)
			if before := !m.After(cut); before != due {
				t.Fatalf("%v before %s is %s, but %s is due: %v (%s)", p, now, cut, m, due, p.After(m))
			}
		}
		for _, step := range []time.Duration{0, 1, time.Millisecond, time.Second, time.Hour, 24 * time.Hour, 72 * time.Hour, 40 * 24 * time.Hour} {
			probe(cut.Add(step))
			probe(cut.Add(-step))
		}
		probe(someTime(t, "moment"))
	})
}

func TestWhatCameLaterIsNeverDueEarlier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, m := somePeriod(t), someTime(t, "moment")
		later := m.Add(time.Duration(rapid.Int64Range(0, 100*86_400_000).Draw(t, "later")) * time.Millisecond)
		if p.After(later).Before(p.After(m)) {
			t.Fatalf("%v after %s is %s, after %s already %s", p, m, p.After(m), later, p.After(later))
		}
	})
}
