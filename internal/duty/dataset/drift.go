package dataset

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"kept/internal/remote/records"
)

// Drift holds the datasets against the live systems and says where they differ. A
// mistake means that something of a person could be missed, or of somebody else be
// taken.
func (e *Estate) Drift(ctx context.Context) (Findings, error) {
	e.refresh()
	var d drift
	for _, s := range e.Config.Systems {
		tables, err := s.Source.Tables(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		d.system(s, tables, e.Datasets)
	}
	graph, findings := NewGraph(e.Datasets)
	d.findings = append(d.findings, findings...)
	d.indexes(e, graph)
	if e.Policy != nil {
		d.declared(e)
	}
	return d.findings.sorted(), nil
}

type drift struct{ findings Findings }

func (d *drift) report(of *Dataset, at Pos, remedy, format string, args ...any) {
	d.findings = append(d.findings, Finding{File: of.File, Pos: at, Problem: fmt.Sprintf(format, args...), Remedy: remedy})
}

func (d *drift) warn(of *Dataset, at Pos, remedy, format string, args ...any) {
	d.report(of, at, remedy, format, args...)
	d.findings[len(d.findings)-1].Warning = true
}

func (d *drift) system(s *System, tables []records.Table, all []*Dataset) {
	var here []*Dataset
	for _, x := range all {
		if slices.Contains(s.Datasets, x.Key) {
			here = append(here, x)
		}
	}
	known := map[string]bool{}
	for _, x := range here {
		for _, c := range x.Collections {
			known[c.Name] = true
			i := slices.IndexFunc(tables, func(t records.Table) bool { return t.Name == c.Name })
			if i < 0 {
				d.report(x, c.At, "take it out, or correct its name", "%s has no table %s", s.Name, c.Name)
				continue
			}
			d.collection(s, c, &tables[i])
		}
	}
	for _, t := range tables {
		if !known[t.Name] && len(here) > 0 {
			d.report(here[0], here[0].At, "add it, with fides_meta: {skip_processing: true} if it holds nothing about people; kept dataset annotate "+s.Name+" writes it",
				"%s has the table %s, which the dataset does not name", s.Name, t.Name)
		}
	}
}

func (d *drift) collection(s *System, c *Collection, t *records.Table) {
	if c.Skip {
		return
	}
	for _, f := range c.Fields {
		column, there := t.Column(f.Path[0])
		if !there {
			d.report(c.Dataset, f.At, "take it out, or correct its name", "table %s has no column %s", c.Name, f.Path[0])
			continue
		}
		d.field(s, f, t, column)
	}
	for _, column := range t.Columns {
		if c.Field(column.Name) == nil {
			d.report(c.Dataset, c.At, "add it; kept dataset annotate "+s.Name+" proposes a category", "table %s has the column %s, which the dataset does not name", c.Name, column.Name)
		}
	}
	d.key(c, t)
}

// key reports a key that differs: what the file takes for one row could be several
// people's.
func (d *drift) key(c *Collection, t *records.Table) {
	var said []string
	for _, f := range c.Key() {
		said = append(said, f.Name())
	}
	live := slices.Clone(t.Key)
	slices.Sort(live)
	sorted := slices.Sorted(slices.Values(said))
	unique := slices.ContainsFunc(t.Unique, func(u []string) bool { return slices.Equal(slices.Sorted(slices.Values(u)), sorted) })
	switch {
	case len(live) == 0 || slices.Equal(live, sorted) || unique:
	case len(said) == 0:
		d.warn(c.Dataset, c.At, "write primary_key: true at "+strings.Join(t.Key, " and "), "collection %s names no key", c.Name)
	default:
		d.report(c.Dataset, c.At, "write primary_key: true at "+strings.Join(t.Key, " and ")+" and nowhere else", "the key of table %s is %s, the dataset says %s", c.Name, strings.Join(t.Key, " and "), strings.Join(said, " and "))
	}
}

func (d *drift) field(s *System, f *Field, t *records.Table, column records.Column) {
	kinds := map[string][]records.Kind{
		"integer": {records.Integer}, "float": {records.Decimal, records.Integer}, "boolean": {records.Truth, records.Integer},
		"string": {records.Text, records.UUID, records.Moment, records.Date, records.Other}, "object": {records.Nested, records.Text},
	}
	if want := kinds[f.Type]; want != nil && !f.List && !slices.Contains(want, column.Kind) && column.Kind != records.Other {
		d.warn(f.Collection.Dataset, f.At, "correct data_type", "column %s.%s is %s, the dataset says %s", t.Name, column.Name, column.Type, f.Type)
	}
	if f.Length > column.Length && column.Length > 0 {
		d.warn(f.Collection.Dataset, f.At, "correct length", "column %s.%s takes %d characters, the dataset says %d", t.Name, column.Name, column.Length, f.Length)
	}
	single := slices.ContainsFunc(t.Unique, func(u []string) bool { return len(u) == 1 && u[0] == column.Name })
	if how := s.how(f); how.Strategy == rewrite && single && f.Personal() && !f.Key {
		d.report(f.Collection.Dataset, f.At, "name random_string_rewrite or null_rewrite", "column %s.%s must differ from row to row, and is to be rewritten with the same text", t.Name, column.Name)
	}
}

// indexes warns of searches that read a whole table.
func (d *drift) indexes(e *Estate, g *Graph) {
	for _, w := range g.Ways {
		s := e.holder(w.To.Dataset.Key)
		if s == nil {
			continue
		}
		t, err := s.table(context.Background(), w.To)
		if err != nil || len(t.Indexes)+len(t.Key) == 0 {
			continue
		}
		names := slices.Concat(t.Indexes, t.Key[:min(len(t.Key), 1)])
		for _, u := range t.Unique {
			names = append(names, u[0])
		}
		if slices.ContainsFunc(w.Pairs, func(p Pair) bool { return s.indexed(w, t, p.Target, names) }) {
			continue
		}
		f := w.Pairs[0].Target
		on := f.Path[0]
		if s.folds(w, t, f) {
			on = "lower(" + on + ")"
		}
		d.warn(w.To.Dataset, f.At, "make an index on "+on, "rows of %s are looked for by %s without an index: each person's answer reads the whole table", w.To.Name, f.Name())
	}
}

func (s *System) indexed(w *Way, t *records.Table, f *Field, names []string) bool {
	if s.folds(w, t, f) {
		return slices.Contains(names, "lower("+f.Path[0]+")")
	}
	return slices.Contains(names, f.Path[0])
}

// folds reports whether a search compares small letters.
func (s *System) folds(w *Way, t *records.Table, f *Field) bool {
	column, _ := t.Column(f.Path[0])
	return w.Identity == email && !s.ExactMail && column.Kind == records.Text && !column.Folds
}

// declared warns of data about people that no entry of the policy declares.
func (d *drift) declared(e *Estate) {
	for _, x := range e.Datasets {
		if len(e.entries(x)) == 0 {
			continue
		}
		for _, c := range x.Collections {
			for _, t := range e.fates(c, nil) {
				if t.field.Personal() && len(t.entries) == 0 && !c.Skip {
					d.warn(x, t.field.At, "declare it in the policy, or stop keeping it", "no entry of the policy declares %s (%s)", t.field.Name(), t.field.Category())
				}
			}
		}
	}
}
