package retain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/manifest"
	"kept/internal/policy"
)

// condition writes, as SQL over one ordinary table, when the terms of its
// coverage act at a moment. Names come from manifests and numbers from periods,
// so they stand in the text as they are.
type condition struct {
	*coverage
	now time.Time
}

// value returns the SQL for a column that stands in t, or in the row of a
// parent table it hangs on, under the name that pick returns for a table.
func value(m *manifest.Manifest, t *manifest.Table, pick func(*manifest.Table) string) string {
	if column := pick(t); column != "" {
		return t.Name + "." + column
	}
	parent, ok := m.Table(t.Parent)
	if !ok {
		return ""
	}
	inner := value(m, parent, pick)
	if inner == "" {
		return ""
	}
	return fmt.Sprintf("(select %s from %s where %s.%s = %s.%s)", inner, parent.Name, parent.Name, RowKey(parent), t.Name, t.ParentKey)
}

// moment returns the SQL for a moment of the row, "" if it has none.
func (c condition) moment(name string) string {
	return value(c.manifest, c.table, func(t *manifest.Table) string { return t.Moments[name] })
}

// subject returns the SQL for the row's subject, "" if it is about nobody.
func (c condition) subject() string {
	return value(c.manifest, c.table, func(t *manifest.Table) string { return t.Subject })
}

// mine is the SQL for: the row belongs to this entry of the policy. It is true
// where a table says no entry.
func (c condition) mine() string {
	column := Entry(c.manifest, c.table)
	if column == "" {
		return "true"
	}
	return column + " = " + literal(c.activity.Key)
}

// Entry returns the SQL for the key of the entry that a row belongs to, "" if
// the table does not say.
func Entry(m *manifest.Manifest, t *manifest.Table) string {
	return value(m, t, func(t *manifest.Table) string { return t.Activity })
}

// Above returns the SQL for a column of the row of the table above that a row of t
// hangs on, "" if it hangs on none.
func Above(m *manifest.Manifest, t *manifest.Table, table, column string) string {
	return value(m, t, func(t *manifest.Table) string {
		if t.Name == table {
			return column
		}
		return ""
	})
}

// literal is a key of the policy in SQL. The form of a policy allows no quotes in
// keys; they are doubled all the same.
func literal(key string) string { return "'" + strings.ReplaceAll(key, "'", "''") + "'" }

// RowKey is the column by which a row is named: id where there is one, else the
// subject, else the first column.
func RowKey(t *manifest.Table) string {
	if _, ok := t.Column("id"); ok {
		return "id"
	}
	if t.Subject != "" {
		return t.Subject
	}
	return t.Columns[0].Name
}

// begun: the term's moment stands in the row and nothing suspends it.
func (c condition) begun(t *term) string {
	from := c.moment(t.From)
	parts := []string{c.mine(), from + " is not null"}
	if t.Unless != "" {
		if unless := c.moment(t.Unless); unless != "" {
			parts = append(parts, unless+" is null")
		}
	}
	if !t.before.IsZero() {
		at := from
		if collected := c.moment(collection); collected != "" {
			at = fmt.Sprintf("coalesce(%s, %s)", collected, from)
		}
		parts = append(parts, fmt.Sprintf("%s < %d", at, t.before.UnixMilli()))
	}
	return all(parts)
}

// due: the term has begun and its time is over.
func (c condition) due(t *term) string {
	return all([]string{c.begun(t), fmt.Sprintf("%s <= %d", c.moment(t.From), t.cutoff(c.now).UnixMilli())})
}

func (c condition) dueBy(terms []*term, acts func(*term) bool) string {
	var parts []string
	for _, t := range terms {
		if acts(t) {
			parts = append(parts, c.due(t))
		}
	}
	return either(parts)
}

// ended: a term that names the group deletes it now, or, since none of those
// has begun, or all are over, a term without data does.
func (c condition) ended(g group) string {
	deletes := func(t *term) bool { return g.action(t) == policy.Delete }
	if len(g.named) == 0 {
		return c.dueBy(c.rest, deletes)
	}
	return either([]string{c.dueBy(g.named, deletes), all([]string{c.restDeletes(), c.free(g)})})
}

func (c condition) restDeletes() string {
	return c.dueBy(c.rest, func(t *term) bool { return t.Then == policy.Delete })
}

// free: no term of the group's own has begun, or one of them is over.
func (c condition) free(g group) string {
	if len(g.named) == 0 {
		return "true"
	}
	return either([]string{c.idle(g), c.dueBy(g.named, func(*term) bool { return true })})
}

