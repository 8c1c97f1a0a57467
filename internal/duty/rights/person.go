package rights

import "kept/internal/subject"

// Person is who asks, as far as it was proven: the subjects here, and the
// identifiers, by which other systems know the person.
type Person struct {
	Subjects    []string
	Identifiers []subject.Identifier
}

// Wish is what a person wants beside the right itself.
type Wish struct {
	// Activity is what an objection or a withdrawal is against, and otherwise what
	// the request is limited to; empty is everything.
	Activity    string       `json:"activity,omitempty"`
	Corrections []Correction `json:"corrections,omitempty"` // Art. 16
	Reason      string       `json:"reason,omitempty"`      // in the person's words
}

// Correction is one value that is to become another one.
type Correction struct {
	Activity string `json:"activity"` // key of the policy; empty: wherever the field is held
	System   string `json:"system,omitempty"`
	Field    string `json:"field"` // of the kind; in another system its data category
	Old      string `json:"old,omitempty"`
	New      string `json:"new"`
	// Categories are the data categories of Field, by which other systems know it; the
	// room fills them in.
	Categories []string `json:"-"`
}
