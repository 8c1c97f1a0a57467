package change

import (
	"slices"

	"kept/internal/policy"
)

// Report is what becomes different when one policy replaces another, in one
// language.
type Report struct {
	Old     Side     `json:"old"`
	New     Side     `json:"new"`
	Changes []Change `json:"changes"`
	ToDo    []Duty   `json:"to_do"`

	lang string
}

// Side is one of the two policies.
type Side struct {
	File    string `json:"file"`
	Version string `json:"version"` // of the notice
	Hash    string `json:"hash"`
}

// Change is one line of a report.
type Change struct {
	Weight Weight   `json:"weight"`
	Kind   Kind     `json:"kind"`
	Key    string   `json:"key"`              // of the language: activities.retention.keep
	Entry  string   `json:"entry,omitempty"`  // key of the entry: analytics
	Items  []string `json:"items,omitempty"`  // what within it: fields, recipients, cookies
	Before string   `json:"before,omitempty"` // in words
	After  string   `json:"after,omitempty"`
	People []string `json:"people,omitempty"` // whom it concerns: keys of the taxonomy
	Text   string   `json:"text"`             // the whole, for people
}

// Matters reports whether there is something to do.
func (r Report) Matters() bool { return len(r.ToDo) > 0 }

// Of returns the changes of a weight.
func (r Report) Of(w Weight) []Change {
	var found []Change
	for _, c := range r.Changes {
		if c.Weight == w {
			found = append(found, c)
		}
	}
	return found
}

// Between compares two policies that were checked.
func Between(old, next *policy.Policy, lang string) Report {
	c := &comparison{old: newVoice(old, lang), next: newVoice(next, lang), lang: lang}
	c.consents()
	for _, d := range differences(treeOf(old), treeOf(next), difference{}) {
		c.add(d)
	}
	c.periods()
	slices.SortStableFunc(c.changes, func(a, b Change) int {
		return slices.Index(Weights(), a.Weight) - slices.Index(Weights(), b.Weight)
	})
	return Report{Old: sideOf(old), New: sideOf(next), Changes: c.changes, ToDo: c.duties(), lang: lang}
}

func sideOf(p *policy.Policy) Side {
	return Side{File: p.File, Version: p.Notice.Version, Hash: p.Hash}
}

// comparison gathers the lines of a report.
type comparison struct {
	old, next *voice
	lang      string
	changes   []Change
	listed    map[string]int // place in changes of lines that take more items
}

// add says a difference. Names that come or go together stand in one line.
func (c *comparison) add(d difference) {
	if isStandardGroup(d) || d.pattern == "activities.described" {
		return // the consents, and the data, say it
	}
	weight, kind := weigh(d)
	line := Change{Weight: weight, Kind: kind, Key: d.pattern, Entry: d.entry()}
	line.Before, line.After = c.old.value(d, d.old), c.next.value(d, d.new)
	if a := c.activity(d.entry()); a != nil && d.pattern != "activities" || d.pattern == "activities" {
		line.People = c.people(d.entry())
	}
	if item := d.item(); item != "" && d.pattern != topOf(d.pattern) {
		line.Items = []string{c.voiceOf(kind).item(d)}
		if c.joins(d, line) {
			return
		}
	}
	line.Text = c.sentence(d, line)
	c.changes = append(c.changes, line)
}

// joins adds the item to the line that says the same of others, if there is one.
func (c *comparison) joins(d difference, line Change) bool {
	if len(d.side().parts) > 0 || d.side().value != nil || d.kind() == Changed {
		return false
	}
	if c.listed == nil {
		c.listed = map[string]int{}
	}
	key := string(line.Kind) + " " + line.Key + " " + line.Entry
	for _, name := range d.names[:len(d.names)-1] {
		key += " " + name
	}
	i, there := c.listed[key]
	if !there {
		c.listed[key] = len(c.changes)
		return false
	}
	c.changes[i].Items = append(c.changes[i].Items, line.Items...)
	c.changes[i].Text = c.sentence(d, c.changes[i])
	return true
}

// isStandardGroup reports a group that no policy declares: it is there as soon as
// an entry uses it.
func isStandardGroup(d difference) bool {
	return d.pattern == "groups" && slices.ContainsFunc(policy.StandardGroups(), func(g policy.Group) bool { return g.Key == d.entry() })
}

// activity returns the activity under that key, the new one if both have it.
func (c *comparison) activity(key string) *policy.Activity {
	if a := c.next.p.Activity(key); a != nil {
		return a
	}
	return c.old.p.Activity(key)
}

// people are whom an activity concerns.
func (c *comparison) people(activity string) []string {
	a := c.activity(activity)
	if a == nil {
		return nil
	}
	if len(a.People) > 0 {
		return a.People
	}
	return a.Words().People
}

// voiceOf is the policy that has what a line is about.
func (c *comparison) voiceOf(kind Kind) *voice {
	if kind == Removed || kind == Lapses {
		return c.old
	}
	return c.next
}
