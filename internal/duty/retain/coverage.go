package retain

import (
	"slices"

	"kept/internal/manifest"
	"kept/internal/policy"
)

// group is columns of one table that the same terms govern. A group without
// named terms is governed by the terms without data.
type group struct {
	columns []*manifest.Column
	named   []*term
}

// coverage is how the rules of one activity meet one table.
type coverage struct {
	activity *policy.Activity
	manifest *manifest.Manifest
	table    *manifest.Table
	groups   []group
	rest     []*term // without data
	terms    []*term // all that can act in this table, in the order of the file
	all      []*term // all of the activity
}

// cover returns how terms meet table t of m. Only terms whose moment stands in
// the table, or in the row it hangs on, take part: no other can count here.
func cover(a *policy.Activity, terms []*term, m *manifest.Manifest, t *manifest.Table) *coverage {
	c := &coverage{activity: a, manifest: m, table: t, all: terms}
	named := map[string][]*term{}
	for _, r := range terms {
		if !reaches(m, t, r.From) {
			continue
		}
		if len(r.Data) == 0 {
			c.rest = append(c.rest, r)
			c.terms = append(c.terms, r)
			continue
		}
		fields := expand(&m.Kind, r.Data)
		for _, f := range fields {
			named[f] = append(named[f], r)
		}
		if slices.ContainsFunc(t.Columns, func(c manifest.Column) bool { return slices.Contains(fields, c.Field) }) {
			c.terms = append(c.terms, r)
		}
	}
	for i := range t.Columns {
		if column := &t.Columns[i]; column.Field != "" {
			c.place(column, named[column.Field])
		}
	}
	return c
}

func (c *coverage) place(column *manifest.Column, named []*term) {
	for i := range c.groups {
		if slices.Equal(c.groups[i].named, named) {
			c.groups[i].columns = append(c.groups[i].columns, column)
			return
		}
	}
	c.groups = append(c.groups, group{columns: []*manifest.Column{column}, named: named})
}

// governed returns the groups that t acts on: those that name it, or all of
// them for a term without data.
func (c *coverage) governed(t *term) []group {
	if slices.Contains(c.rest, t) {
		return c.groups
	}
	var found []group
	for _, g := range c.groups {
		if slices.Contains(g.named, t) {
			found = append(found, g)
		}
	}
	return found
}

// action returns what t does to the columns of g: a term that anonymises them
// by dropping every one deletes them.
func (g group) action(t *term) policy.Action {
	if t.Then != policy.Anonymise {
		return t.Then
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
