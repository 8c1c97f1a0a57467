package retain

import (
	"slices"
	"time"

	"kept/internal/policy"
)

// Plan is what is due at one moment, and what would happen to it.
type Plan struct {
	ID     string    `json:"id,omitempty"` // names a plan that was stored because it waits for a person; empty otherwise
	At     time.Time `json:"at"`
	Policy string    `json:"policy"`          // content hash of the policy it was made from
	Items  []Item    `json:"items"`           // every rule in every table that it counts in, due or not, in the order of the policy
	Waits  []Wait    `json:"waits,omitempty"` // what a person has to confirm first, and why; empty if all of it may run by itself
}

// stopped reports whether nothing of the plan may run by itself: the clock jumped.
func (p Plan) stopped() bool { return len(p.Waits) > 0 && p.Waits[0].Code == WaitClock }

// of returns the plan for some of its tasks.
func (p Plan) of(tasks []*task) Plan {
	p.Items = nil
	for _, t := range tasks {
		p.Items = append(p.Items, t.Item)
	}
	return p
}

// brief is the plan without the items that have nothing to do.
func (p Plan) brief() Plan {
	p.Items = slices.DeleteFunc(slices.Clone(p.Items), func(i Item) bool { return i.Due == 0 && i.Kept == 0 })
	return p
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

// Report is what a run did.
type Report struct {
	Plan     Plan      `json:"plan"`
	Started  time.Time `json:"started,omitzero"`
	Finished time.Time `json:"finished,omitzero"`
	Done     []Done    `json:"done,omitempty"`
	Leaf     string    `json:"leaf,omitempty"` // the leaf that says so; empty if nothing was due
	Waiting  bool      `json:"waiting"`        // something waits for a person: what Plan.Waits names, or everything if the clock jumped
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
