package booking

import (
	"embed"
	"net/http"
	"net/url"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/page"
	"kept/internal/policy"
)

// Path is where the pages to book on lie.
const Path = access.Prefix + "/booking"

// minePath is the page of an appointment, for whoever has its link.
const minePath = Path + "/mine/"

// section is where the kind's words stand in the catalogs.
const section = "booking"

// maxBody bounds a form: a few names and a message.
const maxBody = 16 << 10

//go:embed templates
var sources embed.FS

var pages = page.Parse(sources, "templates")

// bookingsAnHour is how often one network may book: a household or an office does, whoever
// empties calendars does not.
const bookingsAnHour = 10

// Routes are the kind's lines of the access table.
func (d *Diary) Routes() []access.Route {
	site := func(method, pattern string, h access.Handler) access.Route {
		return access.Route{Door: access.Site, Method: method, Pattern: Path + pattern, Right: access.Anyone, MaxBody: maxBody, Handle: h}
	}
	abroad := func(r access.Route) access.Route { // checks the declared origins itself
		r.CrossOrigin = true
		return r
	}
	return append(d.deskRoutes(),
		site(http.MethodGet, "", d.showTypes),
		site(http.MethodGet, "/{entry}", d.showTypes),
		site(http.MethodGet, "/{entry}/{type}", d.showDays),
		site(http.MethodGet, "/{entry}/{type}/{slot}", d.showDetails),
		site(http.MethodPost, "/{entry}/{type}/{slot}", d.doBook),
		site(http.MethodGet, "/embed/{entry}", d.embed),
		site(http.MethodGet, "/mine/{token}", d.showMine),
		site(http.MethodPost, "/mine/{token}/cancel", d.doCancel),
		site(http.MethodPost, "/mine/{token}/forget", d.doForget),
		site(http.MethodGet, "/mine/{token}/move", d.showMove),
		site(http.MethodGet, "/mine/{token}/move/{slot}", d.askMove),
		site(http.MethodPost, "/mine/{token}/move/{slot}", d.doMove),
		site(http.MethodGet, "/api/{entry}", d.apiTypes).ForPrograms(),
		site(http.MethodGet, "/api/{entry}/{type}", d.apiSlots).ForPrograms(),
		abroad(site(http.MethodPost, "/api/{entry}/{type}", d.apiBook)).ForPrograms(),
	)
}

// offering is what one entry of the policy offers.
type offering struct {
	Title string
	Types []offered
}

// offered is a type as a page shows it.
type offered struct {
	Title, Length string
	Online        bool
	Link          string
}

type typesPage struct {
	page.Base
	Offerings []offering
	Notice    string
}

func (d *Diary) showTypes(w http.ResponseWriter, r *http.Request) error {
	p, err := d.typesPage(r, "")
	if err != nil {
		return err
	}
	return pages.Show(d.env.Site, w, r, "types", p)
}

// typesPage lists what can be booked; the base stands before its links.
func (d *Diary) typesPage(r *http.Request, base string) (typesPage, error) {
	p := typesPage{Base: d.env.Site.Open(r, section)}
	p.Title, p.Notice = p.T("title"), base+p.To(access.Prefix)
	asked := r.PathValue("entry")
	for _, a := range d.entries() {
		if d.unable(a) != nil || asked != "" && a.Key != asked {
			continue
		}
		o := offering{Title: a.Title.In(p.Lang)}
		all, err := d.offered(r.Context(), a.Key)
		if err != nil {
			return p, err
		}
		for _, t := range all {
			o.Types = append(o.Types, offered{Title: t.Title.In(p.Lang), Length: lasts(t.Length, p.Lang), Online: t.Online, Link: base + p.To(Path+"/"+a.Key+"/"+t.Key)})
		}
		p.Offerings = append(p.Offerings, o)
	}
	if len(p.Offerings) == 0 {
		_, err := d.declared(asked)
		if err == nil {
			err = fault.New(fault.NotFound, "no appointments can be booked here")
		}
		return p, err
	}
	return p, nil
}

// lasts writes a length of time: "45 minutes", "1 hour 30 minutes".
func lasts(minutes int, lang i18n.Lang) string {
	hours, rest := minutes/60, minutes%60
	switch {
	case hours == 0:
		return i18n.T(lang, "booking.minutes", rest)
	case rest == 0:
		return i18n.Count(lang, "booking.hours", int64(hours))
	}
	return i18n.Count(lang, "booking.hours", int64(hours)) + " " + i18n.T(lang, "booking.minutes", rest)
}

// slotForm is how a slot stands in an address.
const slotForm = "20060102T1504Z"

func slotOf(text string) (time.Time, error) {
	at, err := time.Parse(slotForm, text)
	if err != nil {
		return at, fault.New(fault.NotFound, "there is no such time")
	}
	return at, nil
}

// offeredTo returns what a page of a type is about.
func (d *Diary) offeredTo(r *http.Request) (*policy.Activity, *Type, *Calendar, error) {
	a, err := d.declared(r.PathValue("entry"))
	if err != nil {
		return nil, nil, nil, err
	}
	t, c, err := d.offer(r.Context(), a.Key, r.PathValue("type"))
	return a, t, c, err
}

func (d *Diary) showDays(w http.ResponseWriter, r *http.Request) error {
	_, t, c, err := d.offeredTo(r)
	if err != nil {
		return err
	}
	return d.days(w, r, t, c, func(first, last time.Time) ([]Slot, error) { return d.free(r.Context(), d.env.DB, c, t, first, last) }, r.URL.Path, "")
}

