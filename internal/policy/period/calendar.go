package period

import (
	"slices"
	"time"
)

// Calendar knows the public holidays of a jurisdiction. The zero Calendar knows
// none: Saturdays and Sundays alone are no working days there.
type Calendar struct{ holidays []Holiday }

// CalendarOf returns the calendar of a country (DE, FR, AT), of a German Land
// (DE-HE) or of the institutions of the Union (EU). known is false, and the
// calendar the zero one, for any other: a period then ends earlier than the law
// lets it, never later.
func CalendarOf(jurisdiction string) (c Calendar, known bool) {
	holidays, known := jurisdictions[jurisdiction]
	return Calendar{holidays}, known
}

// Holiday returns the public holiday that day is; ok is false if it is none.
func (c Calendar) Holiday(day time.Time) (h Holiday, ok bool) {
	i := slices.IndexFunc(c.holidays, func(h Holiday) bool { return h.falls(day) })
	if i < 0 {
		return Holiday{}, false
	}
	return c.holidays[i], true
}

// Working reports whether day is a working day: no public holiday, Saturday or
// Sunday (Regulation 1182/71, Art. 2(2)).
func (c Calendar) Working(day time.Time) bool {
	if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
		return false
	}
	_, holiday := c.Holiday(day)
	return !holiday
}

// End returns the first moment after a period that runs from an event, as
// Regulation (EEC, Euratom) 1182/71 counts it in the zone of event. The day of
// the event does not count, and the last day counts in full; if that is no
// working day, the next one is the last. A period of two days or more has at
// least two working days.
//
// A period in hours runs from the next full hour and is never prolonged: whether
// its end may wait for a working day is disputed, and to be early is safe. Hours
// beside days come on top of the day that the days end with.
func (c Calendar) End(event time.Time, p Period) time.Time {
	if p.Years == 0 && p.Months == 0 && p.Days == 0 {
		if p.Clock == 0 {
			return event
		}
		return nextHour(event).Add(p.Clock)
	}
	return midnight(c.LastDay(event, p), 1).Add(p.Clock)
}

// LastDay returns the day with whose last hour a period from event ends, at the
// beginning of that day: what a letter names as the date. Hours are left out.
func (c Calendar) LastDay(event time.Time, p Period) time.Time {
	day := midnight(event, 0)
	last := Period{Years: p.Years, Months: p.Months}.onDays(day)
	last = midnight(last, p.Days)
	if midnight(day, 1).Before(last) { // two days or more
		last = later(last, c.secondWorkingDay(day))
	}
	for !c.Working(last) {
		last = midnight(last, 1)
	}
	return last
}

// onDays adds months to a day: where the last month has no such day, its last
// one (Art. 3(2)(c)).
func (p Period) onDays(day time.Time) time.Time {
	if p.Years == 0 && p.Months == 0 {
		return day
	}
	first := monthAt(day, p.Months+12*p.Years)
	return midnight(first, min(day.Day(), daysIn(first))-1)
}

// secondWorkingDay returns the second working day after day.
func (c Calendar) secondWorkingDay(day time.Time) time.Time {
	for found := 0; found < 2; {
		day = midnight(day, 1)
		if c.Working(day) {
			found++
		}
	}
	return day
}

// midnight returns the first moment of the day that lies days after t's. In a
// zone that skips midnight when summer time begins, that is an hour later.
func midnight(t time.Time, days int) time.Time {
	year, month, day := t.Date()
	noon := time.Date(year, month, day+days, 12, 0, 0, 0, t.Location())
	start := time.Date(year, month, day+days, 0, 0, 0, 0, t.Location())
	for start.Day() != noon.Day() {
		start = start.Add(time.Hour)
	}
	return start
}

// nextHour returns the beginning of the hour after t's.
func nextHour(t time.Time) time.Time {
	into := time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
	return t.Add(time.Hour - into)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
