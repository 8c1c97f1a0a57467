package dataset

import (
	"context"
	"slices"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/remote/records"
	"kept/internal/subject"
)

// treatment is what an erasure does to the person's rows of one collection.
type treatment struct {
	c       *Collection
	system  *System
	table   *records.Table
	fates   []fate
	deletes bool
	cannot  bool     // the system was given no way to do it
	masks   []*Field // values that are masked, where rows stay
	cuts    []string // references that become null, since what they name is deleted
	kept    []fate   // values that stay
}

// does is the treatment in the word of a plan.
func (t *treatment) does() rights.Does {
	switch {
	case t.cannot:
		return rights.Cannot
	case t.deletes:
		return rights.Deletes
	case len(t.masks) > 0:
		return rights.Anonymises
	}
	return rights.Keeps
}

// treatments says what an erasure does, collection by collection, in the order in
// which it is done. Collections without data about people are not among them.
func (e *Estate) treatments(ctx context.Context, holds []subject.Hold) ([]*treatment, error) {
	var all []*treatment
	for _, c := range e.graph.Collections {
		if len(e.graph.Into(c)) == 0 || !slices.ContainsFunc(c.Leaves(), (*Field).Personal) && !c.Delete {
			continue
		}
		t, err := e.treat(ctx, c, holds)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	for i := 0; i < len(all); i++ { // whoever stays keeps what it refers to
		if all[i].deletes && all[i].heldBy(all) {
			if err := all[i].stay(); err != nil {
				return nil, err
			}
			i = -1
		}
	}
	for _, t := range all {
		t.cut(all)
	}
	return e.ordered(all), nil
}

// heldBy reports whether rows that stay refer to the table and cannot do without.
func (t *treatment) heldBy(all []*treatment) bool {
	return slices.ContainsFunc(all, func(o *treatment) bool {
		return !o.deletes && o.system == t.system && slices.ContainsFunc(o.table.Refers, func(r records.Refers) bool {
			return r.Table == t.c.Name && !slices.ContainsFunc(r.Fields, o.cuttable)
		})
	})
}

// cuttable reports whether a reference can become null.
func (t *treatment) cuttable(name string) bool {
	column, ok := t.table.Column(name)
	return ok && column.Null && !slices.Contains(t.table.Key, name)
}

func (e *Estate) treat(ctx context.Context, c *Collection, holds []subject.Hold) (*treatment, error) {
	s, err := e.system(c)
	if err != nil {
		return nil, err
	}
	t := &treatment{c: c, system: s, fates: e.fates(c, holds)}
	if t.table, err = s.table(ctx, c); err != nil {
		return nil, err
	}
	for _, f := range t.fates {
		if f.keeps != nil {
			t.kept = append(t.kept, f)
		}
	}
	// What can only be deleted is deleted, what can only be masked is masked.
	wanted := c.Delete || s.Delete || t.table.NoChange
	if t.deletes = wanted && !t.table.NoDelete && len(t.kept) == 0; t.deletes {
		return t, nil
	}
	return t, t.stay()
}

// stay has the rows stay, and says which of their values are masked.
func (t *treatment) stay() error {
	t.deletes = false
	for _, f := range t.fates {
		if f.keeps == nil && t.maskable(f.field) {
			t.masks = append(t.masks, f.field)
		}
	}
	if len(t.masks) > 0 && t.table.NoChange {
		t.masks, t.cannot = nil, true
		return nil
	}
	if len(t.masks) > 0 && len(t.c.Key()) == 0 {
		return fault.New(fault.Conflict, "%s has no primary_key, so its rows cannot be masked; name the key in the dataset, or write masking_strategy_override: {strategy: delete} for the collection", t.c)
	}
	return nil
}

// maskable reports whether a value is masked when its row stays. What only links
// rows stays: it names a row that says nothing any more.
func (t *treatment) maskable(f *Field) bool {
	column, _ := t.table.Column(f.Path[0])
	if !f.Personal() || f.Key || f.ReadOnly || column.Fixed || f.Mask != nil && f.Mask.Strategy == preserved {
		return false
	}
	if f.Mask != nil {
		return true
	}
	foreign := slices.ContainsFunc(t.table.Refers, func(r records.Refers) bool { return slices.Contains(r.Fields, f.Path[0]) })
	return !foreign && (len(f.References) == 0 || !within(f.Category(), "user.unique_id"))
}

// cut lets rows that stay no longer refer to rows of tables that are deleted.
func (t *treatment) cut(all []*treatment) {
	if t.deletes {
		return
	}
	for _, r := range t.table.Refers {
		gone := slices.ContainsFunc(all, func(o *treatment) bool {
			return o.deletes && o.system == t.system && o.c.Name == r.Table
		})
		for _, name := range r.Fields {
			if gone && t.cuttable(name) && !slices.Contains(t.cuts, name) {
				t.cuts = append(t.cuts, name)
			}
		}
	}
}

// ordered puts children before parents: what refers to a row goes before it; and
// a collection goes after those that erase_after names.
func (e *Estate) ordered(all []*treatment) []*treatment {
	before := func(x, y *treatment) bool { // x goes before y
		if slices.Contains(y.c.EraseAfter, x.c.String()) {
			return true
		}
		if slices.Contains(x.c.EraseAfter, y.c.String()) {
			return false
		}
		return x != y && x.system == y.system && slices.ContainsFunc(x.table.Refers, func(r records.Refers) bool { return r.Table == y.c.Name })
	}
	var done []*treatment
	for rest := slices.Clone(all); len(rest) > 0; {
		i := slices.IndexFunc(rest, func(y *treatment) bool {
			return !slices.ContainsFunc(rest, func(x *treatment) bool { return x != y && before(x, y) })
		})
		i = max(i, 0) // a circle: any order; what refuses is tried again
		done, rest = append(done, rest[i]), slices.Delete(rest, i, i+1)
	}
	return done
}

// stays says what of the collection stays and why, one part for each rule.
func (t *treatment) stays(rows int64) []rights.Part {
	var parts []rights.Part
	if t.cannot {
		parts = append(parts, rights.Part{Activity: keyOf(entryOf(t.fates)), Table: t.c.Name, Rows: rows, Reason: manual, Text: byHand})
	}
	for _, f := range t.kept {
		p := rights.Part{Activity: f.keeps.Key, Table: t.c.Name, Rows: rows, Reason: f.reason, Text: f.text, Until: f.until}
		if f.rule != nil {
			p.Rule, p.Text = f.rule.ID, why(f.keeps, f.rule)
		}
		if !slices.ContainsFunc(parts, func(x rights.Part) bool { return x.Rule == p.Rule && x.Activity == p.Activity }) {
			parts = append(parts, p)
		}
	}
	return parts
}

// why is the rule's reason, or the law.
func why(a *policy.Activity, r *policy.Rule) rights.Words {
	if len(r.Reason) > 0 || a.Law == "" {
		return rights.Words(r.Reason)
	}
	return rights.Words{"de": a.Law, "en": a.Law}
}
