package center

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"kept/internal/access"
	"kept/internal/consent"
	"kept/internal/duty/notice"
	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/i18n"
)

// object ends an activity that rests on an interest of the operator (Art. 21).
func (c *Center) object(w http.ResponseWriter, r *http.Request) error {
	return c.wish(w, r, func(ctx context.Context, subject string) error {
		_, err := c.Rights.Object(ctx, subject, r.PostForm.Get("activity"))
		return c.served(r, err, rights.Objection, r.PostForm.Get("activity"), "")
	})
}

// restrict keeps the data from use and from deletion (Art. 18).
func (c *Center) restrict(w http.ResponseWriter, r *http.Request) error {
	return c.wish(w, r, func(ctx context.Context, subject string) error {
		reason := strings.TrimSpace(r.PostForm.Get("reason"))
		if reason == "" || len(reason) > longestReason {
			return fault.New(fault.Invalid, "say in a few words why, in %d bytes at most", longestReason)
		}
		_, err := c.Rights.Restrict(ctx, subject, reason)
		return c.served(r, err, rights.Restriction, "", "")
	})
}

const longestReason = 2000 // bytes: 500 characters of any script

// served puts what was done at once into the register of requests, unless it
// failed.
func (c *Center) served(r *http.Request, failed error, right rights.Right, activity, request string) error {
	if failed != nil || c.Served == nil {
		return failed
	}
	p, _ := c.open(r, "")
	return c.Served(r.Context(), right, activity, p.Lang, request)
}

// lift ends a restriction; a pseudonym that is not restricted stays so.
func (c *Center) lift(w http.ResponseWriter, r *http.Request) error {
	return c.wish(w, r, func(ctx context.Context, subject string) error {
		err := c.Rights.Lift(ctx, subject)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	})
}

// wish carries out act for each subject of the request and leads back to "my
// data". A browser that stands for nobody gets the same answer.
func (c *Center) wish(w http.ResponseWriter, r *http.Request, act func(ctx context.Context, subject string) error) error {
	if err := readForm(r); err != nil {
		return err
	}
	subjects, err := c.subjects(r)
	if err != nil {
		return err
	}
	for _, s := range subjects {
		if err := act(r.Context(), s); err != nil {
			return fmt.Errorf("carry out the wish: %w", err)
		}
	}
	p, _ := c.open(r, "")
	access.Personal(w.Header())
	seeOther(w, p.To("/privacy/me"))
	return nil
}

func seeOther(w http.ResponseWriter, to string) {
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusSeeOther)
}

// erasePage says what an erasure takes and what stays, before it is asked for
// or afterwards.
type erasePage struct {
	page
	Goes, Stays []string
	State       string // of a request; empty before it is made
	Number      string
}

// beforeErasing is the first of two steps: it changes nothing.
func (c *Center) beforeErasing(w http.ResponseWriter, r *http.Request) error {
	p, e := c.open(r, "erase.title")
	subjects, err := c.subjects(r)
	if err != nil {
		return err
	}
	view := erasePage{page: p}
	for _, s := range subjects {
		goes, stays, err := c.Rights.Preview(r.Context(), s)
		if err != nil {
			return fmt.Errorf("foresee the erasure: %w", err)
		}
		view.Goes = append(view.Goes, c.parts(p, e, goes, false)...)
		view.Stays = append(view.Stays, c.parts(p, e, stays, true)...)
	}
	access.Personal(w.Header())
	return show(w, http.StatusOK, "erase", p.Lang, view)
}

// erase is the second step. The consent ends with it, else the next page would
// begin to collect anew.
func (c *Center) erase(w http.ResponseWriter, r *http.Request) error {
	if err := readForm(r); err != nil {
		return err
	}
	p, e := c.open(r, "")
	subjects, err := c.subjects(r)
	if err != nil {
		return err
	}
	if err := c.withdrawAll(w, r, p, e); err != nil {
		return err
	}
	var ids []string
	for _, s := range subjects {
		id, err := c.Rights.Erase(r.Context(), s)
		if err != nil {
			return fmt.Errorf("ask for erasure: %w", err)
		}
		if err := c.served(r, nil, rights.Erasure, "", id); err != nil {
			return err
		}
		ids = append(ids, id)
	}
	access.Personal(w.Header())
	if len(ids) == 0 {
		seeOther(w, p.To("/privacy/me"))
		return nil
	}
	seeOther(w, p.To("/privacy/me/requests/"+strings.Join(ids, "~")))
	return nil
}

// withdrawAll ends the consent that the request carries, if any.
func (c *Center) withdrawAll(w http.ResponseWriter, r *http.Request, p page, e *edition) error {
	before := c.Consent.State(r)
	if before.Decision == "" {
		return nil
	}
	out, err := c.Consent.Decide(r.Context(), consent.Request{None: true, Language: p.Lang, Source: consent.Settings, Previous: before, GPC: before.GPC})
	if err != nil {
		return fmt.Errorf("withdraw: %w", err)
	}
	http.SetCookie(w, out.Cookie)
	e.clear(w, r, before, out)
	return nil
}

const mostRequests = 8 // in one address

// request shows how far requests are, by their ids: 128 random bits each that
// only the browser that made them knows.
func (c *Center) request(w http.ResponseWriter, r *http.Request) error {
	p, e := c.open(r, "request.title")
	ids := strings.Split(r.PathValue("ids"), "~")
	if len(ids) > mostRequests {
		return fault.New(fault.NotFound, "there is no such request")
	}
	view := erasePage{page: p, Number: strings.Join(ids, " ")}
	for _, id := range ids {
		q, err := c.Rights.Request(r.Context(), id)
		if err != nil {
			return fmt.Errorf("find the request: %w", err)
		}
		view.Goes = append(view.Goes, c.parts(p, e, q.Goes, false)...)
		view.Stays = append(view.Stays, c.parts(p, e, q.Stays, true)...)
		if view.State == "" || q.State != rights.Done {
			view.State = p.T("request." + string(q.State))
		}
	}
	access.Personal(w.Header())
	return show(w, http.StatusOK, "request", p.Lang, view)
}

// parts writes what goes or stays, a line each.
func (c *Center) parts(p page, e *edition, parts []rights.Part, staying bool) []string {
	var lines []string
	for _, part := range parts {
		line := p.T("erase.part", c.activityTitle(p, e, part.Activity), i18n.Count(p.Lang, "center.me.count", part.Rows))
		if staying {
			line += " " + why(p, part)
		}
		lines = append(lines, line)
	}
	return lines
}

// why says on which ground a part stays, and until when.
func why(p page, part rights.Part) string {
	reason := part.Text.In(p.Lang)
	if reason == "" && i18n.Has("center.stays."+part.Reason) {
		reason = p.T("stays." + part.Reason)
	}
	says := []string{}
	if reason != "" {
		says = append(says, p.T("erase.reason", reason))
	}
	if part.Until.IsZero() {
		says = append(says, p.T("erase.until-open"))
	} else {
		says = append(says, p.T("erase.until", p.Date(part.Until)))
	}
	return strings.Join(says, " ")
}

// activityTitle names an activity as the notice does; one that the policy no
// longer has keeps its key.
func (c *Center) activityTitle(p page, e *edition, key string) string {
	if a := e.policy.Activity(key); a != nil {
		return notice.NewNames(e.policy, p.Lang).Activity(a)
	}
	return key
}