type detailsPage struct {
	page.Base
	About, When string
	Asked       map[string]bool
	Zone        string
	Action      string
	Back        string
	Notice      string
}

// showDetails asks for what the policy lists, and for nothing else.
func (d *Diary) showDetails(w http.ResponseWriter, r *http.Request) error {
	p, _, _, err := d.detailsPage(r)
	if err != nil {
		return err
	}
	return pages.Show(d.env.Site, w, r, "details", p)
}

func (d *Diary) detailsPage(r *http.Request) (p detailsPage, a *policy.Activity, at time.Time, err error) {
	a, t, c, err := d.offeredTo(r)
	if err != nil {
		return p, nil, at, err
	}
	if at, err = slotOf(r.PathValue("slot")); err != nil {
		return p, nil, at, err
	}
	if !offers(c, t, at, d.env.Clock.Now()) {
		return p, nil, at, fault.New(fault.NotFound, "this time cannot be booked any more; choose another one")
	}
	p = detailsPage{Base: d.env.Site.Open(r, section), Asked: map[string]bool{}}
	zone := zoneAsked(r, c)
	p.Zone, p.Title, p.About = zone.String(), t.Title.In(p.Lang), lasts(t.Length, p.Lang)
	p.When = when(at, at.Add(t.length()), zone, p.Lang)
	p.Action = p.To(r.URL.Path)
	p.Back = withQuery(p.Base, Path+"/"+a.Key+"/"+t.Key, "day", at.In(zone).Format(time.DateOnly), "zone", zone.String())
	p.Notice = p.To(access.Prefix)
	for _, f := range []string{fieldFirst, fieldLast, fieldPhone, fieldCompany, fieldMessage} {
		p.Asked[f] = a.Has(f)
	}
	return p, a, at, nil
}

// zoneAsked is the zone in which a visitor reads times.
func zoneAsked(r *http.Request, c *Calendar) *time.Location {
	name := r.URL.Query().Get("zone")
	if name == "" && r.Method == http.MethodPost {
		name = r.PostFormValue("zone")
	}
	if zone, err := ZoneOf(name); err == nil {
		return zone
	}
	return c.Zone
}

// withQuery is the address of a page with what it is asked for.
func withQuery(b page.Base, path string, pairs ...string) string {
	q := url.Values{}
	for k, v := range b.Carry {
		q[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

type bookedPage struct {
	page.Base
	About, When, Email, Link string
}

// doBook takes what was entered. The answer is the same whoever is known already.
func (d *Diary) doBook(w http.ResponseWriter, r *http.Request) error {
	p, a, at, err := d.detailsPage(r)
	if err != nil {
		return err
	}
	if err := d.admit(r); err != nil {
		return err
	}
	if p.Form, err = page.Read(r); err != nil {
		return err
	}
	o := Order{Activity: a.Key, Type: r.PathValue("type"), Start: at, Person: Person{
		Email: p.Form.Value("email"), First: p.Form.Value("first"), Last: p.Form.Value("last"), Phone: p.Form.Value("phone"),
		Company: p.Form.Value("company"), Message: p.Form.Value("message"), Zone: p.Zone, Language: p.Lang,
	}}
	o.Person.only(a)
	o.Person.Language = p.Lang
	made, err := d.book(r, o, &p.Form, p.Base)
	switch {
	case fault.Is(err, fault.Conflict):
		return d.late(w, r, p.Base, p.Back)
	case fault.Is(err, fault.TooMany):
		p.Says, p.Status = p.T("wrong.crowd"), http.StatusTooManyRequests
		return pages.Show(d.env.Site, w, r, "details", p)
	case err != nil:
		return err
	case p.Form.Refused():
		p.Status = http.StatusBadRequest
		return pages.Show(d.env.Site, w, r, "details", p)
	}
	b := bookedPage{Base: p.Base, About: p.Title, When: p.When, Email: o.Person.Email, Link: p.To(made.Path)}
	b.Title = b.T("booked.title")
	return pages.Show(d.env.Site, w, r, "booked", b)
}

// book books, or notes in the form what is wrong.
func (d *Diary) book(r *http.Request, o Order, f *page.Form, b page.Base) (Booked, error) {
	if err := o.Person.check(); err != nil {
		only := Person{Email: o.Person.Email}
		switch {
		case only.check() != nil:
			f.Refuse("email", b.T("wrong.email"))
		case (&Person{Email: o.Person.Email, Phone: o.Person.Phone}).check() != nil:
			f.Refuse("phone", b.T("wrong.phone"))
		default:
			f.Refuse("last", b.T("wrong.name"))
		}
		return Booked{}, nil
	}
	return d.Book(r.Context(), o)
}

type sayPage struct {
	page.Base
	Text, Link, Word string
}

// say shows a page with one text: what was done, or why not.
func (d *Diary) say(w http.ResponseWriter, r *http.Request, b page.Base, what string, status int, link, word string) error {
	p := sayPage{Base: b, Link: link, Word: word}
	p.Title, p.Text, p.Status = p.T(what+".title"), p.T(what), status
	return pages.Show(d.env.Site, w, r, "say", p)
}

// late says that somebody else was first.
func (d *Diary) late(w http.ResponseWriter, r *http.Request, b page.Base, back string) error {
	return d.say(w, r, b, "late", http.StatusConflict, back, b.T("late.again"))
}

// admit refuses other sites' requests and too many of one network.
func (d *Diary) admit(r *http.Request) error {
	return d.door.Admit(r, "too many bookings came from your network; try again in an hour")
}
