package register_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/piprate/json-gold/ld"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"kept/internal/duty/register"
	"kept/internal/policy"
	"kept/internal/policy/taxonomy"
)

const schemaFile = "../../../docs/reference/register.schema.json"

func TestTheRecordFollowsItsSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, _ *policy.Policy, r *register.Record) {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(written(t, r, register.JSON)))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Error(err)
		}
	})
}

// The schema names every member of a record and none that no record has.
func TestTheSchemaNamesWhatARecordHas(t *testing.T) {
	var schema any
	if err := json.Unmarshal([]byte(source(t, schemaFile)), &schema); err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	properties(schema, named)
	has := map[string]bool{}
	members(reflect.TypeFor[register.Record](), has)
	for name := range has {
		if !named[name] {
			t.Errorf("the schema lacks %s", name)
		}
	}
	for name := range named {
		if !has[name] {
			t.Errorf("the schema names %s, which no record has", name)
		}
	}
}

func properties(v any, found map[string]bool) {
	switch x := v.(type) {
	case map[string]any:
		if p, ok := x["properties"].(map[string]any); ok {
			for name := range p {
				found[name] = true
			}
		}
		for _, inner := range x {
			properties(inner, found)
		}
	case []any:
		for _, inner := range x {
			properties(inner, found)
		}
	}
}

func members(t reflect.Type, found map[string]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.Anonymous {
			found[name] = true
		}
		members(f.Type, found)
	}
}

// nowhere is a loader of JSON-LD documents that has none.
type nowhere struct{ t *testing.T }

func (n nowhere) LoadDocument(url string) (*ld.RemoteDocument, error) {
	n.t.Errorf("reading the record asks for %s", url)
	return nil, ld.NewJsonLdError(ld.LoadingDocumentFailed, url)
}

// vocabulary are the terms that DPV 2.0 has.
func vocabulary(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	for line := range strings.Lines(source(t, "testdata/dpv-2.0.txt")) {
		known[strings.TrimSpace(line)] = true
	}
	return known
}

// Another program reads the record, fetches nothing, and finds no term that DPV
// does not have.
func TestTheRecordSpeaksTheVocabulary(t *testing.T) {
	known := vocabulary(t)
	each(t, func(t *testing.T, p *policy.Policy, r *register.Record) {
		options := ld.NewJsonLdOptions("")
		options.DocumentLoader = nowhere{t}
		var doc any
		if err := json.Unmarshal([]byte(written(t, r, register.JSONLD)), &doc); err != nil {
			t.Fatal(err)
		}
		expanded, err := ld.NewJsonLdProcessor().Expand(doc, options)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]bool{}
		terms(expanded, found)
		for term := range found {
			if strings.HasPrefix(term, "https://w3id.org/dpv") && !known[term] {
				t.Errorf("DPV has no %s", term)
			}
		}
		for _, want := range []string{"https://w3id.org/dpv#ROPA", "https://w3id.org/dpv#hasProcess", "https://w3id.org/dpv#PersonalDataProcess"} {
			if !found[want] {
				t.Errorf("the record does not speak of %s", want)
			}
		}
		processes := expanded[0].(map[string]any)["https://w3id.org/dpv#hasProcess"].([]any)
		if want := len(p.Activities) + len(p.Services); len(processes) != want {
			t.Errorf("%d processes of %d", len(processes), want)
		}
	})
}

// terms collects every property, type and id.
func terms(v any, found map[string]bool) {
	switch x := v.(type) {
	case map[string]any:
		for key, inner := range x {
			found[key] = true
			if id, ok := inner.(string); ok && key == "@id" {
				found[id] = true
			}
			if key == "@type" {
				for _, kind := range list(inner) {
					found[kind.(string)] = true
				}
			}
			terms(inner, found)
		}
	case []any:
		for _, inner := range x {
			terms(inner, found)
		}
	}
}

func list(v any) []any {
	if all, ok := v.([]any); ok {
		return all
	}
	return []any{v}
}

// Whatever the taxonomy says of DPV is true of DPV.
func TestTheTaxonomyNamesTermsOfTheVocabulary(t *testing.T) {
	known := vocabulary(t)
	all := slices.Concat(taxonomy.Categories(), taxonomy.Uses(), taxonomy.Subjects(), taxonomy.Measures())
	for _, term := range all {
		iri := strings.NewReplacer("dpv:", "https://w3id.org/dpv#", "pd:", "https://w3id.org/dpv/pd#").Replace(term.DPV)
		if !known[iri] {
			t.Errorf("%s: DPV has no %s", term.Key, term.DPV)
		}
	}
}
