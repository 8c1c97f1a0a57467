package dataset

import (
	"context"
	"slices"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/remote/records"
)

// byHand says what Kept cannot do in another system.
var byHand = rights.Words{
	"en": "this system cannot be told by program; whoever looks after it does it by hand",
	"de": "diesem System kann es kein Programm sagen; wer es betreut, macht es von Hand",
}

// Plan says what a right would do in the other systems; rows are counted there.
func (e *Estate) Plan(ctx context.Context, p rights.Person, r rights.Right, w rights.Wish) ([]rights.Planned, error) {
	e.refresh()
	ids := identifiers(p)
	if r == rights.HumanReview || r == rights.Safeguards || len(ids) == 0 || !e.holdsFor(w.Activity) {
		return nil, nil
	}
	walk, err := e.walk(ctx, ids)
	if err != nil {
		return nil, err
	}
	defer walk.spool.Close()
	switch r {
	case rights.Erasure:
		return e.planErasure(ctx, walk, p, w)
	case rights.Rectification:
		return e.planCorrections(ctx, walk, p, w.Corrections)
	}
	var parts []rights.Planned
	for _, c := range e.graph.Collections {
		all := e.fates(c, nil)
		does, ok := doing(r, all)
		if !ok || !concerns(all, w.Activity) {
			continue
		}
		if does == rights.Cannot {
			if does, err = walk.marked(ctx, c, r); err != nil {
				return nil, err
			}
		}
		n, err := walk.count(ctx, c)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		part := rights.Part{Activity: keyOf(entryOf(all)), Table: c.Name, Rows: n}
		if does == rights.Cannot {
			part.Text = byHand
		}
		parts = append(parts, e.planned(c, does, part))
	}
	return parts, nil
}

// holdsFor reports whether anything of an activity lies in these systems; a system
// that is down does not keep a request waiting that is not about it.
func (e *Estate) holdsFor(activity string) bool {
	return slices.ContainsFunc(e.graph.Collections, func(c *Collection) bool { return concerns(e.fates(c, nil), activity) })
}

func (e *Estate) planned(c *Collection, does rights.Does, p rights.Part) rights.Planned {
	return rights.Planned{Part: p, Does: does, System: e.holder(c.Dataset.Key).Name}
}

// doing is what a right other than erasure and rectification does to a collection; false if nothing.
func doing(r rights.Right, all []fate) (rights.Does, bool) {
	switch r {
	case rights.Access, rights.Confirmation:
		return rights.HandsOut, true
	case rights.Portability:
		return rights.HandsOut, slices.ContainsFunc(all, fate.provided)
	case rights.Restriction, rights.Objection, rights.Withdrawal:
		return rights.Cannot, slices.ContainsFunc(all, func(t fate) bool { return t.field.Personal() })
	}
	return "", false
}

func (e *Estate) planErasure(ctx context.Context, walk *walk, p rights.Person, w rights.Wish) ([]rights.Planned, error) {
	holds, err := e.holdsOn(ctx, p.Subjects)
	if err != nil {
		return nil, err
	}
	all, err := e.treatments(ctx, holds)
	if err != nil {
		return nil, err
	}
	var parts []rights.Planned
	for _, t := range all {
		if !concerns(t.fates, w.Activity) {
			continue
		}
		n, err := walk.count(ctx, t.c)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			continue
		}
		if t.deletes || len(t.masks) > 0 {
			parts = append(parts, e.planned(t.c, t.does(), rights.Part{Activity: keyOf(entryOf(t.fates)), Table: t.c.Name, Rows: n}))
		}
		for _, stay := range t.stays(n) {
			does := rights.Keeps
			if stay.Reason == manual {
				does = rights.Cannot
			}
			parts = append(parts, e.planned(t.c, does, stay))
		}
	}
	return parts, nil
}

// count counts the person's rows of a collection, each once.
func (w *walk) count(ctx context.Context, c *Collection) (n int64, err error) {
	ways, err := w.used(c)
	if err != nil {
		return 0, err
	}
	if len(ways) != 1 || slices.ContainsFunc(ways[0].Pairs, func(p Pair) bool { return p.Target.listed() }) {
		err = w.rows(ctx, c, keyFields(c), func(*selection, records.Row) error { n++; return nil })
		return n, err
	}
	s, err := w.estate.system(c)
	if err != nil {
		return 0, err
	}
	err = w.spool.each(w.number[ways[0]], records.Batch, func(tuples [][]string) error {
		found, err := s.Source.Count(ctx, c.Name, s.match(ways[0], tuples))
		n += found
		return s.failed(c, err)
	})
	return n, err
}

