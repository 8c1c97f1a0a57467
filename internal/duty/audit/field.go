package audit

import (
	"context"
	"fmt"
	"slices"

	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store/event"
)

// fields checks guarantee 2: every column that stands in the database is
// declared, and one whose field the entry does not list is empty.
func (x *examination) fields(ctx context.Context, s *sheet) error {
	for i := range x.Manifests {
		m := &x.Manifests[i]
		for j := range m.Tables {
			t := &m.Tables[j]
			for _, beside := range stored(t) {
				if err := x.undeclaredColumns(ctx, s, &beside); err != nil {
					return err
				}
			}
			if t.Impersonal != "" || m.BuiltIn && len(x.policy.OfKind(m.Name)) == 0 {
				continue
			}
			if err := x.unlistedFields(ctx, s, m, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// stored returns t, and for an event table what the store keeps beside it.
func stored(t *manifest.Table) []manifest.Table {
	if t.Shape == manifest.Rows {
		return []manifest.Table{*t}
	}
	return event.Tables(*t)
}

// undeclaredColumns compares the live columns of t with its declaration.
func (x *examination) undeclaredColumns(ctx context.Context, s *sheet, t *manifest.Table) error {
	live := x.live[t.Name]
	if t.Shape != manifest.Rows {
		live = x.events[t.Name]
	}
	for _, name := range live {
		if _, ok := t.Column(name); ok {
			continue
		}
		column := &manifest.Column{Name: name, Null: true}
		n, err := x.filled(ctx, t, column)
		if err != nil {
			return err
		}
		s.check(Check{What: "column " + name, Table: t.Name, Counted: n.n, Oldest: n.oldest, Verdict: Broken})
		s.find(Finding{Table: t.Name, Column: name, Count: max(n.n, 1), Oldest: n.oldest,
			What:   fmt.Sprintf("the column %s.%s is in the database and not in the manifest", t.Name, name),
			Remedy: "declare the column in the manifest of its room, or drop it"})
	}
	if live != nil {
		s.check(Check{What: "columns against the manifest", Table: t.Name, Counted: int64(len(live)), Verdict: Verified})
	}
	return nil
}

// unlistedFields counts values in columns whose field no entry of the kind lists.
func (x *examination) unlistedFields(ctx context.Context, s *sheet, m *manifest.Manifest, t *manifest.Table) error {
	entries := x.policy.OfKind(m.Name)
	if len(entries) == 0 { // guarantee 1 has its rows
		return nil
	}
	for i := range t.Columns {
		c := &t.Columns[i]
		listed := func(a *policy.Activity) bool { return a.Has(c.Field) }
		if c.Field == "" || c.Name == t.Subject || slices.ContainsFunc(entries, listed) || timeOfEvent(t, c) || dates(t, c) {
			continue
		}
		n, err := x.filled(ctx, t, c)
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

// filled counts the rows in which the column holds a value.
func (x *examination) filled(ctx context.Context, t *manifest.Table, c *manifest.Column) (tally, error) {
	if t.Shape != manifest.Rows {
		return x.inEvents(ctx, t, holds(c))
	}
	if !x.has(t.Name) {
		return tally{}, nil
	}
	return count(ctx, x.DB, t.Name, anyMoment(t), holds(c))
}
