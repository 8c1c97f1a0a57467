package period

import "time"

// Period is a length of time on the calendar. The zero Period is no time at all.
type Period struct {
	Years, Months, Days int
	Clock               time.Duration // hours, minutes, seconds, below a day
}

// IsZero reports whether p is no time at all.
func (p Period) IsZero() bool { return p == Period{} }

// After returns the moment p after t. Years and months keep the day of the
// month and the time of day; where the month that they lead to is shorter, the
// period ends with its last moment. So a later t never has an earlier end.
func (p Period) After(t time.Time) time.Time {
	return p.addMonths(t).AddDate(0, 0, p.Days).Add(p.Clock)
}

// Before returns the cut-off of t: whatever is dated at or before it is at
// least p old at t, whatever is dated after it is not.
func (p Period) Before(t time.Time) time.Time {
	return p.subtractMonths(t.Add(-p.Clock).AddDate(0, 0, -p.Days))
}

// Longer reports whether p lasts longer than q, counted from a day in a common
// year; a month is neither longer nor shorter than that.
func (p Period) Longer(q Period) bool {
	from := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
	return p.After(from).After(q.After(from))
}

func (p Period) addMonths(t time.Time) time.Time {
	if p.Years == 0 && p.Months == 0 {
		return t
	}
	first := monthAt(t, p.Months+12*p.Years)
	if t.Day() > daysIn(first) {
		return lastMoment(first)
	}
	return sameTime(first, t)
}

// subtractMonths returns the latest moment that addMonths brings to t or before.
func (p Period) subtractMonths(t time.Time) time.Time {
	if p.Years == 0 && p.Months == 0 {
		return t
	}
	first := monthAt(t, -p.Months-12*p.Years)
	if t.Day() > daysIn(first) || t.Equal(lastMoment(t)) {
		return lastMoment(first)
	}
	return sameTime(first, t)
}

// monthAt returns the first day of the month that lies months after t's.
func monthAt(t time.Time, months int) time.Time {
	return time.Date(t.Year(), t.Month()+time.Month(months), 1, 0, 0, 0, 0, t.Location())
}

// sameTime returns t's day of the month and time of day in the month of first.
func sameTime(first, t time.Time) time.Time {
	return time.Date(first.Year(), first.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
}

func lastMoment(month time.Time) time.Time {
	return monthAt(month, 1).Add(-time.Nanosecond)
}

func daysIn(month time.Time) int { return lastMoment(month).Day() }

// EndOfYear returns the first moment of the year after t: what runs "until the
// end of the year" is over then.
func EndOfYear(t time.Time) time.Time {
	return time.Date(t.Year()+1, time.January, 1, 0, 0, 0, 0, t.Location())
}
