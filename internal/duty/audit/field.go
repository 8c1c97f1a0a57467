package audit

import (
	"context"
	"fmt"
	"slices"

	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store/event"
	"kept/internal/vault"
)

// fields checks guarantee 2: every column that stands in the database is
// declared, and one whose field the entry does not list is empty.
func (x *examination) fields(ctx context.Context, s *sheet) error {
	var columns, tables int
	for i := range x.Manifests {
		m := &x.Manifests[i]
		for j := range m.Tables {
			for _, t := range stored(&m.Tables[j]) {
				live := x.columnsOf(&t)
				if live == nil {
					continue
				}
				columns, tables = columns+len(live), tables+1
				if err := x.undeclaredColumns(ctx, s, &t, live); err != nil {
					return err
				}
			}
			t := &m.Tables[j]
			if t.Impersonal != "" || len(x.policy.OfKind(m.Name)) == 0 { // guarantee 1 has the rows of what has no entry
				continue
			}
			if err := x.unlistedFields(ctx, s, m, t); err != nil {
				return err
			}
		}
	}
	m := vault.Manifest()
	for j := range m.Tables {
		t := &m.Tables[j]
		columns, tables = columns+len(x.keys[t.Name]), tables+1
		if err := x.undeclaredColumns(ctx, s, t, x.keys[t.Name]); err != nil {
			return err
		}
	}
	s.check(Check{What: fmt.Sprintf("columns of %d tables against the manifests", tables), Counted: int64(columns), Verdict: Verified})
	return nil
}

// columnsOf returns the live columns of a table, nil if it is not there.
func (x *examination) columnsOf(t *manifest.Table) []string {
	if t.Shape != manifest.Rows {
		return x.events[t.Name]
	}
	return x.live[t.Name]
}

// stored returns t, and for an event table what the store keeps beside it.
func stored(t *manifest.Table) []manifest.Table {
	if t.Shape == manifest.Rows {
		return []manifest.Table{*t}
	}
	return event.Tables(*t)
}

// undeclaredColumns finds the live columns of t that its declaration lacks.
func (x *examination) undeclaredColumns(ctx context.Context, s *sheet, t *manifest.Table, live []string) error {
	for _, name := range live {
		if _, ok := t.Column(name); ok {
			continue
		}
		n, err := x.filled(ctx, t, holds(&manifest.Column{Name: name, Null: true}))
		if err != nil {
			return err
		}
		s.check(Check{What: "column " + name, Table: t.Name, Counted: n.n, Oldest: n.oldest, Verdict: Broken})
		s.find(Finding{Table: t.Name, Column: name, Count: max(n.n, 1), Oldest: n.oldest,
			What:   fmt.Sprintf("the column %s.%s is in the database and not in the manifest", t.Name, name),
			Remedy: "declare the column in the manifest of its room, or drop it"})
	}
	return nil
}

// unlistedFields counts values in columns whose field no entry of the kind
// lists: first at a glance, then column by column if there is any.
func (x *examination) unlistedFields(ctx context.Context, s *sheet, m *manifest.Manifest, t *manifest.Table) error {
	entries := x.policy.OfKind(m.Name)
	var unlisted []*manifest.Column
	var any []string
	for i := range t.Columns {
		c := &t.Columns[i]
		listed := func(a *policy.Activity) bool { return a.Has(c.Field) }
		if c.Field == "" || c.Name == t.Subject || slices.ContainsFunc(entries, listed) || timeOfEvent(t, c) || dates(t, c) {
			continue
		}
		unlisted, any = append(unlisted, c), append(any, holds(c))
	}
	if len(unlisted) == 0 {
		return nil
	}
	all, err := x.filled(ctx, t, or(any))
	if err != nil {
		return err
	}
	if all.n == 0 {
		s.check(Check{What: fmt.Sprintf("rows with one of %d fields that are not listed", len(unlisted)), Table: t.Name, Verdict: Verified})
		return nil
	}
	for _, c := range unlisted {
		n, err := x.filled(ctx, t, holds(c))
		if err != nil {
			return err
		}
		s.counted(Check{What: "field " + c.Field + ", not listed", Table: t.Name, Counted: n.n, Oldest: n.oldest}, Finding{
			Column: c.Name, Count: n.n, Oldest: n.oldest,
			What:   fmt.Sprintf("%s.%s stores the field %s, which the entry %s does not list", t.Name, c.Name, c.Field, entries[0].Key),
			Remedy: "list the field under data, or let retention empty the column"})
	}
	return nil
}

// timeOfEvent: an event is kept under its time, whether or not that is listed;
// the periods count from it.
func timeOfEvent(t *manifest.Table, c *manifest.Column) bool {
	return t.Shape != manifest.Rows && (c.Name == "at" || c.Name == "id" || c.Name == manifest.PersonColumn)
}

// dates reports whether periods count from a column that every row has.
func dates(t *manifest.Table, c *manifest.Column) bool {
	if c.Null {
		return false
	}
	for _, name := range t.Moments {
		if name == c.Name {
			return true
		}
	}
	return false
}

// filled counts the rows of a table that meet a condition on their values.
func (x *examination) filled(ctx context.Context, t *manifest.Table, where string) (tally, error) {
	if t.Shape != manifest.Rows {
		return x.inEvents(ctx, t, where)
	}
	if !x.has(t.Name) {
		return tally{}, nil
	}
	return count(ctx, x.DB, t.Name, anyMoment(t), where)
}
