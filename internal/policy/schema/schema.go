package schema

import (
	"bytes"
	"encoding/json"
	"fmt"

	"kept/internal/policy"
)

// dialect is the draft that the schema names.
const dialect = "http://json-schema.org/draft-07/schema#"

// object is a schema, or a part of one.
type object = map[string]any

// Of returns the schema of the language with the words of v, indented.
func Of(v policy.Vocabulary) ([]byte, error) {
	s := build(v)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		return nil, fmt.Errorf("writing the schema: %w", err)
	}
	return b.Bytes(), nil
}

func build(v policy.Vocabulary) object {
	top := keysOf(policy.Language(), "")
	top["$schema"] = dialect
	top["title"] = "Kept policy"
	top["description"] = "What an online offer does with personal data: one file that people read and Kept executes."
	definitions := common()
	activities := within(top, "activities")
	definitions["activity"] = activities["additionalProperties"]
	activities["additionalProperties"] = object{"allOf": []any{ref("activity"), ref("by-kind")}, "required": []any{"kind"}}
	entries := object{}
	var byKind []any
	for _, kind := range sorted(v) {
		definitions["kind-"+kind.Name] = kindOf(kind)
		if !kind.External {
			definitions["data-"+kind.Name] = fields(kind.Fields, kind.Sets)
		}
		if !kind.BuiltIn { // those stand under their own name alone
			byKind = append(byKind, object{
				"if":   object{"properties": object{"kind": object{"const": kind.Name}}, "required": []any{"kind"}},
				"then": ref("kind-" + kind.Name),
			})
		}
		entries[kind.Name] = entryOf(kind)
	}
	definitions["by-kind"] = object{"properties": object{"kind": kindNames(v)}, "allOf": byKind}
	activities["properties"] = entries
	top["definitions"] = definitions
	return top
}

// within returns the schema of a key.
func within(o object, key string) object { return o["properties"].(object)[key].(object) }

// ref points to a definition. Draft-07 reads nothing that stands beside a
// reference, so nothing may.
func ref(name string) object { return object{"$ref": "#/definitions/" + name} }

// keysOf is the schema of a map with these keys and no others.
func keysOf(keys []policy.Key, path string) object {
	properties, required := object{}, []any{}
	for _, k := range keys {
		properties[k.Name] = valueOf(k, path+k.Name)
		if k.Required && !conditional(path+k.Name) {
			required = append(required, k.Name)
		}
	}
	o := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		o["required"] = required
	}
	return o
}

// valueOf is the schema of a key's value.
func valueOf(k policy.Key, path string) object {
	path = shared(path)
	o := formOf(k, path)
	if special, ok := specials[path]; ok {
		o = special()
	}
	if about := explained[path]; about != "" {
		o["description"] = about
	}
	return o
}

func formOf(k policy.Key, path string) object {
	switch k.Form {
	case policy.FormText:
		return textOf(k)
	case policy.FormTruth:
		return object{"type": "boolean"}
	case policy.FormPeriod:
		return beside("period")
	case policy.FormWords:
		return beside("words")
	case policy.FormTexts:
		return object{"type": "object", "propertyNames": object{"pattern": policy.Pattern("K120")}, "additionalProperties": ref("words")}
	case policy.FormNames:
		return oneOrMore(textOf(k))
	case policy.FormMap:
		return keysOf(k.Keys, path+".")
	case policy.FormEntries:
		return object{"type": "object", "propertyNames": object{"pattern": policy.Pattern("K120")}, "additionalProperties": entry(k, path)}
	case policy.FormMaps:
		return object{"type": "array", "items": entry(k, path)}
	case policy.FormItems:
		return oneOrMore(object{"anyOf": []any{textOf(k), entry(k, path)}})
	}
	return object{}
}

// entry is the schema of each map below k.
func entry(k policy.Key, path string) object {
	o := keysOf(k.Keys, path+".")
	if either, ok := eithers[path]; ok {
		o["anyOf"] = either
	}
	return o
}

// textOf is the schema of a text. YAML reads 2024 as a number; where a text is
// asked for, the reader takes it as written.
func textOf(k policy.Key) object {
	if len(k.Words) > 0 {
		var means []string
		for _, word := range k.Words {
			means = append(means, meanings[k.Name+" "+word])
		}
		return oneOf(k.Words, means)
	}
	if pattern := policy.Pattern(k.Check); pattern != "" {
		return object{"type": "string", "pattern": pattern}
	}
	return beside("text")
}

// oneOf is one of a few words, each with what it means, as editors show it beside
// the completion; any text if there are no words.
func oneOf(words, meanings []string) object {
	switch {
	case len(words) == 0:
		return object{"type": "string"}
	case len(meanings) == 0:
		return object{"enum": anys(words)}
	}
	return object{"enum": anys(words), "enumDescriptions": anys(meanings)}
}

// oneOrMore is a list, or a single one in its place.
func oneOrMore(item object) object {
	return object{"anyOf": []any{item, object{"type": "array", "items": item}}}
}

// beside is a reference beside which something may stand.
func beside(name string) object { return object{"allOf": []any{ref(name)}} }

func anys[T any](values []T) []any {
	found := make([]any, len(values))
	for i, v := range values {
		found[i] = v
	}
	return found
}
