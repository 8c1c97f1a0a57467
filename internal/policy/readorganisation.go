package policy

import (
	"kept/internal/policy/source"
)

// organisation reads what is said of the organisation itself: how it protects
// data, who inside may see it, and what may hold it longer.
func (m *mapping) organisation(p *Policy) {
	p.Measures = m.measures()
	m.each("departments", func(e source.Entry) {
		p.Departments = append(p.Departments, m.open(e.Value, e.Pos, "department "+e.Key).department(e.Key))
	})
	m.each("holds", func(e source.Entry) {
		p.Holds = append(p.Holds, m.open(e.Value, e.Pos, "hold "+e.Key).hold(e.Key))
	})
}

// measures reads a list of keys, and of maps for measures that have none.
func (m *mapping) measures() []Measure {
	var found []Measure
	m.items("measures", FormItems, func(item *source.Node) {
		if item.Kind == source.Map {
			own := m.open(item, item.Pos, "a measure")
			own.require("title")
			found = append(found, Measure{At: item.Pos, Title: own.words("title"), keys: own.keys})
			own.close()
			return
		}
		for _, ref := range m.ref("measures", item) {
			found = append(found, Measure{At: ref.At, Key: ref.Name})
		}
	})
	return found
}

func (m *mapping) department(key string) Department {
	m.require("title")
	d := Department{At: m.at, Key: key, Title: m.words("title"), keys: m.keys}
	m.close()
	return d
}

func (m *mapping) hold(key string) HoldGround {
	m.require("reason", "longest")
	h := HoldGround{At: m.at, Key: key, Reason: m.words("reason"), Law: m.text("law"), Longest: m.period("longest"), keys: m.keys}
	m.close()
	return h
}
