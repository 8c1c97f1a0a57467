package policy

import (
	"slices"

	"kept/internal/policy/period"
)

// Measure is one of the technical and organisational measures that protect the
// data (Art. 32, 30(1)(g) GDPR).
type Measure struct {
	At    Pos
	Key   string // of the taxonomy; empty for one in the policy's own words
	Title Text   // the policy's own; Check fills in the built-in one for a key

	keys places
}

// Department is a part of the organisation that may see data.
type Department struct {
	At    Pos
	Key   string
	Title Text

	keys places
}

// HoldGround is what a hold placed at run time may be founded on: it suspends
// rules, since claims or a duty ask for the data longer (Art. 17(3), 18(2)).
type HoldGround struct {
	At      Pos
	Key     string
	Reason  Text
	Law     string        // §§ 195, 199 BGB
	Longest period.Period // how long a hold may last

	keys places
}

// Department returns the department named key, nil if the policy has none.
func (p *Policy) Department(key string) *Department {
	i := slices.IndexFunc(p.Departments, func(d Department) bool { return d.Key == key })
	if i < 0 {
		return nil
	}
	return &p.Departments[i]
}

// Hold returns the ground for holds named key, nil if the policy has none.
func (p *Policy) Hold(key string) *HoldGround {
	i := slices.IndexFunc(p.Holds, func(h HoldGround) bool { return h.Key == key })
	if i < 0 {
		return nil
	}
	return &p.Holds[i]
}
