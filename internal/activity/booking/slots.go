package booking

import (
	"slices"
	"time"

	"kept/internal/policy/period"
)

// Interval is a stretch of time: from its first moment to the first after it.
type Interval struct{ From, To time.Time }

func (i Interval) overlaps(j Interval) bool { return i.From.Before(j.To) && j.From.Before(i.To) }

// spans are the hours of a day: an exception's, none on a public holiday, else
// those of its weekday.
func (c *Calendar) spans(day time.Time) []Span {
	if own, ok := c.Hours.Except[day.Format(time.DateOnly)]; ok {
		return own
	}
	if c.Holidays != "" {
		if holidays, known := period.CalendarOf(c.Holidays); known {
			if _, off := holidays.Holiday(day); off {
				return nil
			}
		}
	}
	return c.Hours.Week[day.Weekday()]
}

// open are the stretches of time in which a calendar can be booked on a day (its
// date alone counts) of its own zone: whenever the clock on the wall shows one of
// the hours. A time that the clock skips is left out, one that it shows twice comes
// twice.
func (c *Calendar) open(day time.Time) (all []Interval) {
	year, month, date := day.Date()
	midnight := time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
	for _, s := range c.spans(day) {
		from, to := midnight.Add(time.Duration(s.From)*time.Minute), midnight.Add(time.Duration(s.To)*time.Minute)
		all = append(all, c.shows(from, to)...)
	}
	return all
}

// shows returns when the clock on the wall shows the times from one to another,
// given as if they were UTC. What joins without a gap is one stretch.
func (c *Calendar) shows(from, to time.Time) (all []Interval) {
	const widest = 26 * time.Hour // no zone is further from UTC
	for at := from.Add(-widest); at.Before(to.Add(widest)); {
		_, seconds := at.In(c.Zone).Zone()
		ahead := time.Duration(seconds) * time.Second
		begins, ends := at.In(c.Zone).ZoneBounds()
		i := Interval{from.Add(-ahead), to.Add(-ahead)}
		if !begins.IsZero() && i.From.Before(begins) {
			i.From = begins
		}
		if !ends.IsZero() && i.To.After(ends) {
			i.To = ends
		}
		if n := len(all); n > 0 && all[n-1].To.Equal(i.From) && i.From.Before(i.To) {
			all[n-1].To = i.To
		} else if i.From.Before(i.To) {
			all = append(all, i)
		}
		if ends.IsZero() {
			break
		}
		at = ends
	}
	return all
}

// onWall is what the clock shows at t, as if it were UTC.
func onWall(t time.Time) time.Time {
	_, seconds := t.Zone()
	return t.UTC().Add(time.Duration(seconds) * time.Second)
}

// starts are the moments at which an appointment of a type can begin on a day of
// the calendar's zone, if nothing else is there.
func starts(c *Calendar, t *Type, day time.Time) (all []time.Time) {
	for _, o := range c.open(day) {
		for at := o.From; !at.Add(t.length()).After(o.To); at = at.Add(t.step()) {
			all = append(all, at.UTC())
		}
	}
	slices.SortFunc(all, time.Time.Compare) // an hour that comes twice belongs to hours before and after
	return all
}

// taken is what stands in a calendar.
type taken struct {
	Interval        // with the pauses around it
	Type     string // empty: an entry of the calendar elsewhere
	Start    time.Time
	End      time.Time
	Seats    int // that are given away
}

// place is how many places a slot still has.
func place(t *Type, at time.Time, all []taken) int {
	whole := t.around(at)
	left := t.Capacity
	for _, x := range all {
		switch {
		case x.Type == t.Key && x.Start.Equal(at) && x.End.Equal(at.Add(t.length())):
			left -= x.Seats
		case x.overlaps(whole):
			return 0
		}
	}
	return max(left, 0)
}

// within reports whether a start lies in the time for which appointments are made
// now.
func (t *Type) within(at, now time.Time) bool {
	return !at.Before(now.Add(t.notice())) && !at.After(now.AddDate(0, 0, t.Ahead))
}

// Slot is a time that can be booked.
type Slot struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	Left  int       `json:"places"`
}

// free are the slots of a type on days from first to last of the calendar's zone.
func free(c *Calendar, t *Type, first, last, now time.Time, all []taken) (slots []Slot) {
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		for _, at := range starts(c, t, day) {
			if !t.within(at, now) {
				continue
			}
			if left := place(t, at, all); left > 0 {
				slots = append(slots, Slot{Start: at, End: at.Add(t.length()), Left: left})
			}
		}
	}
	slices.SortFunc(slots, func(a, b Slot) int { return a.Start.Compare(b.Start) })
	return slots
}

// offers reports whether a type can begin at a moment at all, whatever is taken.
func offers(c *Calendar, t *Type, at, now time.Time) bool {
	return t.within(at, now) && slices.ContainsFunc(starts(c, t, onWall(at.In(c.Zone))), at.Equal)
}
