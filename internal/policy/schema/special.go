package schema

import (
	"slices"
	"strings"

	"kept/internal/policy"
	"kept/internal/policy/taxonomy"
)

// common are the definitions that keys share.
func common() object {
	byLanguage := object{}
	for _, lang := range policy.Languages {
		byLanguage[lang] = ref("text")
	}
	return object{
		"text": object{"type": []any{"string", "number"}},
		"words": object{
			"type": "object", "properties": byLanguage, "additionalProperties": false,
			"description":     "Text for people by language, in every language of the notice.",
			"defaultSnippets": []any{object{"label": "{de: …, en: …}", "body": object{"de": "$1", "en": "$2"}}},
		},
		"period": object{
			"type": "string", "pattern": periodPattern,
			"examples": []any{"7 days", "6 months", "14 months", "1 year", "0 days"},
		},
	}
}

// periodPattern is the form of a period, in words or by ISO 8601. The reader also
// wants the larger units first.
const periodPattern = `^(P([0-9]+[YMWD])*(T([0-9]+[HMS])+)?|[0-9]+ +(years?|months?|weeks?|days?|hours?|minutes?|seconds?)( +[0-9]+ +(years?|months?|weeks?|days?|hours?|minutes?|seconds?))*)$`

// shared leads paths of maps that stand in several places to one.
func shared(path string) string {
	for _, part := range []string{"cookies.", "also.", "transfers."} {
		if i := strings.LastIndex(path, part); i > 0 && path[i-1] == '.' {
			return path[i:]
		}
	}
	for _, contact := range []string{"controller.officer.", "controller.representative."} {
		if rest, ok := strings.CutPrefix(path, contact); ok {
			return "contact." + rest
		}
	}
	return path
}

// conditional reports a key that the reader requires only where another is
// missing: eithers says which.
func conditional(path string) bool { return shared(path) == "cookies.lifetime" }

// eithers are the keys of which each map at a path has one or the other.
var eithers = map[string][]any{
	"cookies":            lifetimeOrSession,
	"services.cookies":   lifetimeOrSession,
	"activities.cookies": lifetimeOrSession,
}

var lifetimeOrSession = []any{
	object{"required": []any{"lifetime"}},
	object{"required": []any{"session"}, "properties": object{"session": object{"const": true}}},
}

// specials are the values that the reader takes apart by itself, and those whose
// words come from elsewhere.
var specials = map[string]func() object{
	"kept":                     func() object { return object{"enum": []any{1}} },
	"notice.languages":         func() object { return oneOrMore(object{"enum": anys(policy.Languages)}) },
	"measures":                 func() object { return measures() },
	"services.group":           func() object { return group(policy.Essential) },
	"services.data":            func() object { return oneOrMore(fields(policy.LoadFields(), nil)) },
	"activities.group":         func() object { return group() },
	"activities.people":        func() object { return oneOrMore(terms(taxonomy.Subjects())) },
	"activities.purpose":       func() object { return terms(taxonomy.Uses()) },
	"activities.recipients":    func() object { return object{"type": "object", "additionalProperties": oneOrMore(ref("text"))} },
	"activities.data.category": func() object { return terms(taxonomy.Categories()) },
	"activities.settings":      func() object { return object{"type": "object"} },
}

// terms are words of the taxonomy, with what they mean.
func terms(of []taxonomy.Term) object {
	var keys, meanings []string
	for _, t := range of {
		keys, meanings = append(keys, t.Key), append(meanings, t.In("en"))
	}
	return oneOf(keys, meanings)
}

// group completes the standard groups and takes any other.
func group(more ...string) object {
	var keys, meanings []string
	for _, g := range policy.StandardGroups() {
		keys, meanings = append(keys, g.Key), append(meanings, g.About.In("en"))
	}
	for _, key := range more {
		keys, meanings = append(keys, key), append(meanings, "Loads without consent; needs a reason.")
	}
	return object{"anyOf": []any{oneOf(keys, meanings), object{"type": "string", "pattern": policy.Pattern("K120")}}}
}

func measures() object {
	own := object{"type": "object", "properties": object{"title": ref("words")}, "required": []any{"title"}, "additionalProperties": false}
	return oneOrMore(object{"anyOf": []any{terms(taxonomy.Measures()), own}})
}

// fields are the names that data may list. A set goes before a field of its name,
// as it does for the reader.
func fields(of []policy.Field, sets []policy.Set) object {
	var names, meanings []string
	for _, s := range sets {
		names, meanings = append(names, s.Name), append(meanings, s.Title.In("en")+": "+strings.Join(s.Fields, ", "))
	}
	for _, f := range of {
		if slices.Contains(names, f.Name) {
			continue
		}
		names, meanings = append(names, f.Name), append(meanings, f.Title.In("en")+" ("+f.Category+")")
	}
	return oneOf(names, meanings)
}
