package dataset

import (
	"context"
	"path"
	"slices"
	"strings"
	"time"

	"kept/internal/duty/retain"
	"kept/internal/duty/rights"
	"kept/internal/policy"
	"kept/internal/subject"
)

// Reasons why something stays, as rights words them.
const (
	byLaw  = "law"
	byHold = "hold"
	manual = rights.ByHandReason
)

// fate is what the policy says of one field.
type fate struct {
	field   *Field
	entries []*policy.Activity // that declare the field's category
	keeps   *policy.Activity   // the one that keeps it against an erasure; nil: none
	rule    *policy.Rule       // by which; nil: a hold on all of it
	reason  string
	text    rights.Words // of a hold
	until   time.Time
}

// fates says of every value of a collection what holds for it.
func (e *Estate) fates(c *Collection, holds []subject.Hold) []fate {
	entries := e.entries(c.Dataset)
	var all []fate
	for _, f := range c.Leaves() {
		all = append(all, e.fated(f, entries, holds))
	}
	return all
}

func (e *Estate) fated(f *Field, entries []*policy.Activity, holds []subject.Hold) fate {
	t := fate{field: f}
	for _, a := range entries {
		for _, name := range covering(a, f.Category()) {
			if !slices.Contains(t.entries, a) {
				t.entries = append(t.entries, a)
			}
			for _, r := range a.RulesFor(name) {
				if t.keeps == nil && retain.Outlasts(a, r) {
					t.keeps, t.rule, t.reason = a, r, byLaw
				}
			}
		}
	}
	for _, h := range holds {
		for _, a := range t.entries {
			if t.keeps == nil && (h.Activity == "" || h.Activity == a.Key) {
				t.keeps, t.reason, t.text, t.until = a, byHold, rights.HoldWords(e.Policy(), h), h.Until
			}
		}
	}
	return t
}

// entries returns the activities of the policy whose data lies in d.
func (e *Estate) entries(d *Dataset) []*policy.Activity {
	if e.Policy == nil {
		return nil
	}
	p := e.Policy()
	var found []*policy.Activity
	for i := range p.Activities {
		if a := &p.Activities[i]; a.Dataset != "" && path.Clean(a.Dataset) == path.Clean(d.File) {
			found = append(found, a)
		}
	}
	return found
}

// covering returns the names in a's data that a category falls under, or that
// fall under it: a dataset may be more exact than the policy, or less.
func covering(a *policy.Activity, category string) []string {
	var names []string
	for _, f := range a.Words().Fields {
		if within(category, f.Category) || within(f.Category, category) {
			names = append(names, f.Name)
		}
	}
	return names
}

func within(category, branch string) bool {
	return category != "" && branch != "" && (category == branch || strings.HasPrefix(category, branch+"."))
}

// holdsOn returns the holds that concern the person, or everybody.
func (e *Estate) holdsOn(ctx context.Context, subjects []string) ([]subject.Hold, error) {
	if e.Holds == nil {
		return nil, nil
	}
	all, err := e.Holds(ctx)
	return slices.DeleteFunc(slices.Clone(all), func(h subject.Hold) bool {
		return h.Subject != "" && !slices.Contains(subjects, h.Subject)
	}), err
}

// entryOf is the entry that a row of c belongs to: the first one that declares
// data about people in it.
func entryOf(all []fate) *policy.Activity {
	for _, t := range all {
		if t.field.Personal() && len(t.entries) > 0 {
			return t.entries[0]
		}
	}
	for _, t := range all {
		if len(t.entries) > 0 {
			return t.entries[0]
		}
	}
	return nil
}

func keyOf(a *policy.Activity) string {
	if a == nil {
		return ""
	}
	return a.Key
}

// concerns reports whether a collection has to do with an activity.
func concerns(all []fate, activity string) bool {
	return activity == "" || slices.ContainsFunc(all, func(t fate) bool {
		return slices.ContainsFunc(t.entries, func(a *policy.Activity) bool { return a.Key == activity })
	})
}
