package center

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

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
	Title string
	Head  []string
	Rows  [][]string
	More  string // what is left out here and stands in the download
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
	view.Held = e.held(p, held)
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
	personal(w.Header())
	return show(w, http.StatusOK, "me", p.Lang, view)
}

// take notes a request that the person should see.
func (m *mePage) take(q rights.Request) {
	if q.Right == rights.Erasure || q.State == rights.Waiting || q.State == rights.Refused {
		m.Requests = append(m.Requests, m.T("request.line", m.T("right."+string(q.Right)), i18n.Date(q.Received, m.Lang), m.T("request."+string(q.State))))
	}
}

// held sets a copy for the page.
func (e *edition) held(p page, held rights.Copy) []heldActivity {
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
			if shown := heldRows(p, h.Title, t); len(shown.Head) > 0 {
				h.Tables = append(h.Tables, shown)
			}
		}
		if rows == 0 {
			continue
		}
		h.Count = i18n.Count(p.Lang, "center.me.count", int64(rows))
		all = append(all, h)
	}
	return all
}

func heldRows(p page, title string, t rights.Table) heldTable {
	h := heldTable{Title: title}
	var shown []int
	for i, column := range t.Columns {
		if telling(t, i) {
			shown = append(shown, i)
			h.Head = append(h.Head, column.Title.In(p.Lang))
		}
	}
	for i, row := range t.Rows {
		if i == shownRows {
			h.More = p.T("me.more", i18n.Number(int64(len(t.Rows)-shownRows), p.Lang))
			break
		}
		cells := make([]string, len(shown))
		for j, column := range shown {
			cells[j] = cell(p, row[column])
		}
		h.Rows = append(h.Rows, cells)
	}
	return h
}

// telling reports whether a page shows a column: one that stores a field and is
// not empty throughout. The download has the technical and the empty ones too.
func telling(t rights.Table, column int) bool {
	if t.Columns[column].Category == "" {
		return false
	}
	for _, row := range t.Rows {
		if v := row[column]; v != nil && v != "" {
			return true
		}
	}
	return false
}

// cell writes a value for people.
func cell(p page, v any) string {
	switch v := v.(type) {
	case nil:
		return "–"
	case bool:
		return p.T("bool." + strconv.FormatBool(v))
	case int64:
		return strconv.FormatInt(v, 10) // as it is stored: not every number is a count
	case time.Time:
		return i18n.DateTime(v, p.Lang)
	case string:
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return i18n.DateTime(t, p.Lang)
		}
		return v
	}
	structured, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(structured)
}
