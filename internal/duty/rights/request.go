package rights

import "time"

// Right is what a person asks for.
type Right string

// The rights that are executed.
const (
	Access      Right = "access"      // Art. 15
	Portability Right = "portability" // Art. 20
	Erasure     Right = "erasure"     // Art. 17
	Restriction Right = "restriction" // Art. 18
	Objection   Right = "objection"   // Art. 21
)

// Request is one wish of a person and how far it is.
type Request struct {
	ID       string
	Right    Right
	Subject  string // empty once the request is closed by an erasure
	Activity string // what an objection is against
	State    State
	From     State // the state that a waiting request goes back to
	Reason   string
	Received time.Time
	Due      time.Time // one month after receipt, Art. 12(3)
	Closed   time.Time
	Goes     []Part // what went or goes
	Stays    []Part // what a rule or a hold keeps
	Intent   string // leaf
	Leaf     string // leaf of the end
}

// Part is data of one table, by count.
type Part struct {
	Activity string    `json:"activity"`
	Table    string    `json:"table"`
	Rows     int64     `json:"rows"`
	Rule     string    `json:"rule,omitempty"`   // that keeps it
	Reason   string    `json:"reason,omitempty"` // key of the words for the person: law, claims, hold
	Text     Words     `json:"text,omitempty"`   // the reason as the policy or the hold words it
	Until    time.Time `json:"until,omitzero"`   // when it ends; zero while its moment has not come
}

// Words are wording by language.
type Words map[string]string
