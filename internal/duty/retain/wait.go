package retain

import (
	"slices"
	"strings"
	"time"

	"kept/internal/i18n"
	"kept/internal/policy"
	"kept/internal/policy/period"
)

// Why a plan waits.
const (
	WaitClock   = "clock"   // the clock stands far past the last run: nothing runs
	WaitShare   = "share"   // much of a table would go, unforeseen: this one thing waits
	WaitRemoved = "removed" // the policy does not declare what is stored: this one thing waits
	WaitPolicy  = "policy"  // the next policy ends something sooner
)

// Wait is a reason for a person to look at a plan.
type Wait struct {
	Code  string `json:"code"`
	Plan  string `json:"plan,omitempty"` // id of the plan that a person confirms or rejects
	Rule  string `json:"rule,omitempty"` // empty for the clock
	Table string `json:"table,omitempty"`
	Text  string `json:"text"` // what was seen, in plain English; In says it in other languages

	What       policy.Text   `json:"what,omitempty"`       // activity and data, as people call them
	Rows       int64         `json:"rows,omitempty"`       // that the table holds
	Due        int64         `json:"due,omitempty"`        // of them that would go at once
	Unforeseen int64         `json:"unforeseen,omitempty"` // of them that no earlier run expected
	Before     string        `json:"before,omitempty"`     // the period until now, ISO 8601
	After      string        `json:"after,omitempty"`      // the period from now on
	Then       policy.Action `json:"then,omitempty"`       // what happens from now on instead of
	Instead    policy.Action `json:"instead,omitempty"`    // this
	Last       time.Time     `json:"last,omitzero"`        // the last run
	Late       time.Duration `json:"late_ns,omitempty"`    // how far the clock stands past it
}

// In says in a language what was seen, by the clock of a zone.
func (w Wait) In(lang string, zone *time.Location) string {
	number := func(n int64) string { return i18n.Number(n, lang) }
	what := w.What.In(lang)
	switch w.Code {
	case WaitClock:
		return i18n.T(lang, "retain.wait.clock", number(int64(w.Late.Hours())), i18n.DateTimeIn(w.Last, zone, lang))
	case WaitShare:
		return i18n.T(lang, "retain.wait.share", what, number(w.Due), number(w.Rows), number(w.Unforeseen))
	case WaitRemoved:
		return i18n.T(lang, "retain.wait.removed", what, number(w.Due))
	}
	switch {
	case w.Before == "":
		return i18n.T(lang, "retain.wait.new", what, words(w.After, lang), number(w.Due), number(w.Rows))
	case w.Instead != "":
		p, err := period.Parse(w.After)
		if err != nil {
			return w.Text
		}
		return i18n.T(lang, "retain.wait.instead", what, p.Dative(lang), i18n.T(lang, "console.action."+string(w.Instead)), i18n.T(lang, "console.action."+string(w.Then)), number(w.Due), number(w.Rows))
	}
	return i18n.T(lang, "retain.wait.shorter", what, words(w.Before, lang), words(w.After, lang), number(w.Due), number(w.Rows))
}

// words says a stored period.
func words(iso, lang string) string {
	p, err := period.Parse(iso)
	if err != nil {
		return iso
	}
	return p.In(lang)
}

// said fills in the English text.
func (w Wait) said() Wait {
	w.Text = w.In(i18n.English, time.UTC)
	return w
}

// what names what a task is about: the activity, and its data if the rule names
// some.
func (t *task) what() policy.Text {
	names := policy.Text{}
	for _, lang := range []string{i18n.English, i18n.German} {
		name := t.cover.activity.Title.In(lang)
		if name == "" {
			name = t.cover.manifest.Title.In(lang)
		}
		parts := []string{name}
		for _, ref := range t.term.Data {
			parts = append(parts, called(&t.cover.manifest.Kind, ref.Name, lang))
		}
		names[lang] = strings.Join(parts, ", ")
	}
	return names
}

// called returns what people call a field or a set of a kind.
func called(k *policy.Kind, name, lang string) string {
	if i := slices.IndexFunc(k.Sets, func(s policy.Set) bool { return s.Name == name }); i >= 0 {
		return k.Sets[i].Title.In(lang)
	}
	if i := slices.IndexFunc(k.Fields, func(f policy.Field) bool { return f.Name == name }); i >= 0 {
		return k.Fields[i].Title.In(lang)
	}
	return name
}
