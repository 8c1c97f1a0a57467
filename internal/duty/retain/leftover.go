package retain

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
)

// leftovers returns what is stored although p does not declare it: tables of
// kinds without an entry, columns whose field no entry lists. Built-in rooms
// always have an entry, or hold nothing personal.
func (s *Sweeper) leftovers(ctx context.Context, p *policy.Policy, now time.Time) ([]*task, error) {
	var found []*task
	for i := range s.Manifests {
		m := &s.Manifests[i]
		entries := p.OfKind(m.Name)
		if m.BuiltIn && len(entries) == 0 {
			continue
		}
		for _, t := range tables(m) {
			more, err := s.leftoversOf(ctx, m, t, entries, now)
			if err != nil {
				return nil, fmt.Errorf("what is not declared in %s: %w", t.Name, err)
			}
			found = append(found, more...)
		}
	}
	return found, nil
}

// leftoversOf returns what of t is not declared. Where a row says which entry it
// belongs to, each entry answers for its own rows, and nobody for those of an
// entry that is gone.
func (s *Sweeper) leftoversOf(ctx context.Context, m *manifest.Manifest, t *manifest.Table, entries []*policy.Activity, now time.Time) (found []*task, err error) {
	look := func(declaring []*policy.Activity, whose string) error {
		left, err := s.leftoverIn(ctx, condition{unlisted(m, t, declaring), now}, whose)
		if left != nil {
			found = append(found, left)
		}
		return err
	}
	column := Entry(m, t)
	if column == "" || len(entries) == 0 {
		return found, look(entries, "true")
	}
	keys := make([]string, len(entries))
	for i, e := range entries {
		keys[i] = literal(e.Key)
		if err := look(entries[i:i+1], column+" = "+keys[i]); err != nil {
			return nil, err
		}
	}
	return found, look(nil, column+" not in ("+strings.Join(keys, ", ")+")")
}

// unlisted covers the columns of t whose field no entry lists, or all of t if
// there is no entry.
func unlisted(m *manifest.Manifest, t *manifest.Table, entries []*policy.Activity) *coverage {
	c := &coverage{activity: &policy.Activity{Key: m.Name, Kind: m.Name}, manifest: m, table: t}
	if len(entries) > 0 {
		c.activity = entries[0]
	}
	id := c.activity.Key
	if len(entries) == 0 {
		id += "/removed" // beside an entry of the kind's own name
	}
	rule := &term{Rule: &policy.Rule{ID: id + undeclared, Then: policy.Delete}}
	c.terms, c.rest = []*term{rule}, []*term{rule}
	if len(entries) == 0 {
		return c
	}
	var g group
	for i := range t.Columns {
		column := &t.Columns[i]
		listed := func(a *policy.Activity) bool { return a.Has(column.Field) }
		if column.Field != "" && !slices.ContainsFunc(entries, listed) {
			g.columns = append(g.columns, column)
		}
	}
	c.groups = []group{g}
	return c
}

// undeclared reports whether the term stands for what the policy does not declare.
func (t *term) undeclared() bool { return strings.HasSuffix(t.ID, undeclared) }

// leftoverIn returns what is left in c's table among the rows that whose selects,
// nil if nothing is.
func (s *Sweeper) leftoverIn(ctx context.Context, c condition, whose string) (*task, error) {
	t := &task{term: c.terms[0], cover: c.coverage, Item: Item{
		Activity: c.activity.Key, Rule: c.terms[0].ID, Table: c.table.Name, Action: policy.Delete, Through: c.now,
	}}
	st := step{term: t.term, action: policy.Delete, where: whose}
	if len(c.groups) > 0 {
		st.columns = c.movable(c.groups[0])
		if len(st.columns) == 0 {
			return nil, nil
		}
		st.where = all([]string{whose, Filled(st.columns)})
	}
	if err := s.recall(ctx, t, toRun); err != nil {
		return nil, err
	}
	if c.table.Shape != manifest.Rows {
		return s.leftEvents(ctx, c, t, st.columns)
	}
	t.steps = []step{st}
	var err error
	if t.Due, t.Kept, err = s.count(ctx, c, t.steps); err != nil {
		return nil, err
	}
	if t.Due+t.Kept == 0 {
		return nil, nil
	}
	return t, count(ctx, s.DB, &t.Rows, c.table.Name, "true", nil)
}

// leftEvents is leftoverIn for an event table: all of its rows, or the columns
// of a field that no entry lists.
func (s *Sweeper) leftEvents(ctx context.Context, c condition, t *task, columns []*manifest.Column) (*task, error) {
	w := work{action: policy.Delete, through: c.now.AddDate(1, 0, 0)} // whatever a clock has dated
	where := "true"
	if len(c.groups) > 0 {
		where = Filled(columns)
		for _, column := range columns {
			w.columns = append(w.columns, column.Name)
		}
	}
	t.works = []work{w}
	err := s.Events.In(ctx, t.Table, time.Time{}, time.Time{}, func(ctx context.Context, q store.Querier, _ event.Partition) error {
		var n int64
		err := count(ctx, q, &n, t.Table, where, nil)
		t.Due += n
		return err
	})
	if err != nil || t.Due == 0 {
		return nil, err
	}
	t.Rows = t.Due
	return t, nil
}
