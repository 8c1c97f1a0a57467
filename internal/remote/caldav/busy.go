package caldav

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-ical"
	"github.com/emersion/go-webdav/caldav"
	"github.com/teambition/rrule-go"
)

// Interval is a stretch of time: from its first moment to the first after it.
type Interval struct{ From, To time.Time }

// most is how many occurrences of one event are looked at: a rule by the
// second is a mistake, or an attack.
const most = 200_000

// Busy returns when the calendar is taken between two moments, in order, without
// overlaps. Events that are transparent or cancelled take nothing; days without a
// clock time are days of zone. Events whose UID passes own are left out.
func (c *Client) Busy(ctx context.Context, folder string, from, to time.Time, zone *time.Location, own func(uid string) bool) ([]Interval, error) {
	window := caldav.CompFilter{Name: ical.CompCalendar, Comps: []caldav.CompFilter{{Name: ical.CompEvent, Start: from.UTC(), End: to.UTC()}}}
	found, err := c.dav.QueryCalendar(ctx, c.at(folder, ""), &caldav.CalendarQuery{
		CompRequest: caldav.CalendarCompRequest{Name: ical.CompCalendar, AllProps: true, AllComps: true}, CompFilter: window,
	})
	if err != nil {
		return nil, unavailable("read", err)
	}
	var all []Interval
	for _, o := range found {
		all = append(all, busy(o.Data, from, to, zone, own)...)
	}
	return merged(all), nil
}

// busy returns when the events of one object take time. An event that cannot be
// read takes none: the rest counts all the same.
func busy(cal *ical.Calendar, from, to time.Time, zone *time.Location, own func(string) bool) (all []Interval) {
	zones := zonesOf(cal, zone)
	moved := map[string][]wall{} // by UID: occurrences that an event of their own stands for
	for _, e := range cal.Events() {
		if at, ok := zones.wall(e.Props.Get(ical.PropRecurrenceID)); ok {
			moved[uid(e)] = append(moved[uid(e)], at)
		}
	}
	for _, e := range cal.Events() {
		if own(uid(e)) || !takes(e) {
			continue
		}
		start, ok := zones.wall(e.Props.Get(ical.PropDateTimeStart))
		if !ok {
			continue
		}
		long, ok := length(e, start, zones)
		if !ok {
			continue
		}
		leave := moved[uid(e)]
		if e.Props.Get(ical.PropRecurrenceID) != nil {
			leave = nil
		}
		for _, at := range occurrences(e, start, zones, leave, from.Add(-long-48*time.Hour), to.Add(48*time.Hour)) {
			begins := at.moment()
			ends := begins.Add(long)
			if at.day { // a day ends at midnight, after 23 hours too
				ends = at.plus(long).moment()
			}
			if ends.After(from) && begins.Before(to) && ends.After(begins) {
				all = append(all, Interval{begins.UTC(), ends.UTC()})
			}
		}
	}
	return all
}

func uid(e ical.Event) string {
	if p := e.Props.Get(ical.PropUID); p != nil {
		return p.Value
	}
	return ""
}

// takes reports whether an event takes time in the calendar.
func takes(e ical.Event) bool {
	is := func(name, value string) bool {
		p := e.Props.Get(name)
		return p != nil && strings.EqualFold(strings.TrimSpace(p.Value), value)
	}
	return !is(ical.PropTransparency, "TRANSPARENT") && !is(ical.PropStatus, "CANCELLED")
}

// length is how long an event lasts: to DTEND, or DURATION, or a day if it is one
// (RFC 5545, 3.6.1).
func length(e ical.Event, start wall, zones *zones) (time.Duration, bool) {
	if end, ok := zones.wall(e.Props.Get(ical.PropDateTimeEnd)); ok {
		if end.day {
			return end.clock.Sub(start.clock), true
		}
		return end.moment().Sub(start.moment()), true
	}
	if p := e.Props.Get(ical.PropDuration); p != nil {
		d, err := p.Duration()
		return d, err == nil && d >= 0
	}
	if start.day {
		return 24 * time.Hour, true
	}
	return 0, false
}

// occurrences are the times at which an event begins within a window: once, or as
// its rule says, without the exceptions.
func occurrences(e ical.Event, start wall, zones *zones, leave []wall, from, to time.Time) (all []wall) {
	rule, err := e.Props.RecurrenceRule()
	if err != nil || rule == nil && e.Props.Get(ical.PropRecurrenceDates) == nil {
		if slices.ContainsFunc(leave, start.same) {
			return nil
		}
		return []wall{start}
	}
	for _, p := range append(slices.Clone(e.Props[ical.PropExceptionDates]), ical.Prop{}) {
		leave = append(leave, zones.walls(p)...)
	}
	add := func(at wall) {
		if !slices.ContainsFunc(leave, at.same) && !slices.ContainsFunc(all, at.same) {
			all = append(all, at)
		}
	}
	if rule != nil {
		rule.Dtstart = start.clock
		if !rule.Until.IsZero() && !start.day { // UNTIL is in UTC, the rule runs on the wall
			rule.Until = start.onWall(rule.Until)
		}
		r, err := rrule.NewRRule(*rule)
		if err != nil {
			return []wall{start}
		}
		next := r.Iterator()
		for range most {
			clock, ok := next()
			if !ok || clock.After(start.onWall(to).Add(24*time.Hour)) {
				break
			}
			if !clock.Before(start.onWall(from).Add(-24 * time.Hour)) {
				add(start.at(clock))
			}
		}
	} else {
		add(start)
	}
	for _, p := range e.Props[ical.PropRecurrenceDates] {
		for _, at := range zones.walls(p) {
			add(at)
		}
	}
	return all
}

// merged joins what overlaps or touches.
func merged(all []Interval) (joined []Interval) {
	slices.SortFunc(all, func(a, b Interval) int { return a.From.Compare(b.From) })
	for _, i := range all {
		if n := len(joined); n > 0 && !i.From.After(joined[n-1].To) {
			if i.To.After(joined[n-1].To) {
				joined[n-1].To = i.To
			}
			continue
		}
		joined = append(joined, i)
	}
	return joined
}
