package booking

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kept/internal/fault"
	"kept/internal/page"
	"kept/internal/policy"
)

// fresh is the key by which a page makes something new.
const fresh = "new"

type setupPage struct {
	page.Base
	Types     []setupType
	Calendars []setupCalendar
}

type setupType struct {
	Title, Link, Length, Calendar, Activity string
	Off                                     bool
}

type setupCalendar struct {
	Name, Link, Zone, Outside string
	Failed                    string
}

// showSetup lists what can be booked, and in which calendars.
func (d *Diary) showSetup(w http.ResponseWriter, r *http.Request) error {
	p := setupPage{Base: d.env.Desk.Open(r, section)}
	p.Title, p.Here = p.T("setup.title"), deskPath
	types, err := d.Types(r.Context(), "")
	if err != nil {
		return err
	}
	for _, t := range types {
		p.Types = append(p.Types, setupType{Title: t.Title.In(p.Lang), Link: p.To(deskPath + "/types/" + t.Key), Length: lasts(t.Length, p.Lang), Calendar: t.Calendar, Activity: t.Activity, Off: t.Off})
	}
	calendars, err := d.Calendars(r.Context())
	if err != nil {
		return err
	}
	for _, c := range calendars {
		p.Calendars = append(p.Calendars, setupCalendar{Name: c.Name, Link: p.To(deskPath + "/calendars/" + c.Key), Zone: zoneName(c.Zone), Outside: d.outsideWords(p.Base, &c), Failed: c.Failed})
	}
	return pages.Show(d.env.Desk, w, r, "setup", p)
}

// outsideWords says how a calendar and the one elsewhere stand to each other.
func (d *Diary) outsideWords(b page.Base, c *Calendar) string {
	wanted := slices.ContainsFunc(d.entries(), func(a *policy.Activity) bool { return CalendarOf(a) != "" })
	switch {
	case !wanted:
		return b.T("outside.undeclared")
	case d.remote.Load() == nil:
		return b.T("outside.unconnected")
	case c.Failed != "":
		return b.T("outside.failed")
	case c.Read.IsZero():
		return b.T("outside.soon")
	}
	return b.T("outside.read", day(c.Read, c.Zone, b.Lang)+", "+clock(c.Read, c.Zone))
}

type typePage struct {
	page.Base
	New        bool
	Activities []string
	Calendars  []Calendar
	Action     string
	Remove     string
}

func (d *Diary) typePage(r *http.Request) (p typePage, err error) {
	p = typePage{Base: d.env.Desk.Open(r, section), New: r.PathValue("key") == fresh}
	p.Here, p.Title, p.Action = deskPath, p.T("type.title"), p.To(r.URL.Path)
	if p.New {
		p.Title = p.T("type.new")
	} else {
		p.Remove = p.To(r.URL.Path + "/remove")
	}
	for _, a := range d.entries() {
		if d.unable(a) == nil {
			p.Activities = append(p.Activities, a.Key)
		}
	}
	p.Calendars, err = d.Calendars(r.Context())
	return p, err
}

func (d *Diary) showType(w http.ResponseWriter, r *http.Request) error {
	p, err := d.typePage(r)
	if err != nil {
		return err
	}
	t := &Type{Title: policy.Text{}, Length: 30, Step: 30, Notice: 24 * 60, Ahead: 60, Capacity: 1}
	if !p.New {
		if t, err = d.Type(r.Context(), r.PathValue("key")); err != nil {
			return err
		}
	}
	p.Form = page.Filled(t.form())
	return pages.Show(d.env.Desk, w, r, "type", p)
}

// form is a type as its page shows it.
func (t *Type) form() url.Values {
	v := url.Values{"key": {t.Key}, "activity": {t.Activity}, "calendar": {t.Calendar}, "title-de": {t.Title["de"]}, "title-en": {t.Title["en"]}, "place": {t.Place}}
	for name, n := range t.numbers() {
		v.Set(name, strconv.Itoa(*n))
	}
	for name, yes := range map[string]bool{"online": t.Online, "off": t.Off} {
		if yes {
			v.Set(name, "yes")
		}
	}
	return v
}

// numbers are the figures of a type by the name of their field.
func (t *Type) numbers() map[string]*int {
	return map[string]*int{"length": &t.Length, "pause-before": &t.Before, "pause-after": &t.After, "step": &t.Step, "notice": &t.Notice, "ahead": &t.Ahead, "capacity": &t.Capacity}
}

