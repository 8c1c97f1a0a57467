package rights

import "time"

// Does is what happens to a part of what is held.
type Does string

// What can happen.
const (
	Deletes    Does = "delete"
	Keeps      Does = "keep" // a rule or a hold keeps it; Part says which, why and until when
	Restricts  Does = "restrict"
	Corrects   Does = "correct"
	Adds       Does = "add" // a value goes where none is stored: into the rows of Empty
	Anonymises Does = "anonymise"
	HandsOut   Does = "hand-out"
	Stops      Does = "stop"    // it is no longer processed for this activity
	Confirms   Does = "confirm" // it changes once the new address has been confirmed
	Cannot     Does = "cannot"  // it cannot be done; Text says why
	Decides    Does = "decide"  // a person chooses among Choices before it is carried out
)

// Plan is what carrying out a right would do. Making one changes nothing.
type Plan struct {
	Right Right     `json:"right"`
	Parts []Planned `json:"parts"`
	Told  []Told    `json:"told,omitempty"` // recipients that will be told, Art. 19
	Down  []string  `json:"down,omitempty"` // systems that do not answer now: the request waits for them
}

// Planned is what happens to one part.
type Planned struct {
	Part
	System string `json:"system,omitempty"` // empty: here
	Does   Does   `json:"does"`
	// Choices are what a person can choose among, and Chosen is what they chose:
	// where Does is Decides, words of this room for "this person's part alone"
	// (ChooseOwn) and "what is shared, for everybody" (ChooseAll); where it is Adds,
	// which is chosen until somebody says otherwise, ChooseAdd and ChooseLeave.
	Choices []string `json:"choices,omitempty"`
	Chosen  string   `json:"chosen,omitempty"`
	// Of a correction, Field gets Value. Empty are the rows in which nothing is stored
	// under it yet.
	Field string `json:"field,omitempty"`
	Value string `json:"value,omitempty"`
	Empty []Row  `json:"empty,omitempty"`
}

// Row names one row, and says when it came about, if its table knows that.
type Row struct {
	Key string    `json:"key"`
	At  time.Time `json:"at,omitzero"`
}

// ByHandReason is why a part stays that no program can take: a person does, and
// ticks it off.
const ByHandReason = "by-hand"

// The choices over something that several people share.
const (
	ChooseOwn = "own" // this person's own entry goes, the others' stays
	ChooseAll = "all" // it goes for everybody
)

// The choices over a value that can be added.
const (
	ChooseAdd   = "add"
	ChooseLeave = "leave"
)

// Way is how a recipient is told.
type Way string

// The ways.
const (
	ByConnection Way = "connection" // a program tells its interface
	ByMail       Way = "mail"
	ByHand       Way = "by-hand" // a person does, and ticks it off
)

// Told is a recipient that got data of the person and is told what became of it
// (Art. 19).
type Told struct {
	Recipient string   `json:"recipient"` // key of the policy
	Activity  string   `json:"activity"`
	Fields    []string `json:"fields"`
	Way       Way      `json:"way"`
}

// Undecided returns the places in p that a person has not decided yet.
func (p *Plan) Undecided() []int {
	var at []int
	for i := range p.Parts {
		if p.Parts[i].Does == Decides && p.Parts[i].Chosen == "" {
			at = append(at, i)
		}
	}
	return at
}
