package console

import (
	"strings"

	"kept/internal/duty/notice"
	"kept/internal/i18n"
	"kept/internal/manifest"
	"kept/internal/policy"
)

// called names what the program calls by keys as people call it: activities and rules
// as the notice does, tables by what a row of them is. What is no longer in the policy
// keeps its key.
type called struct {
	policy *policy.Policy
	rooms  []manifest.Manifest
	names  notice.Names
}

// Activity is what an activity is called.
func (p *page) Activity(key string) string {
	if a := p.called.policy.Activity(key); a != nil {
		return p.called.names.Activity(a)
	}
	return key
}

// Recipient is what a recipient is called.
func (p *page) Recipient(key string) string {
	if r := p.called.policy.Recipient(key); r != nil {
		return r.Name
	}
	return key
}

// rule finds a rule by its id, which begins with the key of its activity.
func (p *page) rule(id string) (*policy.Activity, *policy.Rule) {
	key, _, _ := strings.Cut(id, "/")
	a := p.called.policy.Activity(key)
	if a == nil {
		return nil, nil
	}
	for i := range a.Retention {
		if a.Retention[i].ID == id {
			return a, &a.Retention[i]
		}
	}
	return a, nil
}

// Governs names the data that a rule ends, the rule's id if the policy has it no more.
func (p *page) Governs(id string) string {
	a, r := p.rule(id)
	if r == nil {
		return id
	}
	return p.called.names.Governed(a, r)
}

// Rule names a rule by its activity and data.
func (p *page) Rule(id string) string {
	a, r := p.rule(id)
	if r == nil {
		return id
	}
	return p.called.names.Activity(a) + ": " + p.called.names.Governed(a, r)
}

// Does says how long a rule keeps data, from when, and what happens then.
func (p *page) Does(id string, then policy.Action) string {
	does := p.T("action." + string(then))
	a, r := p.rule(id)
	switch {
	case r == nil:
		return does
	case r.Keep.IsZero():
		return p.T("due.at-once", p.called.names.Limit(a, r), does)
	}
	return p.T("due.then", p.called.names.Limit(a, r), does)
}

// Row says what a row of a table is.
func (p *page) Row(table string) string {
	for i := range p.called.rooms {
		if t, ok := p.called.rooms[i].Table(table); ok {
			return p.Said(t.About)
		}
	}
	return table
}

// Begins writes a text that begins a line.
func (p *page) Begins(text string) string { return i18n.Begins(text) }
