package booking

import (
	"net/http"
	"time"

	"kept/internal/fault"
	"kept/internal/page"
)

// minePage is an appointment as its owner sees it.
type minePage struct {
	page.Base
	About, When  string
	Place        string
	Online       bool
	Cancelled    time.Time
	Over         bool
	Forgets      bool
	Cancel, Move string
	Forget       string
	Moved        string // where to, for the page that asks
	Action       string
}

// mine reads the appointment of a link; the page says it where there is none.
func (d *Diary) mine(r *http.Request) (minePage, Appointment, error) {
	p := minePage{Base: d.env.Site.Open(r, section)}
	ap, err := d.byToken(r.Context(), d.env.DB, r.PathValue("token"))
	if err != nil {
		return p, ap, err
	}
	p.Title, p.About, p.Cancelled = p.T("mine.title"), ap.Title, ap.Cancelled
	p.Over, p.Forgets = !ap.Start.After(d.env.Clock.Now()), forgets(d.env.Policy().Activity(ap.Activity))
	zone := time.UTC
	if ap.stands() {
		a, t, c, err := d.about(r.Context(), d.env.DB, ap)
		if err != nil {
			return p, ap, err
		}
		if a != nil {
			zone, p.Place, p.Online = c.Zone, t.Place, t.Online
		}
	}
	if own, err := ZoneOf(ap.Zone); err == nil {
		zone = own
	}
	p.When = when(ap.Start, ap.End, zone, p.Lang)
	here := minePath + r.PathValue("token")
	p.Cancel, p.Move, p.Forget = p.To(here+"/cancel"), p.To(here+"/move"), p.To(here+"/forget")
	return p, ap, nil
}

// missing says that a link leads nowhere, the same whether it ever did.
func (d *Diary) missing(w http.ResponseWriter, r *http.Request, b page.Base) error {
	return d.say(w, r, b, "none", http.StatusNotFound, "", "")
}

func (d *Diary) showMine(w http.ResponseWriter, r *http.Request) error {
	p, _, err := d.mine(r)
	if fault.Is(err, fault.NotFound) {
		return d.missing(w, r, p.Base)
	}
	if err != nil {
		return err
	}
	return pages.Show(d.env.Site, w, r, "mine", p)
}

// pressed reads the form of a page's button; Invalid if nobody pressed it.
func pressed(r *http.Request) error {
	f, err := page.Read(r)
	if err != nil {
		return err
	}
	if f.Value("do") == "" {
		return fault.New(fault.Invalid, "nobody pressed the button: open the link and press it there")
	}
	return nil
}

func (d *Diary) doCancel(w http.ResponseWriter, r *http.Request) error {
	return d.act(w, r, "cancelled", func() error { return d.CancelBy(r.Context(), r.PathValue("token")) })
}

func (d *Diary) doForget(w http.ResponseWriter, r *http.Request) error {
	return d.act(w, r, "forgotten", func() error { return d.Forget(r.Context(), r.PathValue("token")) })
}

// act does what a button asks for, and says so.
func (d *Diary) act(w http.ResponseWriter, r *http.Request, done string, f func() error) error {
	if err := pressed(r); err != nil {
		return err
	}
	b := d.env.Site.Open(r, section)
	err := f()
	switch {
	case fault.Is(err, fault.NotFound):
		return d.missing(w, r, b)
	case fault.Is(err, fault.Conflict):
		return d.say(w, r, b, "over", http.StatusConflict, "", "")
	case err != nil:
		return err
	}
	return d.say(w, r, b, done, http.StatusOK, b.To(Path), b.T("again"))
}

// showMove lets the owner choose another time.
func (d *Diary) showMove(w http.ResponseWriter, r *http.Request) error {
	p, ap, err := d.mine(r)
	switch {
	case fault.Is(err, fault.NotFound):
		return d.missing(w, r, p.Base)
	case err != nil:
		return err
	case d.changeable(ap) != nil:
		return d.say(w, r, p.Base, "over", http.StatusConflict, "", "")
	}
	_, t, c, err := d.about(r.Context(), d.env.DB, ap)
	if err != nil {
		return err
	}
	find := func(first, last time.Time) ([]Slot, error) {
		slots, _, _, err := d.choices(r.Context(), ap, first, last)
		return slots, err
	}
	return d.days(w, r, t, c, find, r.URL.Path, p.T("move.hint", p.When))
}

// askMove shows what will be moved where; only the button moves.
func (d *Diary) askMove(w http.ResponseWriter, r *http.Request) error {
	p, ap, err := d.mine(r)
	if fault.Is(err, fault.NotFound) {
		return d.missing(w, r, p.Base)
	}
	if err != nil {
		return err
	}
	at, err := slotOf(r.PathValue("slot"))
	if err != nil {
		return err
	}
	if d.changeable(ap) != nil {
		return d.say(w, r, p.Base, "over", http.StatusConflict, "", "")
	}
	_, _, c, err := d.about(r.Context(), d.env.DB, ap)
	if err != nil {
		return err
	}
	p.Title, p.Action = p.T("move.title"), p.To(r.URL.Path)
	p.Moved = when(at, at.Add(ap.End.Sub(ap.Start)), zoneAsked(r, c), p.Lang)
	return pages.Show(d.env.Site, w, r, "move", p)
}

func (d *Diary) doMove(w http.ResponseWriter, r *http.Request) error {
	if err := pressed(r); err != nil {
		return err
	}
	at, err := slotOf(r.PathValue("slot"))
	if err != nil {
		return err
	}
	b := d.env.Site.Open(r, section)
	err = d.Move(r.Context(), r.PathValue("token"), at)
	switch {
	case fault.Is(err, fault.NotFound):
		return d.missing(w, r, b)
	case fault.Is(err, fault.Conflict):
		return d.late(w, r, b, b.To(minePath+r.PathValue("token")+"/move"))
	case err != nil:
		return err
	}
	return d.say(w, r, b, "moved", http.StatusOK, b.To(minePath+r.PathValue("token")), b.T("mine.title"))
}
