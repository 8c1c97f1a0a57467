package dataset

import (
	"maps"
	"slices"

	"kept/internal/remote/records"
)

// masking makes the change of one row.
type masking struct {
	*treatment
	masker *masker
	fields *selection
}

// tops are the top-level fields that a masking needs to see.
func (t *treatment) tops() []string {
	var names []string
	for _, f := range t.masks {
		if !slices.Contains(names, f.Path[0]) {
			names = append(names, f.Path[0])
		}
	}
	for _, name := range t.cuts {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// change returns what is to be set in a row, nothing if it is masked already.
func (m *masking) change(row records.Row) map[string]any {
	set := map[string]any{}
	for _, name := range m.cuts {
		if row[m.fields.at[name]] != nil {
			set[name] = nil
		}
	}
	for _, f := range m.masks {
		top := f.Path[0]
		v, touched := set[top]
		if !touched {
			v = row[m.fields.at[top]]
		}
		if masked, changed := m.within(f, f.Path[1:], v); changed {
			set[top] = masked
		}
	}
	return set
}

// within masks the values at a path in v.
func (m *masking) within(f *Field, path []string, v any) (any, bool) {
	if len(path) == 0 {
		return m.leaf(f, v)
	}
	switch x := v.(type) {
	case []any:
		list, changed := slices.Clone(x), false
		for i := range list {
			inner, c := m.within(f, path, list[i])
			list[i], changed = inner, changed || c
		}
		return list, changed
	case map[string]any:
		value, there := x[path[0]]
		inner, changed := m.within(f, path[1:], value)
		if !there || !changed {
			return v, false
		}
		object := maps.Clone(x)
		object[path[0]] = inner
		return object, true
	}
	return v, false
}

// leaf masks one value, or each of a list. What is constant is written once.
func (m *masking) leaf(f *Field, v any) (any, bool) {
	if list, ok := v.([]any); ok && len(f.Path) > 1 {
		return []any{}, len(list) > 0
	}
	if v == nil || m.written(f, v) {
		return v, false
	}
	return m.masker.mask(m.system, m.table, f, v), true
}

// written reports whether v is certainly what mask would write again. A hash or a
// random text could be a value of somebody's own, and is masked once more.
func (m *masking) written(f *Field, v any) bool {
	how := m.system.how(f)
	column, known := m.table.Column(f.Path[0])
	if how.Strategy == rewrite {
		text, _ := word(v)
		return text == fit(how.Value, how.Suffix, limit(f, column))
	}
	return how.Strategy == nullify && known && len(f.Path) == 1 && !column.Null && isNothing(v)
}
