package caldav

import (
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are known on machines without them too

	"github.com/emersion/go-ical"
	"github.com/teambition/rrule-go"
)

// wall is a time as the clock on a wall shows it: clock holds its figures as if
// they were UTC, zone says which moment that is.
type wall struct {
	clock time.Time
	day   bool // a whole day
	zone  zone
}

// zone turns the time on a wall into a moment.
type zone interface {
	moment(clock time.Time) time.Time
	// offset is how far the clock is ahead of UTC at a moment.
	offset(at time.Time) time.Duration
}

func (w wall) moment() time.Time { return w.zone.moment(w.clock) }

// onWall is what the clock shows at a moment.
func (w wall) onWall(at time.Time) time.Time { return at.UTC().Add(w.zone.offset(at)) }

func (w wall) at(clock time.Time) wall {
	w.clock = clock
	return w
}

func (w wall) plus(d time.Duration) wall { return w.at(w.clock.Add(d)) }

func (w wall) same(other wall) bool {
	if w.day || other.day {
		return w.clock.Truncate(24 * time.Hour).Equal(other.clock.Truncate(24 * time.Hour))
	}
	return w.moment().Equal(other.moment())
}

// named is a zone of IANA.
type named struct{ *time.Location }

func (z named) moment(c time.Time) time.Time {
	return time.Date(c.Year(), c.Month(), c.Day(), c.Hour(), c.Minute(), c.Second(), 0, z.Location)
}

func (z named) offset(at time.Time) time.Duration {
	_, seconds := at.In(z.Location).Zone()
	return time.Duration(seconds) * time.Second
}

// zones are those that an object's times name.
type zones struct {
	days    *time.Location // of days without a clock time, and of times without a zone
	defined map[string]zone
}

func zonesOf(cal *ical.Calendar, days *time.Location) *zones {
	z := &zones{days: days, defined: map[string]zone{}}
	for _, c := range cal.Children {
		if id := c.Props.Get(ical.PropTimezoneID); c.Name == ical.CompTimezone && id != nil {
			if d := definition(c); len(d) > 0 {
				z.defined[id.Value] = d
			}
		}
	}
	return z
}

// called returns the zone of a name: IANA's, else the object's own, else that of
// the calendar.
func (z *zones) called(name string) zone {
	if loc, err := time.LoadLocation(strings.TrimPrefix(name, "/")); err == nil && name != "" && name != "Local" {
		return named{loc}
	}
	if own, ok := z.defined[name]; ok {
		return own
	}
	return named{z.days}
}

const (
	dayForm   = "20060102"
	clockForm = "20060102T150405"
)

// wall reads a property that holds one time; false if it holds none.
func (z *zones) wall(p *ical.Prop) (wall, bool) {
	if p == nil {
		return wall{}, false
	}
	all := z.walls(*p)
	if len(all) != 1 {
		return wall{}, false
	}
	return all[0], true
}

// walls reads a property that holds times, days or periods.
func (z *zones) walls(p ical.Prop) (all []wall) {
	for _, text := range strings.Split(p.Value, ",") {
		text, _, _ = strings.Cut(strings.TrimSpace(text), "/")
		if day, err := time.Parse(dayForm, text); err == nil {
			all = append(all, wall{clock: day, day: true, zone: named{z.days}})
			continue
		}
		clock, err := time.Parse(clockForm, strings.TrimSuffix(text, "Z"))
		if err != nil {
			continue
		}
		w := wall{clock: clock, zone: named{time.UTC}}
		if !strings.HasSuffix(text, "Z") {
			w.zone = z.called(p.Params.Get(ical.ParamTimezoneID))
		}
		all = append(all, w)
	}
	return all
}

// observances are a zone as VTIMEZONE defines it: from when on the wall which
// offset holds.
type observances []observance

type observance struct {
	from, to time.Duration // offsets before and after
	start    time.Time     // on the wall, by the offset before
	rule     *rrule.RRule
}

func definition(c *ical.Component) (all observances) {
	for _, o := range c.Children {
		start := o.Props.Get(ical.PropDateTimeStart)
		from, okFrom := offset(o.Props.Get(ical.PropTimezoneOffsetFrom))
		to, okTo := offset(o.Props.Get(ical.PropTimezoneOffsetTo))
		if start == nil || !okFrom || !okTo {
			continue
		}
		at, err := time.Parse(clockForm, start.Value)
		if err != nil {
			continue
		}
		one := observance{from: from, to: to, start: at}
		if rule, err := o.Props.RecurrenceRule(); err == nil && rule != nil {
			if at.Year() < 1970 && rule.Count == 0 { // Outlook counts from 1601, further than a Duration reaches
				at = at.AddDate(1970-at.Year(), 0, 0)
			}
			rule.Dtstart = at
			if one.rule, err = rrule.NewRRule(*rule); err != nil {
				continue
			}
		}
		all = append(all, one)
	}
	return all
}

// offset reads +0100 or -053000.
func offset(p *ical.Prop) (time.Duration, bool) {
	if p == nil || len(p.Value) != 5 && len(p.Value) != 7 {
		return 0, false
	}
	n, err := strconv.Atoi(p.Value[1:])
	if err != nil {
		return 0, false
	}
	if len(p.Value) == 5 {
		n *= 100
	}
	d := time.Duration(n/10000)*time.Hour + time.Duration(n/100%100)*time.Minute + time.Duration(n%100)*time.Second
	if p.Value[0] == '-' {
		d = -d
	}
	return d, true
}

// last returns when the observance began last, at a time by the clock before it;
// false if it has not begun.
func (o observance) last(clock time.Time) (time.Time, bool) {
	if o.rule == nil {
		return o.start, !o.start.After(clock)
	}
	at := o.rule.Before(clock, true)
	return at, !at.IsZero()
}

func (all observances) moment(clock time.Time) time.Time {
	var latest time.Time
	shift := all[0].from
	for _, o := range all {
		if at, ok := o.last(clock); ok && at.After(latest) {
			latest, shift = at, o.to
		}
	}
	return clock.Add(-shift)
}

func (all observances) offset(at time.Time) time.Duration {
	var latest time.Time
	shift := all[0].from
	for _, o := range all {
		began, ok := o.last(at.UTC().Add(o.from))
		if ok && began.Add(-o.from).After(latest) {
			latest, shift = began.Add(-o.from), o.to
		}
	}
	return shift
}
