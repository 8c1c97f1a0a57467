package retain

import (
	"fmt"
	"time"

	"kept/internal/policy"
	"kept/internal/policy/period"
)

// collection is the moment that every datum has.
const collection = "collection"

// term is a rule at work: one of the policy in force, or a former one that goes
// on for what was collected before its successor.
type term struct {
	*policy.Rule
	before time.Time // collected before; zero: whenever collected
}

// over returns the moment at which what is dated t has reached its time.
func (t term) over(at time.Time) time.Time {
	end := t.Keep.After(at)
	if t.Until == policy.EndOfYear {
		return period.EndOfYear(end)
	}
	return end
}

// cutoff returns the latest moment so that whatever is dated then or earlier
// has reached its time: at now, or with a rhythm at the start of its period. So
// a run takes the same however late in the period it comes.
func (t term) cutoff(now time.Time) time.Time {
	now = slot(t.Every, now)
	if t.Until == policy.EndOfYear {
		// What ends within an earlier year is over: cut at the last millisecond of it.
		year := time.Date(now.Year(), time.January, 1, 0, 0, 0, 0, time.UTC)
		return t.Keep.Before(year.Add(-time.Millisecond))
	}
	return t.Keep.Before(now)
}

// collected is cutoff for data whose moment is its collection: a former rule
// reaches no further than the end of its reign.
func (t term) collected(now time.Time) time.Time {
	c := t.cutoff(now)
	if !t.before.IsZero() && !c.Before(t.before) {
		return t.before.Add(-time.Millisecond)
	}
	return c
}

// key names the term in the schedule: a former rule apart from its successor.
func (t term) key() string {
	if t.before.IsZero() {
		return t.ID
	}
	return fmt.Sprintf("%s@%d", t.ID, t.before.UnixMilli())
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

// after returns the start of the first such period after t; t itself where
// there are none.
func after(every period.Period, t time.Time) time.Time {
	switch start := slot(every, t); {
	case every.Months+12*every.Years > 0:
		return start.AddDate(0, every.Months+12*every.Years, 0)
	case every.Days > 0:
		return start.AddDate(0, 0, every.Days)
	default:
		return start.Add(every.Clock)
	}
}
