package booking

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"kept/internal/i18n"
	"kept/internal/page"
)

// daysPage lets somebody choose a day of a month, and a time of the day.
type daysPage struct {
	page.Base
	About          string
	Hint           string
	Action         string
	Zones          []zoneChoice
	Month          string
	Weekdays       []string
	Weeks          [][7]dayCell
	Before, Behind string // links to other months; empty: nothing lies there
	Day            string
	Slots          []slotLink
	Any            bool   // the month has a time to choose
	Next           string // day of the next free time, if the month has none
	NextLink       string
	ShownMonth     string // 2026-12
}

type zoneChoice struct {
	Name, Label string
	Chosen      bool
}

// dayCell is a day of the month's table; a zero one lies outside of it.
type dayCell struct {
	Number int
	Link   string // empty: nothing is free
	Chosen bool
	Name   string
}

type slotLink struct {
	Clock, Link, Left string
}

const monthForm = "2006-01"

// days shows the month that is asked for, in the visitor's zone. find returns the
// slots on days of the calendar's zone; below is the address that the slots' pages
// lie under, hint a sentence above.
func (d *Diary) days(w http.ResponseWriter, r *http.Request, t *Type, c *Calendar, find func(first, last time.Time) ([]Slot, error), below, hint string) error {
	zone := zoneAsked(r, c)
	today := onWall(d.env.Clock.Now().In(zone)).Truncate(24 * time.Hour)
	month := monthAsked(r, today)
	// A day of the visitor's can begin on the one before or end on the one after.
	from := month.AddDate(0, 0, -1)
	if from.Before(today.AddDate(0, 0, -1)) {
		from = today.AddDate(0, 0, -1)
	}
	slots, err := find(from, today.AddDate(0, 0, t.Ahead+1))
	if err != nil {
		return err
	}
	p := daysPage{Base: d.env.Site.Open(r, section), Hint: hint, ShownMonth: month.Format(monthForm)}
	p.Title, p.About, p.Action = t.Title.In(p.Lang), lasts(t.Length, p.Lang), r.URL.Path
	p.Zones = zoneChoices(zone, c.Zone)
	byDay := map[string][]Slot{}
	for _, s := range slots {
		name := s.Start.In(zone).Format(time.DateOnly)
		byDay[name] = append(byDay[name], s)
	}
	p.fill(month, byDay, r.URL.Query().Get("day"))
	link := func(pairs ...string) string {
		return withQuery(p.Base, r.URL.Path, append(pairs, "zone", r.URL.Query().Get("zone"))...)
	}
	for i := range p.Weeks {
		for j := range p.Weeks[i] {
			if cell := &p.Weeks[i][j]; cell.Link != "" {
				cell.Link = link("day", cell.Link) + "#times"
			}
		}
	}
	p.around(month, today, slots, zone, link)
	for _, s := range byDay[p.Day] {
		at := slotLink{Clock: clock(s.Start, zone), Link: withQuery(p.Base, below+"/"+s.Start.UTC().Format(slotForm), "zone", r.URL.Query().Get("zone"))}
		if t.Capacity > 1 {
			at.Left = p.Count("left", s.Left)
		}
		p.Slots = append(p.Slots, at)
	}
	if chosen, err := time.Parse(time.DateOnly, p.Day); err == nil {
		p.Day = day(chosen, time.UTC, p.Lang)
	}
	return pages.Show(d.env.Site, w, r, "days", p)
}

// monthAsked is the first day of the month to show: that of the day that is asked
// for, or the one asked for itself, or this one.
func monthAsked(r *http.Request, today time.Time) time.Time {
	for form, name := range map[string]string{monthForm: "month", time.DateOnly: "day"} {
		if t, err := time.Parse(form, r.URL.Query().Get(name)); err == nil && t.Year() >= today.Year()-1 && t.Year() <= today.Year()+2 {
			today = t
		}
	}
	return time.Date(today.Year(), today.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// fill draws the month; the links of its days are their dates as yet. The day that
// is asked for is chosen, else the first with a free time.
func (p *daysPage) fill(month time.Time, byDay map[string][]Slot, asked string) {
	for at := month; len(byDay[asked]) == 0 && at.Month() == month.Month(); at = at.AddDate(0, 0, 1) {
		if name := at.Format(time.DateOnly); len(byDay[name]) > 0 {
			asked = name
		}
	}
	for i := range 7 {
		p.Weekdays = append(p.Weekdays, dayNames[i18n.Match(p.Lang, i18n.Languages())][(i+1)%7])
	}
	p.Month = i18n.T(p.Lang, "booking.month."+strconv.Itoa(int(month.Month()))) + " " + strconv.Itoa(month.Year())
	var week [7]dayCell
	for at := month; at.Month() == month.Month(); at = at.AddDate(0, 0, 1) {
		column := (int(at.Weekday()) + 6) % 7
		name := at.Format(time.DateOnly)
		cell := dayCell{Number: at.Day(), Name: day(at, time.UTC, p.Lang)}
		if len(byDay[name]) > 0 {
			cell.Link, p.Any = name, true
			if cell.Chosen = name == asked; cell.Chosen {
				p.Day = name
			}
		}
		week[column] = cell
		if column == 6 || at.AddDate(0, 0, 1).Month() != month.Month() {
			p.Weeks = append(p.Weeks, week)
			week = [7]dayCell{}
		}
	}
}

// around links the months before and behind, and the next time that is free.
func (p *daysPage) around(month, today time.Time, slots []Slot, zone *time.Location, link func(...string) string) {
	next := month.AddDate(0, 1, 0)
	if month.After(today) {
		p.Before = link("month", month.AddDate(0, -1, 0).Format(monthForm))
	}
	i := slices.IndexFunc(slots, func(s Slot) bool { return !onWall(s.Start.In(zone)).Before(next) })
	if i < 0 {
		return
	}
	p.Behind = link("month", next.Format(monthForm))
	if !p.Any {
		at := slots[i].Start.In(zone)
		p.Next, p.NextLink = day(at, zone, p.Lang), link("day", at.Format(time.DateOnly))
	}
}

// zoneChoices are the zones to choose from, the chosen and the calendar's first.
func zoneChoices(chosen, own *time.Location) (all []zoneChoice) {
	names := []string{chosen.String(), own.String()}
	for _, name := range append(names, zones...) {
		if zone, err := ZoneOf(name); err == nil && !slices.ContainsFunc(all, func(z zoneChoice) bool { return z.Name == name }) {
			all = append(all, zoneChoice{Name: name, Label: zoneName(zone), Chosen: name == chosen.String()})
		}
	}
	return all
}