// used returns the ways to c that the walk went.
func (w *walk) used(c *Collection) ([]*Way, error) {
	var ways []*Way
	for _, way := range w.graph.Into(c) {
		n, err := w.spool.count(w.number[way])
		if err != nil {
			return nil, err
		}
		if n > 0 {
			ways = append(ways, way)
		}
	}
	return ways, nil
}

// listed reports whether f lies in a list, so that a row has several values.
func (f *Field) listed() bool {
	for i := range f.Path {
		if x := at(f.Collection.Fields, f.Path[:i+1]); x != nil && (x.List || x.Type == "" && len(x.Fields) > 0) {
			return true
		}
	}
	return false
}

// keyFields is what tells rows of c apart: its key, or all of it.
func keyFields(c *Collection) []string {
	s := newSelection()
	for _, f := range c.Key() {
		s.add(f)
	}
	if len(s.tops) == 0 {
		return c.Tops()
	}
	return s.tops
}

// refresh has every system say again what it holds.
func (e *Estate) refresh() {
	for _, s := range e.Config.Systems {
		s.refresh()
	}
}

// rows hands over the person's rows of a collection, each once, with the fields
// named and those that tell rows apart.
func (w *walk) rows(ctx context.Context, c *Collection, tops []string, f func(*selection, records.Row) error) error {
	ways, err := w.used(c)
	if err != nil {
		return err
	}
	fields := newSelection()
	for _, name := range slices.Concat(tops, keyFields(c)) {
		fields.addTop(name)
	}
	for _, way := range ways {
		for _, p := range way.Pairs {
			fields.add(p.Target)
		}
	}
	once := len(ways) < 2 && !slices.ContainsFunc(ways, func(way *Way) bool {
		return slices.ContainsFunc(way.Pairs, func(p Pair) bool { return p.Target.listed() })
	})
	for _, way := range ways {
		err := w.spool.each(w.number[way], records.Batch, func(tuples [][]string) error {
			return w.read(ctx, way, tuples, fields, func(row records.Row) error {
				if !once {
					fresh, err := w.spool.mark(w.room(c), []string{w.identity(c, fields, row)})
					if err != nil || !fresh {
						return err
					}
				}
				return f(fields, fields.owned(way, tuples, row))
			})
		})
		if err != nil {
			return err
		}
	}
	return w.spool.clear(w.room(c))
}

// room numbers a collection's marks.
func (w *walk) room(c *Collection) int { return slices.Index(w.graph.Collections, c) }

// identity tells a row from the others of its collection.
func (w *walk) identity(c *Collection, fields *selection, row records.Row) string {
	var values []any
	for _, name := range keyFields(c) {
		values = append(values, row[fields.at[name]])
	}
	if len(c.Key()) == 0 {
		return digest(line(values))
	}
	return line(values)
}

// Trace says how a person's rows are found, for whoever checks a dataset.
type Trace struct {
	System     string   `json:"system"`
	Collection string   `json:"collection"`
	By         []string `json:"by"` // the ways that were gone
	Rows       int64    `json:"rows"`
	Erasure    string   `json:"erasure"` // what an erasure would do
	Why        string   `json:"why,omitempty"`
}

// Trace walks for identifiers and counts what is found, collection by collection.
func (e *Estate) Trace(ctx context.Context, ids []Identifier) ([]Trace, error) {
	if len(ids) == 0 {
		return nil, fault.New(fault.Invalid, "name an identifier of the person, like email=ada@example.org")
	}
	e.refresh()
	walk, err := e.walk(ctx, ids)
	if err != nil {
		return nil, err
	}
	defer walk.spool.Close()
	treated, err := e.treatments(ctx, nil)
	if err != nil {
		return nil, err
	}
	traces := []Trace{}
	for _, c := range e.graph.Collections {
		t, err := walk.trace(ctx, c, treated)
		if err != nil {
			return nil, err
		}
		traces = append(traces, t)
	}
	return traces, nil
}

func (w *walk) trace(ctx context.Context, c *Collection, treated []*treatment) (t Trace, err error) {
	t = Trace{System: w.estate.holder(c.Dataset.Key).Name, Collection: c.String(), By: []string{}, Erasure: "nothing about people"}
	ways, err := w.used(c)
	if err != nil {
		return t, err
	}
	for _, way := range ways {
		t.By = append(t.By, way.describe())
	}
	if i := slices.IndexFunc(treated, func(x *treatment) bool { return x.c == c }); i >= 0 {
		t.Erasure = string(treated[i].does())
		for _, stay := range treated[i].stays(0) {
			t.Why = stay.Activity + " keeps it (" + stay.Reason + ")"
		}
	}
	t.Rows, err = w.count(ctx, c)
	return t, err
}