func (d *Diary) setType(w http.ResponseWriter, r *http.Request) error {
	p, err := d.typePage(r)
	if err != nil {
		return err
	}
	who, err := d.env.Desk.Person(r)
	if err != nil {
		return err
	}
	if p.Form, err = page.Read(r); err != nil {
		return err
	}
	f := p.Form
	t := Type{Key: r.PathValue("key"), Activity: f.Value("activity"), Calendar: f.Value("calendar"), Place: f.Value("place"),
		Title: policy.Text{"de": f.Value("title-de"), "en": f.Value("title-en")}, Online: f.Value("online") != "", Off: f.Value("off") != ""}
	if p.New {
		t.Key = f.Value("key")
		if _, err := d.Type(r.Context(), t.Key); err == nil {
			p.Form.Refuse("key", p.T("wrong.key"))
		}
	}
	for name, into := range t.numbers() {
		if *into, err = strconv.Atoi(f.Value(name)); err != nil {
			p.Form.Refuse(name, p.T("wrong.number"))
		}
	}
	refuse(&p.Form, p.Base, t.wrong())
	if !p.Form.Refused() {
		err = d.SetType(r.Context(), t, who.ID)
		if err == nil {
			http.Redirect(w, r, p.To(deskPath+"/setup"), http.StatusSeeOther)
			return nil
		}
		if !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Refused) {
			return err
		}
		p.Says = p.T("wrong.gone")
	}
	p.Status = http.StatusBadRequest
	return pages.Show(d.env.Desk, w, r, "type", p)
}

func (d *Diary) removeType(w http.ResponseWriter, r *http.Request) error {
	who, err := d.env.Desk.Person(r)
	if err != nil {
		return err
	}
	if err := pressed(r); err != nil {
		return err
	}
	if err := d.RemoveType(r.Context(), r.PathValue("key"), who.ID); err != nil {
		return err
	}
	http.Redirect(w, r, d.env.Desk.Open(r, section).To(deskPath+"/setup"), http.StatusSeeOther)
	return nil
}

// refuse says beside each field what is wrong with it, unless something is said already.
func refuse(f *page.Form, b page.Base, all []refusal) {
	for _, w := range all {
		if f.Wrong(w.field) == "" {
			f.Refuse(w.field, b.T(w.word, w.args...))
		}
	}
}

type calendarPage struct {
	page.Base
	New    bool
	Action string
}

func (d *Diary) calendarPage(r *http.Request) calendarPage {
	p := calendarPage{Base: d.env.Desk.Open(r, section), New: r.PathValue("key") == fresh}
	p.Here, p.Title, p.Action = deskPath, p.T("calendar.title"), p.To(r.URL.Path)
	if p.New {
		p.Title = p.T("calendar.new")
	}
	return p
}

func (d *Diary) showCalendar(w http.ResponseWriter, r *http.Request) error {
	p := d.calendarPage(r)
	p.Form = page.Filled(url.Values{"zone": {d.env.Policy().Zone().String()}, "holidays": {d.env.Policy().Notice.Jurisdiction}})
	if !p.New {
		c, err := d.Calendar(r.Context(), r.PathValue("key"))
		if err != nil {
			return err
		}
		p.Form = page.Filled(url.Values{"name": {c.Name}, "zone": {c.Zone.String()}, "holidays": {c.Holidays}, "folder": {c.Folder},
			"week": {c.Hours.WeekText(p.Lang)}, "except": {c.Hours.ExceptText(p.Lang)}})
	}
	return pages.Show(d.env.Desk, w, r, "calendar", p)
}

func (d *Diary) setCalendar(w http.ResponseWriter, r *http.Request) error {
	p := d.calendarPage(r)
	who, err := d.env.Desk.Person(r)
	if err != nil {
		return err
	}
	if p.Form, err = page.Read(r); err != nil {
		return err
	}
	f := p.Form
	c := Calendar{Key: r.PathValue("key"), Name: f.Value("name"), Holidays: strings.ToUpper(f.Value("holidays")), Folder: f.Value("folder")}
	if p.New {
		c.Key = f.Value("key")
		if _, err := d.Calendar(r.Context(), c.Key); err == nil {
			p.Form.Refuse("key", p.T("wrong.key"))
		}
	}
	if c.Zone, err = ZoneOf(f.Value("zone")); err != nil {
		p.Form.Refuse("zone", p.T("wrong.zone"))
	}
	if c.Hours, err = ParseHours(f.Value("week"), ""); err != nil {
		p.Form.Refuse("week", p.T("wrong.week"))
	}
	except, err := ParseHours("", f.Value("except"))
	if err != nil {
		p.Form.Refuse("except", p.T("wrong.except"))
	}
	c.Hours.Except = except.Except
	refuse(&p.Form, p.Base, c.wrong())
	if !p.Form.Refused() {
		if err = d.SetCalendar(r.Context(), c, who.ID); err != nil {
			return err
		}
		http.Redirect(w, r, p.To(deskPath+"/setup"), http.StatusSeeOther)
		return nil
	}
	p.Status = http.StatusBadRequest
	return pages.Show(d.env.Desk, w, r, "calendar", p)
}
