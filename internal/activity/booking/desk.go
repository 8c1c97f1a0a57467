package booking

import (
	"net/http"
	"time"

	"kept/internal/access"
	"kept/internal/page"
)

// deskPath is where the kind's pages of the console lie.
const deskPath = "/bookings"

func (d *Diary) deskRoutes() []access.Route {
	desk := func(method, path string, h access.Handler) access.Route {
		return access.Route{Door: access.Console, Method: method, Pattern: deskPath + path, Right: access.Bookings, Handle: h}
	}
	return []access.Route{
		desk(http.MethodGet, "", d.showList),
		desk(http.MethodGet, "/day/{day}", d.showSheet),
		desk(http.MethodGet, "/{id}", d.showOne),
		desk(http.MethodPost, "/{id}", d.cancelOne),
		desk(http.MethodGet, "/setup", d.showSetup),
		desk(http.MethodGet, "/types/{key}", d.showType),
		desk(http.MethodPost, "/types/{key}", d.setType),
		desk(http.MethodPost, "/types/{key}/remove", d.removeType),
		desk(http.MethodGet, "/calendars/{key}", d.showCalendar),
		desk(http.MethodPost, "/calendars/{key}", d.setCalendar),
	}
}

// shownDays is how many days the list shows at a time.
const shownDays = 28

type listPage struct {
	page.Base
	Why            []string // entries that nothing can be booked under
	Days           []listDay
	Empty          bool // nothing can be booked yet
	Before, Behind string
	Clash          bool
	Public         string
}

type listDay struct {
	Name, Link string
	Lines      []listLine
}

type listLine struct {
	Clock, Title, Calendar, Link string
	Cancelled, Clash             bool
}

// showList shows when which appointments are, and names nobody.
func (d *Diary) showList(w http.ResponseWriter, r *http.Request) error {
	p := listPage{Base: d.env.Desk.Open(r, section), Public: d.env.Mail.Link(Path)}
	p.Title = p.T("nav")
	for _, a := range d.entries() {
		switch {
		case d.unable(a) == nil:
		case Elsewhere(a) != "":
			p.Why = append(p.Why, p.T("why.elsewhere", a.Key, d.nameOf(Elsewhere(a))))
		default:
			p.Why = append(p.Why, p.T("why.fields", a.Key))
		}
	}
	zone, err := d.Zone(r.Context())
	if err != nil {
		return err
	}
	from := onWall(d.env.Clock.Now().In(zone)).Truncate(24 * time.Hour)
	if at, err := dayOf(r.URL.Query().Get("from")); err == nil {
		from = at
	}
	p.Before = withQuery(p.Base, deskPath, "from", from.AddDate(0, 0, -shownDays).Format(time.DateOnly))
	p.Behind = withQuery(p.Base, deskPath, "from", from.AddDate(0, 0, shownDays).Format(time.DateOnly))
	if err := d.fillList(r, &p, from, zone); err != nil {
		return err
	}
	return pages.Show(d.env.Desk, w, r, "list", p)
}

func (d *Diary) fillList(r *http.Request, p *listPage, from time.Time, zone *time.Location) error {
	inZone := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, zone) }
	all, err := d.List(r.Context(), inZone(from), inZone(from.AddDate(0, 0, shownDays)))
	if err != nil {
		return err
	}
	types, err := d.Types(r.Context(), "")
	if err != nil {
		return err
	}
	p.Empty = len(types) == 0
	titles := map[string]string{}
	for _, t := range types {
		titles[t.Key] = t.Title.In(p.Lang)
	}
	for _, l := range all {
		name := day(l.Start, zone, p.Lang)
		if n := len(p.Days); n == 0 || p.Days[n-1].Name != name {
			p.Days = append(p.Days, listDay{Name: name, Link: p.To(deskPath + "/day/" + l.Start.In(zone).Format(time.DateOnly))})
		}
		last := &p.Days[len(p.Days)-1]
		title := titles[l.Type]
		if title == "" { // cancelled, or its type is gone
			title = "–"
		}
		last.Lines = append(last.Lines, listLine{
			Clock: clock(l.Start, zone) + "–" + clock(l.End, zone), Title: title, Calendar: l.Calendar, Link: p.To(deskPath + "/" + l.ID),
			Cancelled: !l.Cancelled.IsZero(), Clash: l.Clash,
		})
		p.Clash = p.Clash || l.Clash
	}
	return nil
}

type sheetPage struct {
	page.Base
	Lines []sheetLine
}

type sheetLine struct {
	Clock, Link string
	Appointment
}

// showSheet is the page to print: who comes on a day.
func (d *Diary) showSheet(w http.ResponseWriter, r *http.Request) error {
	who, err := d.env.Desk.Person(r)
	if err != nil {
		return err
	}
	at, err := dayOf(r.PathValue("day"))
	if err != nil {
		return err
	}
	zone, err := d.Zone(r.Context())
	if err != nil {
		return err
	}
	all, err := d.Sheet(r.Context(), at, zone, who.ID)
	if err != nil {
		return err
	}
	p := sheetPage{Base: d.env.Desk.Open(r, section)}
	p.Title, p.Here = day(at, time.UTC, p.Lang), deskPath
	for _, ap := range all {
		p.Lines = append(p.Lines, sheetLine{Clock: clock(ap.Start, zone) + "–" + clock(ap.End, zone), Link: p.To(deskPath + "/" + ap.ID), Appointment: ap})
	}
	return pages.Show(d.env.Desk, w, r, "sheet", p)
}

type onePage struct {
	page.Base
	Appointment
	When    string
	May     bool // it can be cancelled
	Cancel  string
	Entered string // when it was booked
}

func (d *Diary) showOne(w http.ResponseWriter, r *http.Request) error {
	who, err := d.env.Desk.Person(r)
	if err != nil {
		return err
	}
	p := onePage{Base: d.env.Desk.Open(r, section)}
	if p.Appointment, err = d.Look(r.Context(), r.PathValue("id"), who.ID); err != nil {
		return err
	}
	zone, err := d.Zone(r.Context())
	if err != nil {
		return err
	}
	p.Base.Title, p.Here, p.When = p.T("one.title"), deskPath, when(p.Start, p.End, zone, p.Lang)
	p.Entered = day(p.Requested, zone, p.Lang) + ", " + clock(p.Requested, zone)
	p.May, p.Cancel = d.changeable(p.Appointment) == nil, p.To(deskPath+"/"+p.ID)
	return pages.Show(d.env.Desk, w, r, "one", p)
}

func (d *Diary) cancelOne(w http.ResponseWriter, r *http.Request) error {
	who, err := d.env.Desk.Person(r)
	if err != nil {
		return err
	}
	if err := pressed(r); err != nil {
		return err
	}
	if _, err := d.Cancel(r.Context(), r.PathValue("id"), who.ID); err != nil {
		return err
	}
	http.Redirect(w, r, d.env.Desk.Open(r, section).To(deskPath), http.StatusSeeOther)
	return nil
}
