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
// month, or take the last day of a shorter one.
func (p Period) After(t time.Time) time.Time { return p.shift(t, 1) }

// Before returns the latest cut-off c so that everything dated at or before c
// is at least p old at t: c+p <= t for every such moment.
func (p Period) Before(t time.Time) time.Time {
	c := p.shift(t, -1)
	// The calendar is not symmetric: 31 March less a month is 28 February, but
	// 28 February plus a month is 28 March. Everything between would be due too.
	for day := c.AddDate(0, 0, 1); !p.After(day).After(t); day = day.AddDate(0, 0, 1) {
		c = day
	}
	for p.After(c).After(t) {
		c = c.AddDate(0, 0, -1)
	}
	return c
}

func (p Period) shift(t time.Time, sign int) time.Time {
	y, m, d := t.Date()
	months := int(m) - 1 + sign*(p.Months+12*p.Years)
	first := time.Date(y, time.Month(months+1), 1, 0, 0, 0, 0, t.Location())
	if last := daysIn(first); d > last {
		d = last
	}
	day := time.Date(first.Year(), first.Month(), d+sign*p.Days, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	return day.Add(time.Duration(sign) * p.Clock)
}

func daysIn(t time.Time) int {
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, t.Location()).Day()
}

// EndOfYear returns the first moment of the year after t: what runs "until the
// end of the year" is over then.
func EndOfYear(t time.Time) time.Time {
	return time.Date(t.Year()+1, time.January, 1, 0, 0, 0, 0, t.Location())
}
