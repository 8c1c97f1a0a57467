package app

import (
	"slices"
	"testing"

	"kept/internal/policy"
	"kept/internal/policy/taxonomy"
)

// What a planned kind declares is whole: every word has a text in both
// languages, every category and every person stands in the taxonomy, and there
// is no table that nobody fills.
func TestPlannedKindsDeclareWholeWords(t *testing.T) {
	for _, m := range Planned() {
		if err := m.Check(); err != nil {
			t.Error(err)
		}
		if !m.Planned || len(m.Tables) > 0 || len(m.Moments) == 0 || len(m.People) == 0 {
			t.Errorf("%s: planned %v, %d tables, %d moments, people %v", m.Name, m.Planned, len(m.Tables), len(m.Moments), m.People)
		}
		whole := func(what string, text map[string]string) {
			if text["de"] == "" || text["en"] == "" {
				t.Errorf("%s: %s has no text in one language", m.Name, what)
			}
		}
		whole("title", m.Title)
		whole("about", m.About)
		for _, key := range m.People {
			if _, known := taxonomy.Subject(key); !known {
				t.Errorf("%s: people %s are not in the taxonomy", m.Name, key)
			}
		}
		for _, f := range m.Fields {
			whole(f.Name, f.Title)
			if !taxonomy.IsCategory(f.Category) {
				t.Errorf("%s: %s has the unknown category %s", m.Name, f.Name, f.Category)
			}
			switch f.Source {
			case "person", "device", "derived", "third-party":
			default:
				t.Errorf("%s: %s comes from %q", m.Name, f.Name, f.Source)
			}
			if len(f.When)+len(m.When) == 0 {
				t.Errorf("%s: nothing says when %s is collected", m.Name, f.Name)
			}
		}
		for _, s := range m.Sets {
			whole("set "+s.Name, s.Title)
			if slices.ContainsFunc(m.Fields, func(f policy.Field) bool { return f.Name == s.Name }) {
				t.Errorf("%s: %s is a field and a set", m.Name, s.Name)
			}
		}
		for _, x := range m.Moments {
			whole("moment "+x.Name, x.Title)
		}
		for _, s := range m.Settings {
			whole("setting "+s.Name, s.Title)
			for _, part := range s.Parts {
				whole("setting "+s.Name+"."+part.Name, part.Title)
			}
		}
	}
}
