package console

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"kept/internal/access"
	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
)

// holdsPage shows what suspends deletions, and which recipients are still to be
// told of one.
type holdsPage struct {
	*page
	Holds    []subject.Hold
	Told     []rights.Informing
	Whom     *rights.News // of the telling that was opened
	Opened   string
	Grounds  []policy.HoldGround
	Suspends []policy.Activity // that a hold can be placed on
}

// Age is how many days a hold stands.
func (p holdsPage) Age(since time.Time) int { return int(time.Since(since).Hours() / 24) }

// Last is the last moment before t: a hold ends with the end of a day.
func (p holdsPage) Last(t time.Time) time.Time { return t.Add(-time.Millisecond) }

// Fields is what the fields of an activity are called.
func (p holdsPage) Fields(activity string, fields []string) string {
	names := slices.Clone(fields)
	if a := p.called.policy.Activity(activity); a != nil {
		for i, name := range names {
			for _, f := range a.Words().Fields {
				if f.Name == name {
					names[i] = p.Named(f.Title, name)
				}
			}
			for _, s := range a.Words().Sets {
				if s.Name == name {
					names[i] = p.Named(s.Title, name)
				}
			}
		}
	}
	return i18n.List(names, p.Lang)
}

// Named is what a field or the ground of a hold is called.
func (p holdsPage) Named(w policy.Text, key string) string {
	if s := rights.Words(w).In(p.Lang); s != "" {
		return s
	}
	return key
}

func (c *Console) holds(w http.ResponseWriter, r *http.Request) error {
	p, err := c.holdsOf(r)
	if err != nil {
		return err
	}
	return c.show(w, r, "holds", p)
}

func (c *Console) holdsOf(r *http.Request) (holdsPage, error) {
	p := holdsPage{page: c.open(r, "holds.title"), Grounds: c.Policy().Holds, Suspends: c.Policy().Activities}
	var err error
	if p.Holds, err = c.Rights.Subjects.Holds(r.Context()); err != nil {
		return p, err
	}
	p.Told, err = c.Rights.Tellings(r.Context(), "")
	return p, err
}

// placeHold places a hold on the data of one person, or of everybody.
func (c *Console) placeHold(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	who, err := c.who(r)
	if err != nil {
		return err
	}
	day, err := time.ParseInLocation(time.DateOnly, r.PostFormValue("until"), c.Policy().Zone())
	if err != nil {
		return fault.New(fault.Invalid, "say until which day the hold stands")
	}
	h := subject.Hold{Activity: r.PostFormValue("activity"), Ground: r.PostFormValue("ground"), Reason: strings.TrimSpace(r.PostFormValue("reason")), By: who.Email, Until: day.AddDate(0, 0, 1)}
	if address := strings.TrimSpace(r.PostFormValue("person")); address != "" {
		if h.Subject, err = c.known(r.Context(), address); err != nil {
			return err
		}
	}
	err = c.DB.Write(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := c.Rights.Hold(ctx, tx, h)
		return err
	})
	return c.back(w, r, "/holds", err)
}

// known returns the subject of a mail address, or a subject that is named itself.
func (c *Console) known(ctx context.Context, name string) (string, error) {
	if store.IsID(name) {
		return name, nil
	}
	address, err := mail.Normalise(name)
	if err != nil {
		return "", fault.New(fault.Invalid, "name the person by a mail address, or by the number of the person")
	}
	return c.Rights.Subjects.Find(ctx, c.DB, subject.Email, address)
}

func (c *Console) liftHold(w http.ResponseWriter, r *http.Request) error {
	who, err := c.who(r)
	if err != nil {
		return err
	}
	err = c.DB.Write(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		return c.Rights.Subjects.LiftHold(ctx, tx, r.PathValue("hold"), who.ID)
	})
	return c.back(w, r, "/holds", err)
}

// toldOne shows whom a recipient is to be told about, which the ledger records, or
// notes that it was told.
func (c *Console) toldOne(w http.ResponseWriter, r *http.Request) error {
	if err := form(r); err != nil {
		return err
	}
	who, err := c.who(r)
	if err != nil {
		return err
	}
	id := r.PathValue("telling")
	if r.PostFormValue("do") == "tick" {
		return c.back(w, r, "/holds", c.Rights.Tick(r.Context(), id, who.ID))
	}
	news, err := c.Rights.Whom(r.Context(), id)
	if err != nil {
		return err
	}
	err = c.DB.Write(r.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := c.Ledger.Append(ctx, tx, "person.opened", map[string]any{"what": "telling", "by": who.ID})
		return err
	})
	if err != nil {
		return err
	}
	p, err := c.holdsOf(r)
	if err != nil {
		return err
	}
	p.Here, p.Whom, p.Opened = "/holds", &news, id
	return c.show(w, r, "holds", p)
}

// back leads to a page in the language of this one, unless there is an error.
func (c *Console) back(w http.ResponseWriter, r *http.Request, to string, err error) error {
	if err != nil {
		return err
	}
	http.Redirect(w, r, c.begun(r).To(to), http.StatusSeeOther)
	return nil
}

// holdRoutes are the lines of the access table for holds and tellings.
func (c *Console) holdRoutes(line func(method, pattern string, right access.Right, h access.Handler) access.Route) []access.Route {
	return []access.Route{
		line(http.MethodGet, "/holds", access.Requests, c.holds),
		line(http.MethodPost, "/holds", access.Decide, c.placeHold),
		line(http.MethodPost, "/holds/{hold}", access.Decide, c.liftHold),
		line(http.MethodPost, "/told/{telling}", access.Requests, c.toldOne),
	}
}