// idle: no term of the group's own has begun.
func (c condition) idle(g group) string {
	var begun []string
	for _, t := range g.named {
		begun = append(begun, "not "+c.begun(t))
	}
	return all(begun)
}

// gone: nothing in the row has time left. What is empty has none.
func (c condition) gone() string {
	if len(c.groups) == 0 {
		return c.restDeletes()
	}
	var parts []string
	for _, g := range c.groups {
		parts = append(parts, either([]string{c.ended(g), "not " + Filled(g.columns)}))
	}
	return all(parts)
}

// movable returns the columns of g that can be cleared or anonymised while the
// row stays: not its key, its subject, its parent, nor a moment that another
// group's rules count from.
func (c condition) movable(g group) []*manifest.Column {
	return slices.DeleteFunc(slices.Clone(g.columns), func(column *manifest.Column) bool {
		switch column.Name {
		case RowKey(c.table), c.table.Subject, c.table.ParentKey:
			return true
		}
		for moment, name := range c.table.Moments {
			if name == column.Name && (!column.Null || c.counts(moment, g)) {
				return true
			}
		}
		return false
	})
}

// counts reports whether a term of another group than g counts from moment or is
// suspended by it.
func (c condition) counts(moment string, g group) bool {
	for _, t := range c.terms {
		if t.From != moment && t.Unless != moment {
			continue
		}
		if len(c.governed(t)) > 1 || !slices.Contains(g.named, t) && len(g.named) > 0 {
			return true
		}
	}
	return false
}

// Storable is the SQL for: a value may be stored in a column of the row now, since
// no rule that governs it is over. What a rule has emptied stays empty.
func Storable(now time.Time, a *policy.Activity, m *manifest.Manifest, t *manifest.Table, column *manifest.Column) string {
	c := condition{cover(a, termsOf(a), m, t), now}
	for _, g := range c.groups {
		if !slices.Contains(g.columns, column) {
			continue
		}
		over := c.dueBy(append(slices.Clone(g.named), c.rest...), func(*term) bool { return true })
		if over == "false" {
			return "true"
		}
		return "not " + over
	}
	return "false"
}

// Filled is the SQL for: at least one of columns holds a value.
func Filled(columns []*manifest.Column) string {
	var parts []string
	for _, c := range columns {
		switch {
		case c.Null:
			parts = append(parts, c.Name+" is not null")
		case c.Type == manifest.BoolType:
			parts = append(parts, c.Name)
		case c.Type == manifest.BytesType || c.Class == manifest.Sealed || c.Class == manifest.Indexed:
			parts = append(parts, "length("+c.Name+") > 0")
		case c.Type == manifest.IntType || c.Type == manifest.TimeType:
			parts = append(parts, c.Name+" <> 0")
		default:
			parts = append(parts, c.Name+" <> ''")
		}
	}
	return either(parts)
}

// sharp: at least one of columns still says more than it does anonymised.
func sharp(columns []*manifest.Column) string {
	var parts []string
	for _, c := range columns {
		switch c.Anonymise {
		case manifest.Retain:
		case manifest.CoarsenHour:
			parts = append(parts, fmt.Sprintf("%s %% %d <> 0", c.Name, time.Hour.Milliseconds()))
		case manifest.CoarsenDay:
			parts = append(parts, fmt.Sprintf("%s %% %d <> 0", c.Name, 24*time.Hour.Milliseconds()))
		case manifest.StripQuery:
			parts = append(parts, fmt.Sprintf("%s like '%%?%%'", c.Name), fmt.Sprintf("%s like '%%#%%'", c.Name))
		default: // Drop, and TruncateAddr: what lies untruncated in a row was not truncated in time
			parts = append(parts, Filled([]*manifest.Column{c}))
		}
	}
	return either(parts)
}

func all(parts []string) string { return join(parts, "and", "true", "false") }

func either(parts []string) string { return join(parts, "or", "false", "true") }

// join joins conditions. The neutral one is left out, the absorbing one wins.
func join(parts []string, word, neutral, absorbing string) string {
	var kept []string
	for _, p := range parts {
		switch p {
		case neutral:
		case absorbing:
			return absorbing
		default:
			kept = append(kept, p)
		}
	}
	switch len(kept) {
	case 0:
		return neutral
	case 1:
		return kept[0]
	}
	return "(" + strings.Join(kept, " "+word+" ") + ")"
}
