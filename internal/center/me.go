package center

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"kept/internal/duty/rights"
	"kept/internal/fault"
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
	copies, err := c.copies(r.Context(), subjects)
	if err != nil {
		return err
	}
	for _, held := range copies {
		view.Held = append(view.Held, e.held(p, held)...)
	}
	for _, s := range subjects {
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
	switch {
	case q.Right == rights.Restriction && q.State == rights.Done:
		m.Restricted = true
	case q.Right == rights.Erasure || q.State == rights.Waiting || q.State == rights.Refused:
		m.Requests = append(m.Requests, m.T("request.line", m.T("right."+string(q.Right)), i18n.Date(q.Received, m.Lang), m.T("request."+string(q.State))))
	}
}

// decider returns the subject of the request's own consent decision, empty if
// it carries none that stands.
func (c *Center) decider(r *http.Request) (string, error) {
	st := c.Consent.State(r)
	if st.Decision == "" {
		return "", nil
	}
	subject, err := c.Consent.Subject(r.Context(), st.Decision)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find whose decision this is: %w", err)
	}
	return subject, nil
}

// subjects returns everybody that the request's cookies stand for, each once.
func (c *Center) subjects(r *http.Request) ([]string, error) {
	holders := append([]Holder{func(context.Context, *http.Request) (string, error) { return c.decider(r) }}, c.Holders...)
	var found []string
	for _, h := range holders {
		s, err := h(r.Context(), r)
		if err != nil {
			return nil, fmt.Errorf("read the browser's pseudonym: %w", err)
		}
		if s != "" && !slices.Contains(found, s) {
			found = append(found, s)
		}
	}
	return found, nil
}

// copies asks for everything held about subjects. Without one it is a single
// copy that says that nothing is held, so that both answers have one form.
func (c *Center) copies(ctx context.Context, subjects []string) ([]rights.Copy, error) {
	if len(subjects) == 0 {
		return []rights.Copy{{Schema: rights.Schema, Made: c.Clock.Now(), Right: rights.Access, Controller: c.Policy().Controller.Name, Nothing: true}}, nil
	}
	var all []rights.Copy
	for _, s := range subjects {
		held, err := c.Rights.Access(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("copy what is held: %w", err)
		}
		all = append(all, held)
	}
	return all, nil
}

// held sets a copy for the page.
func (e *edition) held(p page, held rights.Copy) []heldActivity {
	var all []heldActivity
	for _, a := range held.Activities {
		h := heldActivity{Key: a.Key, Title: policy.Text(a.Title).In(p.Lang)}
		entry := e.policy.Activity(a.Key)
		h.Object = entry != nil && (entry.Basis == policy.LegitimateInterests || entry.Basis == policy.PublicTask)
		rows := 0
		for _, t := range a.Tables {
			if len(t.Rows) == 0 {
				continue
			}
			rows += len(t.Rows)
			h.Tables = append(h.Tables, heldRows(p, h.Title, t))
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
	for _, column := range t.Columns {
		h.Head = append(h.Head, policy.Text(column.Title).In(p.Lang))
	}
	for i, row := range t.Rows {
		if i == shownRows {
			h.More = p.T("me.more", i18n.Number(int64(len(t.Rows)-shownRows), p.Lang))
			break
		}
		cells := make([]string, len(row))
		for j, v := range row {
			cells[j] = cell(p, v)
		}
		h.Rows = append(h.Rows, cells)
	}
	return h
}

// cell writes a value for people.
func cell(p page, v any) string {
	switch v := v.(type) {
	case nil:
		return "–"
	case bool:
		return p.T("bool." + strconv.FormatBool(v))
	case int64:
		return i18n.Number(v, p.Lang)
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

func (c *Center) meJSON(w http.ResponseWriter, r *http.Request) error {
	subjects, err := c.subjects(r)
	if err != nil {
		return err
	}
	copies, err := c.copies(r.Context(), subjects)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if len(copies) == 1 {
		err = copies[0].JSON(&b)
	} else {
		enc := json.NewEncoder(&b)
		enc.SetIndent("", "  ")
		err = enc.Encode(copies)
	}
	if err != nil {
		return fmt.Errorf("write the copy: %w", err)
	}
	download(w, "application/json", b.Bytes())
	return nil
}

// meHTML is the readable copy, one page that stands alone.
func (c *Center) meHTML(w http.ResponseWriter, r *http.Request) error {
	p, _ := c.open(r, "me.title")
	subjects, err := c.subjects(r)
	if err != nil {
		return err
	}
	copies, err := c.copies(r.Context(), subjects)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, held := range copies {
		if err := held.HTML(&b, p.Lang); err != nil {
			return fmt.Errorf("write the copy: %w", err)
		}
	}
	download(w, "text/html; charset=utf-8", b.Bytes())
	return nil
}
