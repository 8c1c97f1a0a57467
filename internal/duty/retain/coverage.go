package retain

import (
	"slices"

	"kept/internal/manifest"
	"kept/internal/policy"
)

// group is columns of one table that the same rules govern. A group without
// named rules is governed by the rules without data.
type group struct {
	columns []*manifest.Column
	rules   []*policy.Rule
}

// coverage is how the rules of one activity meet one table.
type coverage struct {
	activity *policy.Activity
	manifest *manifest.Manifest
	table    *manifest.Table
	groups   []group        // those with rules of their own, then at most one without
	rest     []*policy.Rule // rules without data
}

// cover returns how a's rules meet table t of m. Only rules whose moment stands
// in the table, or in the row it hangs on, take part: no other can count here.
func cover(a *policy.Activity, m *manifest.Manifest, t *manifest.Table) *coverage {
	c := &coverage{activity: a, manifest: m, table: t}
	named := map[string][]*policy.Rule{}
	for i := range a.Retention {
		r := &a.Retention[i]
		if !reaches(m, t, r.From) {
			continue
		}
		if len(r.Data) == 0 {
			c.rest = append(c.rest, r)
			continue
		}
		for _, f := range expand(&m.Kind, r.Data) {
			named[f] = append(named[f], r)
		}
	}
	for i := range t.Columns {
		if column := &t.Columns[i]; column.Field != "" {
			c.place(column, named[column.Field])
		}
	}
	slices.SortStableFunc(c.groups, func(x, y group) int { return len(y.rules) - len(x.rules) })
	return c
}

func (c *coverage) place(column *manifest.Column, rules []*policy.Rule) {
	for i := range c.groups {
		if slices.Equal(c.groups[i].rules, rules) {
			c.groups[i].columns = append(c.groups[i].columns, column)
			return
		}
	}
	c.groups = append(c.groups, group{columns: []*manifest.Column{column}, rules: rules})
}

// rules returns every rule that can act in the table, in the order of the file.
func (c *coverage) rules() []*policy.Rule {
	var found []*policy.Rule
	for i := range c.activity.Retention {
		r := &c.activity.Retention[i]
		if slices.Contains(c.rest, r) || slices.ContainsFunc(c.groups, func(g group) bool { return slices.Contains(g.rules, r) }) {
			found = append(found, r)
		}
	}
	return found
}

// governed returns the groups that r acts on: those it names, or for a rule
// without data all of them.
func (c *coverage) governed(r *policy.Rule) []group {
	if slices.Contains(c.rest, r) {
		return c.groups
	}
	var found []group
	for _, g := range c.groups {
		if slices.Contains(g.rules, r) {
			found = append(found, g)
		}
	}
	return found
}

// action returns what r does to the columns of g: a rule that anonymises them
// by dropping every one deletes them.
func (g group) action(r *policy.Rule) policy.Action {
	if r.Then != policy.Anonymise {
		return r.Then
	}
	for _, c := range g.columns {
		if c.Anonymise != manifest.Drop {
			return policy.Anonymise
		}
	}
	return policy.Delete
}

// reaches reports whether moment stands in t or in a table it hangs on.
func reaches(m *manifest.Manifest, t *manifest.Table, moment string) bool {
	if _, ok := t.Moments[moment]; ok {
		return true
	}
	parent, ok := m.Table(t.Parent)
	return ok && reaches(m, parent, moment)
}

// expand returns the fields that refs name, sets taken apart.
func expand(k *policy.Kind, refs []policy.Ref) []string {
	var fields []string
	for _, ref := range refs {
		if i := slices.IndexFunc(k.Sets, func(s policy.Set) bool { return s.Name == ref.Name }); i >= 0 {
			fields = append(fields, k.Sets[i].Fields...)
			continue
		}
		fields = append(fields, ref.Name)
	}
	return fields
}

// Outlasts reports whether r keeps its data although the person asks for its
// erasure or withdraws the consent it rests on: the law demands the data, or the
// rule says why it is kept and counts from an end, not from the collection.
// Art. 17(3)(b) and (e) GDPR.
func Outlasts(a *policy.Activity, r *policy.Rule) bool {
	if r.Keep.IsZero() {
		return false
	}
	if a.Basis == policy.LegalObligation {
		return true
	}
	return len(r.Reason) > 0 && r.From != "collection" && r.From != "last-visit"
}

// Outlasting returns the rule that keeps a column of t against an erasure, nil
// if none does. Of several the longest promise to keep wins: the first named.
func Outlasting(a *policy.Activity, m *manifest.Manifest, t *manifest.Table, column string) *policy.Rule {
	c := cover(a, m, t)
	for _, g := range c.groups {
		if !slices.ContainsFunc(g.columns, func(x *manifest.Column) bool { return x.Name == column }) {
			continue
		}
		rules := g.rules
		if len(rules) == 0 {
			rules = c.rest
		}
		for _, r := range rules {
			if Outlasts(a, r) {
				return r
			}
		}
	}
	return nil
}
