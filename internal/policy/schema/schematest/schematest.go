// Package schematest holds policies against the schema of their language, as an
// editor does, in tests.
package schematest

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"kept/internal/policy"
	"kept/internal/policy/schema"
	"kept/internal/policy/source"
)

// Drafts are those under which the schema must read: the one that it names and
// the newest.
var Drafts = []*jsonschema.Draft{jsonschema.Draft7, jsonschema.Draft2020}

// Schema is a compiled schema.
type Schema struct{ compiled *jsonschema.Schema }

// Compile reads the schema of the language with the words of v under a draft.
func Compile(t *testing.T, v policy.Vocabulary, draft *jsonschema.Draft) Schema {
	t.Helper()
	text, err := schema.Of(v)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if draft != jsonschema.Draft7 {
		delete(doc.(map[string]any), "$schema")
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(draft)
	if err := c.AddResource("policy.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("policy.json")
	if err != nil {
		t.Fatal(err)
	}
	return Schema{s}
}

// ErrNotYAML is what an editor underlines before it asks the schema.
var ErrNotYAML = errors.New("not YAML as the language takes it")

// Check says what the schema finds in a file.
func (s Schema) Check(src []byte) error {
	root, mistakes := source.Parse(src)
	if len(mistakes) > 0 || root == nil {
		return ErrNotYAML
	}
	return s.compiled.Validate(value(root))
}

func value(n *source.Node) any {
	switch n.Kind {
	case source.Map:
		m := map[string]any{}
		for _, e := range n.Entries {
			m[e.Key] = value(e.Value)
		}
		return m
	case source.List:
		list := []any{}
		for _, item := range n.Items {
			list = append(list, value(item))
		}
		return list
	case source.Number:
		if number, err := jsonschema.UnmarshalJSON(strings.NewReader(n.Scalar)); err == nil {
			return number
		}
	case source.Truth:
		return strings.EqualFold(n.Scalar, "true")
	case source.Nothing:
		return nil
	}
	return n.Scalar
}
