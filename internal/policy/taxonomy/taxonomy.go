package taxonomy

import "strings"

// Term is one word of the taxonomy.
type Term struct {
	Key string
	DE  string
	EN  string
	DPV string // pd:… for personal data, dpv:… for purposes, people and measures

	// Stands is the fideslang key that stands for one that is Kept's own, empty
	// for the keys of fideslang themselves.
	Stands string
}

// In returns the name in lang: de, else en.
func (t Term) In(lang string) string {
	if lang == "de" {
		return t.DE
	}
	return t.EN
}

// Fides returns the key under which other systems know the term.
func (t Term) Fides() string {
	if t.Stands != "" {
		return t.Stands
	}
	return t.Key
}

// The namespaces of the DPV terms. The vocabulary names its terms without a
// version (W3C DPV 2.0).
const (
	vocabulary   = "https://w3id.org/dpv#"
	personalData = "https://w3id.org/dpv/pd#"
)

// IRI returns the address of the DPV term.
func (t Term) IRI() string {
	if name, ok := strings.CutPrefix(t.DPV, "pd:"); ok {
		return personalData + name
	}
	return vocabulary + strings.TrimPrefix(t.DPV, "dpv:")
}

// Category returns the data category of that key.
func Category(key string) (Term, bool) { t, ok := categoryOf[key]; return t, ok }

// Use returns the data use (purpose) of that key.
func Use(key string) (Term, bool) { t, ok := useOf[key]; return t, ok }

// Subject returns the people of that key, whom data is about.
func Subject(key string) (Term, bool) { t, ok := subjectOf[key]; return t, ok }

// Measure returns the measure of protection of that key.
func Measure(key string) (Term, bool) { t, ok := measureOf[key]; return t, ok }

// IsUse reports whether key is a data use.
func IsUse(key string) bool { _, ok := useOf[key]; return ok }

// IsCategory reports whether key is a data category.
func IsCategory(key string) bool { _, ok := categoryOf[key]; return ok }

// Categories returns every data category, in the order of the hierarchy.
func Categories() []Term { return append([]Term(nil), categories...) }

// Uses returns every data use, in the order of the hierarchy.
func Uses() []Term { return append([]Term(nil), uses...) }

// Subjects returns everybody whom data can be about.
func Subjects() []Term { return append([]Term(nil), subjects...) }

// Measures returns every measure, those of technique first.
func Measures() []Term { return append([]Term(nil), measures...) }

// Keys returns the keys of terms.
func Keys(terms []Term) []string {
	keys := make([]string, 0, len(terms))
	for _, t := range terms {
		keys = append(keys, t.Key)
	}
	return keys
}

var (
	categoryOf = byKey(categories)
	useOf      = byKey(uses)
	subjectOf  = byKey(subjects)
	measureOf  = byKey(measures)
)

func byKey(terms []Term) map[string]Term {
	m := make(map[string]Term, len(terms))
	for _, t := range terms {
		m[t.Key] = t
	}
	return m
}
