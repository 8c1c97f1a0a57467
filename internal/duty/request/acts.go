package request

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/page"
	"kept/internal/store"
)

// enterNew enters a request that came by letter or call.
func (d *Desk) enterNew(w http.ResponseWriter, r *http.Request) error {
	f, by, err := d.acting(r)
	if err != nil {
		return err
	}
	v := d.newPage(r, f)
	a := asking(f, f.Value("lang"))
	a.Channel, a.By, a.Contact.Post, a.Contact.Phone = Channel(f.Value("channel")), by, f.Value("post"), f.Value("phone")
	if a.Received, err = d.Arrived(f.Value("received")); err != nil {
		v.Form.Refuse("received", v.T("new.wrong.day"))
	}
	if len(a.Rights) == 0 && a.Wish.Words == "" {
		v.Form.Refuse("words", v.T("ask.wrong.right"))
	}
	var c Case
	if !v.Form.Refused() {
		if c, err = d.Ask(r.Context(), a); fault.Is(err, fault.Invalid) || fault.Is(err, fault.TooLarge) {
			v.Form.Refuse("received", v.T("new.wrong.form"))
		} else if err != nil {
			return err
		}
	}
	if v.Form.Refused() {
		v.Status = http.StatusBadRequest
		return pages.Show(d.desk, w, r, "new", v)
	}
	seeOther(w, deskPath+"/new?done="+c.Number)
	return nil
}

// acting reads a form of the staff and who sends it.
func (d *Desk) acting(r *http.Request) (f page.Form, by string, err error) {
	if f, err = page.Read(r); err != nil {
		return f, "", err
	}
	who, err := d.desk.Person(r)
	return f, who.ID, err
}

// act does something to a case and shows it again.
func (d *Desk) act(w http.ResponseWriter, r *http.Request, f func(form page.Form, name, by string) error) error {
	form, by, err := d.acting(r)
	if err != nil {
		return err
	}
	name := r.PathValue("id")
	if err := f(form, name, by); err != nil {
		return err
	}
	seeOther(w, d.desk.Open(r, section).To(deskPath+"/"+name))
	return nil
}

func (d *Desk) classify(w http.ResponseWriter, r *http.Request) error {
	return d.act(w, r, func(f page.Form, name, by string) error {
		var asked []rights.Right
		for _, x := range f.Values("right") {
			asked = append(asked, rights.Right(x))
		}
		_, err := d.Classify(r.Context(), name, asked, f.Value("activity"), by)
		return err
	})
}

func (d *Desk) correct(w http.ResponseWriter, r *http.Request) error {
	return d.act(w, r, func(f page.Form, name, by string) error {
		x := rights.Correction{Activity: f.Value("activity"), Field: f.Value("field"), Old: f.Value("old"), New: f.Value("new")}
		if i := slices.IndexFunc(d.Rights.Elsewheres(), func(p rights.Place) bool { return placed(p) == x.Field }); i >= 0 {
			x.System, x.Field = d.Rights.Elsewheres()[i].System, d.Rights.Elsewheres()[i].Field
		}
		return d.Correct(r.Context(), name, x, by)
	})
}

// placed is a field of another system as the form names it.
func placed(p rights.Place) string { return p.System + ":" + p.Field }

func (d *Desk) identify(w http.ResponseWriter, r *http.Request) error {
	return d.act(w, r, func(f page.Form, name, by string) error {
		_, err := d.Vouch(r.Context(), name, Seen{Kind: f.Value("kind"), Value: f.Value("value"), Evidence: f.Value("evidence"), By: by})
		return err
	})
}

func (d *Desk) replan(w http.ResponseWriter, r *http.Request) error {
	return d.act(w, r, func(_ page.Form, name, _ string) error {
		_, err := d.Replan(r.Context(), name)
		return err
	})
}

func (d *Desk) resume(w http.ResponseWriter, r *http.Request) error {
	return d.act(w, r, func(_ page.Form, name, by string) error {
		_, err := d.Resume(r.Context(), name, by)
		return err
	})
}

func (d *Desk) withdraw(w http.ResponseWriter, r *http.Request) error {
	return d.act(w, r, func(_ page.Form, name, by string) error {
		_, err := d.Withdraw(r.Context(), name, by)
		return err
	})
}

