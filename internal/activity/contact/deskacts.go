package contact

import (
	"net/http"
	"slices"

	"kept/internal/access"
	"kept/internal/fault"
	"kept/internal/page"
)

// act reads the form of an act of staff.
func (c *Correspondence) act(r *http.Request) (f page.Form, who page.Person, err error) {
	if f, err = page.Read(r); err != nil {
		return f, who, err
	}
	who, err = c.env.Desk.Person(r)
	return f, who, err
}

func (c *Correspondence) doAnswer(w http.ResponseWriter, r *http.Request) error {
	f, who, err := c.act(r)
	if err != nil {
		return err
	}
	id, once := r.PathValue("id"), f.Value("once")
	if !plain(once) {
		return fault.New(fault.Invalid, "open the page again and answer from there")
	}
	err = c.Answer(r.Context(), id, f.Value("answer"), who.ID, once)
	if fault.Is(err, fault.Invalid) {
		f.Refuse("answer", c.env.Desk.Open(r, section).T("wrong.answer"))
		return c.show(w, r, f, "")
	}
	if err == nil && f.Value("do") == "conclude" {
		_, err = c.Conclude(r.Context(), id, who.ID, false)
	}
	return c.back(w, r, err)
}

func (c *Correspondence) doNote(w http.ResponseWriter, r *http.Request) error {
	f, who, err := c.act(r)
	if err != nil {
		return err
	}
	err = c.Note(r.Context(), r.PathValue("id"), f.Value("note"), who.ID)
	if fault.Is(err, fault.Invalid) {
		f.Refuse("note", c.env.Desk.Open(r, section).T("wrong.empty"))
		return c.show(w, r, f, "")
	}
	return c.back(w, r, err)
}

func (c *Correspondence) doAssign(w http.ResponseWriter, r *http.Request) error {
	f, who, err := c.act(r)
	if err != nil {
		return err
	}
	to := who.ID
	switch f.Value("do") {
	case "return":
		to = ""
	case "hand":
		to = f.Value("to")
		colleagues, err := c.env.Desk.Colleagues(r.Context(), access.Contact)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(colleagues, func(p page.Person) bool { return p.ID == to }) {
			return fault.New(fault.Invalid, "this colleague may not see correspondence any more; choose another")
		}
	}
	return c.back(w, r, c.Assign(r.Context(), r.PathValue("id"), to, who.ID))
}

func (c *Correspondence) doConclude(w http.ResponseWriter, r *http.Request) error {
	_, who, err := c.act(r)
	if err != nil {
		return err
	}
	_, err = c.Conclude(r.Context(), r.PathValue("id"), who.ID, false)
	return c.back(w, r, err)
}

// back leads to the conversation after an act, or to the inbox if it is gone.
func (c *Correspondence) back(w http.ResponseWriter, r *http.Request, err error) error {
	if err != nil {
		return err
	}
	to := deskPath + "/" + r.PathValue("id")
	if _, err := c.one(r.Context(), c.env.DB, "id = $1", r.PathValue("id")); fault.Is(err, fault.NotFound) {
		to = deskPath
	}
	http.Redirect(w, r, c.env.Desk.Open(r, section).To(to), http.StatusSeeOther)
	return nil
}

// plain reports whether s can stand in the key of a mail.
func plain(s string) bool {
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return s != "" && len(s) <= 40
}
