package center

import (
	"fmt"
	"net/http"

	"kept/internal/access"
	"kept/internal/duty/rights"
	"kept/internal/i18n"
	"kept/internal/policy"
)

// mePage shows what is held under this browser's pseudonyms.
type mePage struct {
	page
	Held       []heldActivity
	Requests   []string // open ones, a sentence each
	Restricted bool
	Contact    string
}

type heldActivity struct {
	Key, Title, Count string
	Tables            []heldTable
	Object            bool // Art. 21 applies: it rests on an interest of the operator
}

type heldTable struct {
	rights.Reading
	More string // what is left out here and stands in the download
}

// shownRows is how much of a table a page shows; the download has all of it.
const shownRows = 100

func (c *Center) me(w http.ResponseWriter, r *http.Request) error {
	p, e := c.open(r, "me.title")
	subjects, err := c.subjects(r)
	if err != nil {
		return err
	}
	view := mePage{page: p, Contact: e.policy.Controller.Email}
	held, err := c.copy(r.Context(), subjects)
	if err != nil {
		return err
	}
	decider, err := c.decider(r)
	if err != nil {
		return err
	}
	// Receipts are handed out to the browser that decided.
	view.Held = e.held(p, held, rights.Reader{Lang: p.Lang, Linked: decider != "", Most: shownRows, Zone: p.zone})
	restricted, err := c.Subjects.Restricted(r.Context())
	if err != nil {
		return fmt.Errorf("list restrictions: %w", err)
	}
	for _, s := range subjects {
		view.Restricted = view.Restricted || restricted[s]
		requests, err := c.Rights.Requests(r.Context(), s)
		if err != nil {
			return fmt.Errorf("list requests: %w", err)
		}
		for _, q := range requests {
			view.take(q)
		}
	}
	access.Personal(w.Header())
	return show(w, http.StatusOK, "me", p.Lang, view)
}

// take notes a request that the person should see.
func (m *mePage) take(q rights.Request) {
	if q.Right == rights.Erasure || q.State == rights.Waiting || q.State == rights.Refused {
		m.Requests = append(m.Requests, m.T("request.line", m.T("right."+string(q.Right)), m.Date(q.Received), m.T("request."+string(q.State))))
	}
}

// held sets a copy for the page.
func (e *edition) held(p page, held rights.Copy, reader rights.Reader) []heldActivity {
	var all []heldActivity
	for _, a := range held.Activities {
		h := heldActivity{Key: a.Key, Title: a.Title.In(p.Lang)}
		entry := e.policy.Activity(a.Key)
		h.Object = entry != nil && entry.Basis == policy.LegitimateInterests
		rows := 0
		for _, t := range a.Tables {
			if len(t.Rows) == 0 {
				continue
			}
			rows += len(t.Rows)
			shown := heldTable{Reading: reader.Read(t)}
			if shown.Left > 0 {
				shown.More = p.T("me.more", i18n.Number(int64(shown.Left), p.Lang))
			}
			h.Tables = append(h.Tables, shown)
		}
		if rows == 0 {
			continue
		}
		h.Count = i18n.Count(p.Lang, "center.me.count", int64(rows))
		all = append(all, h)
	}
	return all
}
