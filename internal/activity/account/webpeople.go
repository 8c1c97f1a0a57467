package account

import (
	"net/http"
	"net/url"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/page"
)

// peoplePage lists who acts for the customer.
type peoplePage struct {
	page.Base
	People  []Colleague
	Invited []Invited
	Roles   bool // the policy lists them: else everybody may do everything
	Names   []access.Role
}

func (a *Accounts) people(w http.ResponseWriter, r *http.Request) error {
	s, err := a.session(r)
	if err != nil {
		return err
	}
	return a.showPeople(w, r, s, page.Filled(url.Values{"role": {string(access.CustomerAdmin)}}), "")
}

func (a *Accounts) showPeople(w http.ResponseWriter, r *http.Request, s Session, f page.Form, wrong string) error {
	e, err := a.entry()
	if err != nil {
		return err
	}
	d := peoplePage{Base: a.begin(r, "people.title"), Roles: e.Has(fieldRole), Names: access.CustomerRoles()}
	d.Form, d.Here = f, peoplePath
	if wrong != "" {
		d.Says, d.Status = d.T(wrong), http.StatusConflict
	} else if f.Refused() {
		d.Status = http.StatusBadRequest
	}
	if d.People, err = a.People(r.Context(), s.Customer); err != nil {
		return err
	}
	for i := range d.People {
		d.People[i].Myself = d.People[i].account == s.Account
	}
	if d.Invited, err = a.Invitations(r.Context(), s.Customer); err != nil {
		return err
	}
	return pages.Show(a.env.Front, w, r, "people", d)
}

// changedPeople leads back to the list, which says what was done; the last owner stays.
func (a *Accounts) changedPeople(w http.ResponseWriter, r *http.Request, s Session, did string, err error) error {
	if fault.Is(err, fault.Conflict) {
		return a.showPeople(w, r, s, page.Filled(url.Values{"role": {string(access.CustomerAdmin)}}), "people.last")
	}
	if err != nil {
		return err
	}
	seeOther(w, to(a.begin(r, "people.title"), peoplePath, "did", did))
	return nil
}

func (a *Accounts) invite(w http.ResponseWriter, r *http.Request) error {
	s, f, err := a.form(r)
	if err != nil {
		return err
	}
	role := access.Role(f.Value("role"))
	if role == "" {
		role = access.CustomerOwner // the policy lists no roles
	}
	b := a.begin(r, "people.title")
	err = a.Invite(r.Context(), client(r), s, f.Value("email"), role, b.Lang)
	if fault.Is(err, fault.Invalid) {
		f.Refuse("email", b.T("email.wrong"))
		return a.showPeople(w, r, s, f, "")
	}
	return a.changedPeople(w, r, s, "invited", err)
}

func (a *Accounts) takeBack(w http.ResponseWriter, r *http.Request) error {
	s, err := a.session(r)
	if err != nil {
		return err
	}
	return a.changedPeople(w, r, s, "taken-back", a.TakeBack(r.Context(), s, r.PathValue("id")))
}

func (a *Accounts) assign(w http.ResponseWriter, r *http.Request) error {
	s, f, err := a.form(r)
	if err != nil {
		return err
	}
	return a.changedPeople(w, r, s, "role", a.Assign(r.Context(), s, r.PathValue("id"), access.Role(f.Value("role"))))
}

func (a *Accounts) remove(w http.ResponseWriter, r *http.Request) error {
	s, err := a.session(r)
	if err != nil {
		return err
	}
	return a.changedPeople(w, r, s, "removed", a.Remove(r.Context(), s, r.PathValue("id")))
}

// switchPage lists the customers for whom somebody may act.
type switchPage struct {
	page.Base
	Customers []choice
}

type choice struct {
	Acting
	Registered string
	Now        bool
}

func (a *Accounts) switchForm(w http.ResponseWriter, r *http.Request) error {
	s, err := a.session(r)
	if err != nil {
		return err
	}
	d := switchPage{Base: a.begin(r, "switch.title")}
	all, err := a.acting(r.Context(), a.env.DB, s.Account)
	if err != nil {
		return err
	}
	for _, m := range all {
		c := choice{Acting: m, Now: m.Customer == s.Customer}
		if c.Registered, _, err = a.Registered(r.Context(), m.Customer); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		d.Customers = append(d.Customers, c)
	}
	return pages.Show(a.env.Front, w, r, "switch", d)
}

func (a *Accounts) switchTo(w http.ResponseWriter, r *http.Request) error {
	s, f, err := a.form(r)
	if err == nil {
		err = a.Switch(r.Context(), s, f.Value("customer"))
	}
	if err != nil {
		return err
	}
	seeOther(w, to(a.begin(r, "overview.title"), "/", "did", "switched"))
	return nil
}
