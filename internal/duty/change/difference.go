package change

import (
	"reflect"
	"slices"
)

// difference is a part that only one policy has, or a value that differs.
type difference struct {
	pattern  string   // keys from the top, joined by dots: recipients.transfers
	names    []string // of the entries on the way, the part's own included
	old, new *part    // one is nil if the other policy lacks the part
}

// section is the first key of the pattern, entry the first name on the way.
func (d difference) entry() string {
	if len(d.names) == 0 {
		return ""
	}
	return d.names[0]
}

// item is the name of the part itself, "" if it is a plain key.
func (d difference) item() string {
	if d.side().name == "" {
		return ""
	}
	return d.names[len(d.names)-1]
}

// side is the part in the newer policy that has it.
func (d difference) side() *part {
	if d.new != nil {
		return d.new
	}
	return d.old
}

// kind says what happened to the part.
func (d difference) kind() Kind {
	switch {
	case d.old == nil:
		return Added
	case d.new == nil:
		return Removed
	}
	return Changed
}

// differences compares two trees, in the order of the new one, removed parts
// last.
func differences(old, next []part, above difference) []difference {
	var found []difference
	for i := range next {
		found = append(found, between(counterpart(old, next[i]), &next[i], above)...)
	}
	for i := range old {
		if counterpart(next, old[i]) == nil {
			found = append(found, between(&old[i], nil, above)...)
		}
	}
	return found
}

func counterpart(parts []part, of part) *part {
	i := slices.IndexFunc(parts, func(p part) bool { return p.key == of.key && p.name == of.name })
	if i < 0 {
		return nil
	}
	return &parts[i]
}

func between(old, next *part, above difference) []difference {
	d := difference{old: old, new: next, names: slices.Clone(above.names)}
	d.pattern = d.side().key
	if above.pattern != "" {
		d.pattern = above.pattern + "." + d.pattern
	}
	if name := d.side().name; name != "" {
		d.names = append(d.names, name)
	}
	switch {
	case old == nil || next == nil:
		return []difference{d}
	case !reflect.DeepEqual(old.value, next.value):
		return []difference{d}
	}
	return differences(old.parts, next.parts, d)
}
