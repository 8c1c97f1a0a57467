package retain

import (
	"time"

	"kept/internal/policy"
	"kept/internal/policy/period"
)

// endOfYear is the word of a rule that runs on to the end of its year.
const endOfYear = "end-of-year"

// over returns the moment at which what is dated t has reached its time.
func over(r *policy.Rule, t time.Time) time.Time {
	end := r.Keep.After(t)
	if r.Until == endOfYear {
		return period.EndOfYear(end)
	}
	return end
}

// cutoff returns the latest moment so that whatever is dated then or earlier
// has reached its time at now.
func cutoff(r *policy.Rule, now time.Time) time.Time {
	if r.Until == endOfYear {
		// What ends within an earlier year is over: cut at the last millisecond of it.
		year := time.Date(now.Year(), time.January, 1, 0, 0, 0, 0, time.UTC)
		return r.Keep.Before(year.Add(-time.Millisecond))
	}
	return r.Keep.Before(now)
}

// monday is a Monday from which days are counted into weeks.
var monday = time.Date(1970, time.January, 5, 0, 0, 0, 0, time.UTC)

// slot returns the start of the calendar period of length every in which now
// lies: the first of the month, the Monday, the full hour. A zero every has no
// slots; every moment is its own.
func slot(every period.Period, now time.Time) time.Time {
	now = now.UTC()
	switch months := every.Months + 12*every.Years; {
	case months > 0:
		n := (now.Year()*12 + int(now.Month()) - 1) / months * months
		return time.Date(n/12, time.Month(n%12+1), 1, 0, 0, 0, 0, time.UTC)
	case every.Days > 0:
		length := time.Duration(every.Days) * 24 * time.Hour
		return monday.Add(now.Sub(monday) / length * length)
	case every.Clock > 0:
		return now.Truncate(every.Clock)
	}
	return now
}
