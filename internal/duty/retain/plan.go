package retain

import (
	"time"

	"kept/internal/policy"
)

// Plan is what is due at one moment, and what would happen to it.
type Plan struct {
	ID     string    `json:"id,omitempty"` // names a plan that was stored because it waits for a person; empty otherwise
	At     time.Time `json:"at"`
	Policy string    `json:"policy"`          // content hash of the policy it was made from
	Items  []Item    `json:"items"`           // every rule in every table that it counts in, due or not, in the order of the policy
	Waits  []Wait    `json:"waits,omitempty"` // why a person has to confirm it first; empty if it may run by itself
}

// Due returns the items that have something to do.
func (p Plan) Due() []Item {
	var due []Item
	for _, i := range p.Items {
		if i.Due > 0 || i.Partitions > 0 {
			due = append(due, i)
		}
	}
	return due
}

// Item is one rule in one table.
type Item struct {
	Activity string        `json:"activity"`
	Rule     string        `json:"rule"` // the rule's id
	Table    string        `json:"table"`
	Action   policy.Action `json:"action"`

	Rows       int64     `json:"rows"`                 // that the table holds
	Due        int64     `json:"due"`                  // rows that have reached their time and go in this run
	Partitions int       `json:"partitions,omitempty"` // whole partitions among them
	Kept       int64     `json:"kept"`                 // rows past their time that a hold or a restriction keeps back
	Oldest     time.Time `json:"oldest,omitzero"`      // the oldest moment that the rule counts from; zero in an empty table
	Through    time.Time `json:"through,omitzero"`     // what is dated then or earlier has reached its time
	Next       time.Time `json:"next,omitzero"`        // when something goes next; zero if nothing waits
}

// Why a plan waits.
const (
	WaitClock   = "clock"   // the clock stands far past the last run
	WaitShare   = "share"   // much of a table would go, unforeseen
	WaitPolicy  = "policy"  // the next policy ends something sooner
	WaitRemoved = "removed" // the policy does not declare what is stored
)

// Wait is a reason for a person to look at a plan.
type Wait struct {
	Code  string `json:"code"`
	Rule  string `json:"rule,omitempty"` // empty for the clock
	Table string `json:"table,omitempty"`
	Text  string `json:"text"` // what was seen, in plain English
}

// Report is what a run did.
type Report struct {
	Plan     Plan      `json:"plan"`
	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	Done     []Done    `json:"done,omitempty"`
	Leaf     string    `json:"leaf,omitempty"` // the leaf that says so; empty if nothing was due
	Waiting  bool      `json:"waiting"`        // nothing ran: the plan waits for a person
}

// Done is what a run did under one rule in one table.
type Done struct {
	Activity   string        `json:"activity"`
	Rule       string        `json:"rule"`
	Table      string        `json:"table"`
	Action     policy.Action `json:"action"`
	Rows       int64         `json:"rows"`
	Partitions int           `json:"partitions,omitempty"`
	Keys       int64         `json:"keys,omitempty"` // of the vault, destroyed
}
