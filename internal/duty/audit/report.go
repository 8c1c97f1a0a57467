package audit

import "time"

// Verdict is what the audit says about a guarantee or a check.
type Verdict string

// The verdicts, from best to worst.
const (
	Verified      Verdict = "verified"
	Sampled       Verdict = "sampled"
	NotVerifiable Verdict = "not verifiable here"
	Broken        Verdict = "broken"
)

// Report is one audit.
type Report struct {
	ID         string        `json:"id"`
	At         time.Time     `json:"at"`
	Took       time.Duration `json:"took_ns"`
	Policy     string        `json:"policy"` // content hash
	Guarantees []Guarantee   `json:"guarantees"`
	Leaf       string        `json:"leaf,omitempty"`
}

// Guarantee is one of the nine.
type Guarantee struct {
	Number   int       `json:"number"`
	Title    string    `json:"title"`
	Verdict  Verdict   `json:"verdict"` // the worst of its checks
	Checks   []Check   `json:"checks"`
	Findings []Finding `json:"findings,omitempty"`
}

// Check is one thing that was counted.
type Check struct {
	What    string    `json:"what"`
	Rule    string    `json:"rule,omitempty"`
	Table   string    `json:"table,omitempty"`
	Counted int64     `json:"counted"`
	Oldest  time.Time `json:"oldest,omitzero"`
	Verdict Verdict   `json:"verdict"`
	Why     string    `json:"why,omitempty"` // for what is sampled or not verifiable
}

// Finding is one broken promise.
type Finding struct {
	Guarantee int       `json:"guarantee"`
	Rule      string    `json:"rule,omitempty"`
	Table     string    `json:"table,omitempty"`
	Column    string    `json:"column,omitempty"`
	Count     int64     `json:"count"`
	Oldest    time.Time `json:"oldest,omitzero"`
	What      string    `json:"what"`
	Remedy    string    `json:"remedy"`
}

// Findings returns every finding, in the order of the guarantees.
func (r Report) Findings() []Finding {
	var all []Finding
	for _, g := range r.Guarantees {
		all = append(all, g.Findings...)
	}
	return all
}
