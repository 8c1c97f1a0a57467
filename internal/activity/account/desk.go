package account

import (
	"net/http"
	"net/url"
	"time"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/page"
)

func (a *Accounts) deskRoutes() []access.Route {
	line := func(method, pattern string, h access.Handler) access.Route {
		return access.Route{Door: access.Console, Method: method, Pattern: deskPath + pattern, Right: access.Customers, MaxBody: 16 << 10, Handle: h}
	}
	return []access.Route{
		line(http.MethodGet, "", a.deskList),
		line(http.MethodGet, "/{id}", a.deskOne),
		line(http.MethodPost, "/{id}/expiry", a.deskExpiry),
		line(http.MethodPost, "/{id}/invite", a.deskInvite),
		line(http.MethodGet, "/{id}/delete", a.deskBefore),
		line(http.MethodPost, "/{id}/delete", a.deskDelete),
	}
}

type deskListPage struct {
	page.Base
	Customers []deskCustomer
	Counted   string
}

// deskCustomer is a customer with its state in words.
type deskCustomer struct {
	Customer
	State string
}

// state is the key of the words for where a customer stands.
func (c Customer) state(now time.Time) string {
	switch {
	case !c.Deletion.IsZero():
		return "state.deletion"
	case !c.Closed.IsZero():
		return "state.closed"
	case !c.Expires.IsZero() && !c.Expires.After(now):
		return "state.expired"
	case !c.Expires.IsZero():
		return "state.expires"
	}
	return "state.active"
}

func (a *Accounts) deskList(w http.ResponseWriter, r *http.Request) error {
	who, err := a.env.Desk.Person(r)
	if err != nil {
		return err
	}
	d := deskListPage{Base: a.env.Desk.Open(r, section)}
	d.Title = d.T("desk.title")
	if r.URL.Query().Get("did") == "deleted" {
		d.Says = d.T("desk.deleted")
	}
	found, count, err := a.List(r.Context())
	if err == nil {
		found, err = a.Addressed(r.Context(), found, who.ID)
	}
	if err != nil {
		return err
	}
	d.Counted = d.Count("desk.count", count)
	for _, c := range found {
		d.Customers = append(d.Customers, deskCustomer{c, d.T(c.state(a.env.Clock.Now()))})
	}
	return pages.Show(a.env.Desk, w, r, "desk", d)
}

type deskOnePage struct {
	page.Base
	View
	State string
	Gone  []Gone
}

func (a *Accounts) deskView(r *http.Request) (deskOnePage, error) {
	d := deskOnePage{Base: a.env.Desk.Open(r, section)}
	who, err := a.env.Desk.Person(r)
	if err != nil {
		return d, err
	}
	if d.View, err = a.Look(r.Context(), r.PathValue("id"), who.ID); err != nil {
		return d, err
	}
	d.Here, d.State = deskPath, d.T(d.state(a.env.Clock.Now()))
	if d.Title = d.Registered; d.Title == "" {
		d.Title = d.T("desk.nobody")
	}
	return d, nil
}

func (a *Accounts) deskOne(w http.ResponseWriter, r *http.Request) error {
	d, err := a.deskView(r)
	if err != nil {
		return err
	}
	switch r.URL.Query().Get("did") {
	case "expiry":
		d.Says = d.T("desk.expiry.done")
	case "invited":
		d.Says = d.T("desk.invite.done")
	}
	d.Form = page.Filled(url.Values{"expiry": {day8(d.Expires)}})
	return pages.Show(a.env.Desk, w, r, "deskone", d)
}

// day8 writes a day as forms do.
func day8(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// deskForm reads a form of the console, and who sent it.
func (a *Accounts) deskForm(r *http.Request) (f page.Form, who page.Person, err error) {
	if f, err = page.Read(r); err == nil {
		who, err = a.env.Desk.Person(r)
	}
	return f, who, err
}

func (a *Accounts) deskExpiry(w http.ResponseWriter, r *http.Request) error {
	f, who, err := a.deskForm(r)
	if err != nil {
		return err
	}
	at, err := ParseDay(f.Value("expiry"))
	if fault.Is(err, fault.Invalid) {
		d, err := a.deskView(r)
		if err != nil {
			return err
		}
		f.Refuse("expiry", d.T("desk.expiry.wrong"))
		d.Form, d.Status = f, http.StatusBadRequest
		return pages.Show(a.env.Desk, w, r, "deskone", d)
	}
	if err == nil {
		err = a.Expire(r.Context(), r.PathValue("id"), at, who.ID)
	}
	if err != nil {
		return err
	}
	seeOther(w, to(a.env.Desk.Open(r, section), deskPath+"/"+r.PathValue("id"), "did", "expiry"))
	return nil
}

// ParseDay reads a day as YYYY-MM-DD; nothing is the zero time. Invalid if it is none.
func ParseDay(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, fault.New(fault.Invalid, "write a day like 2026-12-31: %w", err)
	}
	return t, nil
}

func (a *Accounts) deskBefore(w http.ResponseWriter, r *http.Request) error {
	d, err := a.deskView(r)
	if err != nil {
		return err
	}
	if d.Gone, err = a.DeleteFor(r.Context(), d.ID, "", true); err != nil {
		return err
	}
	return pages.Show(a.env.Desk, w, r, "deskdelete", d)
}

func (a *Accounts) deskDelete(w http.ResponseWriter, r *http.Request) error {
	who, err := a.env.Desk.Person(r)
	if err == nil {
		_, err = a.DeleteFor(r.Context(), r.PathValue("id"), who.ID, false)
	}
	if err != nil {
		return err
	}
	seeOther(w, to(a.env.Desk.Open(r, section), deskPath, "did", "deleted"))
	return nil
}