// approve reads what was decided about every right, and the choices over what
// several people share.
func (d *Desk) approve(w http.ResponseWriter, r *http.Request) error {
	return d.act(w, r, func(f page.Form, name, by string) error {
		c, err := d.Case(r.Context(), name)
		if err != nil {
			return err
		}
		plans, err := d.plans(r.Context(), d.DB, c.ID)
		if err != nil {
			return err
		}
		v := Decision{By: by, Plan: f.Value("plan"), Verdicts: map[rights.Right]Verdict{}, Chosen: map[rights.Right]map[int]string{}}
		for _, right := range c.Rights {
			x := Verdict{Refuse: f.Value("verdict-"+string(right)) == "refuse", Ground: Ground(f.Value("ground-" + string(right))), Reason: f.Value("reason-" + string(right))}
			x.Review = f.Value("review-" + string(right))
			if !x.Refuse {
				x.Ground = ""
			}
			if x.Refuse || x.Review != "" || x.Reason != "" {
				v.Verdicts[right] = x
			}
		}
		for _, p := range plans {
			for at := range p.Parts {
				if chosen := f.Value(fmt.Sprintf("choice-%s-%d", p.Right, at)); chosen != "" {
					if v.Chosen[p.Right] == nil {
						v.Chosen[p.Right] = map[int]string{}
					}
					v.Chosen[p.Right][at] = chosen
				}
			}
		}
		_, err = d.Approve(r.Context(), name, v)
		return err
	})
}

// draft writes a letter that decides nothing; draftDecision one that does.
func (d *Desk) draft(w http.ResponseWriter, r *http.Request) error { return d.drafted(w, r, false) }

func (d *Desk) draftDecision(w http.ResponseWriter, r *http.Request) error {
	return d.drafted(w, r, true)
}

func (d *Desk) drafted(w http.ResponseWriter, r *http.Request, decides bool) error {
	return d.act(w, r, func(f page.Form, name, _ string) error {
		p := Purpose{Kind: Kind(f.Value("kind")), Ground: Ground(f.Value("ground")), Reason: f.Value("reason")}
		if p.Kind != Refusal {
			p.Ground = ""
		}
		if err := sameRight(p.Kind, decides); err != nil {
			return err
		}
		_, err := d.Draft(r.Context(), name, p)
		return err
	})
}

// sameRight keeps a letter that decides from leaving by the way of one that does
// not: the two ask for different rights.
func sameRight(k Kind, decides bool) error {
	switch {
	case k.Decides() && !decides:
		return fault.New(fault.Forbidden, "who may decide writes this letter")
	case !k.Decides() && decides:
		return fault.New(fault.Invalid, "an extension or a refusal is decided here")
	}
	return nil
}

// dispatch saves or sends a letter that decides nothing; dispatchDecision one that
// does.
func (d *Desk) dispatch(w http.ResponseWriter, r *http.Request) error {
	return d.dispatched(w, r, false)
}

func (d *Desk) dispatchDecision(w http.ResponseWriter, r *http.Request) error {
	return d.dispatched(w, r, true)
}

func (d *Desk) dispatched(w http.ResponseWriter, r *http.Request, decides bool) error {
	return d.act(w, r, func(f page.Form, name, by string) error {
		c, err := d.Case(r.Context(), name)
		if err != nil {
			return err
		}
		id := r.PathValue("letter")
		l, err := d.letter(r.Context(), d.DB, c, id)
		if err != nil {
			return err
		}
		if err := sameRight(l.Kind, decides); err != nil {
			return err
		}
		if err := d.Edit(r.Context(), name, id, f.Value("title"), strings.ReplaceAll(f.Value("text"), "\r\n", "\n")); err != nil {
			return err
		}
		switch f.Value("do") {
		case "save":
			return nil
		case "send":
			_, err = d.Send(r.Context(), name, id, by, ByMail)
		case "post":
			_, err = d.Send(r.Context(), name, id, by, ByPost)
		default:
			err = fault.New(fault.Invalid, "save the letter, send it, or say that it was posted")
		}
		return err
	})
}

// fetchForPost hands a file to the staff, to be printed for somebody who has no
// mail.
func (d *Desk) fetchForPost(w http.ResponseWriter, r *http.Request) error {
	_, by, err := d.acting(r)
	if err != nil {
		return err
	}
	c, p, err := d.TakeOut(r.Context(), r.PathValue("id"), r.PathValue("package"), by)
	if err != nil {
		return err
	}
	return d.stream(w, r, c, p)
}

// TakeOut lets a person of the staff have a file of a case, by its id or its right,
// and notes who. NotFound if there is none.
func (d *Desk) TakeOut(ctx context.Context, name, which, by string) (c Case, p Package, err error) {
	c, err = d.change(ctx, name, func(ctx context.Context, tx *store.Tx, c *Case) error {
		files, err := d.packages(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(files, func(p Package) bool { return p.ID == which || string(p.Right) == which })
		if i < 0 {
			return fault.New(fault.NotFound, "there is no such file, or its time is over")
		}
		p = files[i]
		return d.note(ctx, tx, c.ID, "taken-out", by, "")
	})
	return c, p, err
}
