package policy

import "kept/internal/policy/period"

// Action is what happens to data when its time is over.
type Action string

// The actions of a retention rule.
const (
	Delete    Action = "delete"
	Anonymise Action = "anonymise"
	Restrict  Action = "restrict"
)

// EndOfYear lets a period go on to the end of its year.
const EndOfYear = "end-of-year"

// Rule says how long some of an activity's data is kept.
type Rule struct {
	At     Pos
	ID     string // stable across edits of other rules, see identify
	Data   []Ref  // empty: everything that no other rule from the same moment names
	From   string // the moment from which the period runs
	Keep   period.Period
	Then   Action
	Every  period.Period // rhythm of the sweep; zero: as soon as due
	Until  string        // "" | EndOfYear
	Unless string        // a moment that, when it came, suspends the rule
	Notify *Notify
	Reason Text

	keys   places
	fields map[string]bool // Data with sets expanded, filled by Check
}

// Notify is a word of warning before a rule acts, or before a moment that is
// known in advance.
type Notify struct {
	At     Pos
	Before period.Period
	Of     string   // the moment that the time is counted back from; empty: when the rule acts
	To     []string // words of Addressees

	to []Ref // To, with its places
}

// The words for who is told.
const (
	ToRegistration = "registration" // the address with which somebody registered, or is known
	ToBilling      = "billing"      // the one that invoices go to
)

// Addressees are the words that "notify: {to: …}" knows.
func Addressees() []string { return []string{ToRegistration, ToBilling} }

// Governs reports whether r decides about field: it names it, or it names
// nothing and no other rule from the same moment does.
func (r *Rule) Governs(field string) bool { return r.fields[field] }

// Fields returns the fields that r decides about, in the order of the activity.
func (r *Rule) Fields(a *Activity) []string {
	var found []string
	for _, f := range a.order {
		if r.fields[f] {
			found = append(found, f)
		}
	}
	return found
}

// RulesFor returns the rules that decide about field, in the order of the file.
func (a *Activity) RulesFor(field string) []*Rule {
	var found []*Rule
	for i := range a.Retention {
		if a.Retention[i].Governs(field) {
			found = append(found, &a.Retention[i])
		}
	}
	return found
}

// RuleFor returns the rule that decides about field: of several, the first that
// names it, else the first that covers it; nil if none does.
func (a *Activity) RuleFor(field string) *Rule {
	rules := a.RulesFor(field)
	for _, r := range rules {
		if len(r.Data) > 0 {
			return r
		}
	}
	if len(rules) > 0 {
		return rules[0]
	}
	return nil
}
