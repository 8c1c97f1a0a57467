package policy

import (
	"maps"
	"slices"

	"kept/internal/policy/source"
)

// Key is a key of the language: what the reader asks for under this name.
type Key struct {
	Name     string
	Form     Form
	Check    string   // code of the check that the value, or each of a list, must pass; "" if none
	Words    []string // the values that stand here, if they are bound
	Required bool
	Keys     []Key // of a map, of each entry, of each item of a list; in the order in which they are read
}

// Form is the form of a key's value.
type Form string

// The forms.
const (
	FormOther   Form = ""        // one that only the entry knows: settings, deliveries
	FormText    Form = "text"    // one line or several
	FormTruth   Form = "truth"   // true or false
	FormPeriod  Form = "period"  // 7 days
	FormWords   Form = "words"   // text by language
	FormNames   Form = "names"   // a list of names, or one name
	FormItems   Form = "items"   // a list of names and of maps, or one name
	FormTexts   Form = "texts"   // a map of texts by language
	FormMap     Form = "map"     // keys of its own
	FormEntries Form = "entries" // a map of named entries
	FormMaps    Form = "maps"    // a list of maps
)

// Language returns the keys that the reader knows, found by letting it read a
// file that holds whatever it asks for: there is no second list of them.
func Language() []Key {
	root := &source.Node{Kind: source.Map}
	whole := &outline{}
	r := &reporter{outlines: map[*source.Node]*outline{root: whole}}
	r.open(root, Pos{}, "the policy").policy(&Policy{})
	return whole.all()
}

// outline is what the reader has asked of one map. A nil outline takes no note.
type outline struct {
	keys  []Key
	inner map[string]*outline // of the maps within, by key
}

func (o *outline) all() []Key {
	for i := range o.keys {
		if inner := o.inner[o.keys[i].Name]; inner != nil {
			o.keys[i].Keys = inner.all()
		}
	}
	return o.keys
}

// within notes that key holds a map, or several, and returns one for the reader
// to ask.
func (m *mapping) within(key string, form Form) *source.Node {
	m.outline.form(key, form)
	node, inner := &source.Node{Kind: source.Map}, &outline{}
	if m.outline.inner == nil {
		m.outline.inner = map[string]*outline{}
	}
	m.outline.inner[key] = inner
	m.outlines[node] = inner
	return node
}

func (o *outline) key(name string) *Key {
	i := slices.IndexFunc(o.keys, func(k Key) bool { return k.Name == name })
	if i < 0 {
		i = len(o.keys)
		o.keys = append(o.keys, Key{Name: name})
	}
	return &o.keys[i]
}

func (o *outline) asks(key string) {
	if o != nil {
		o.key(key)
	}
}

func (o *outline) form(key string, form Form) {
	if o != nil {
		o.key(key).Form = form
	}
}

func (o *outline) check(key, code string) {
	if o != nil {
		o.key(key).Check = code
	}
}

func (o *outline) words(key string, words []string) {
	if o != nil {
		o.key(key).Words = words
	}
}

func (o *outline) requires(keys []string) {
	for _, key := range keys {
		o.key(key).Required = true
	}
}

// Pattern returns the regular expression that a value under this check matches at
// least, as JavaScript and Go read it alike; "" if the check has none.
func Pattern(check string) string { return patterns[check] }

var patterns = map[string]string{
	"K117": `^[0-9]{4}-[0-9]{2}-[0-9]{2}$`,
	"K120": nameForm.String(),
	"K121": `^[a-z0-9_.:\[\]-]+$`,
	"K122": `^[^\s@]+@[^\s@]+$`,
	"K123": `^https?://[^\s]+$`,
	"K124": `^[A-Z]{2}$`,
	"K511": cookieForm.String(),
}

// SettingTypes are the forms that a setting can have.
func SettingTypes() []SettingType { return slices.Sorted(maps.Keys(settingReaders)) }

// Valid says whether a single value passes a check of form, in the words of that
// check: is no e-mail address. A check that is none of these takes any value.
func Valid(check, value string) error {
	if valid, ok := validators[check]; ok {
		return valid(value)
	}
	return nil
}

var validators = map[string]func(string) error{
	"K117": validDate, "K120": validName, "K121": validHost, "K122": validEmail, "K123": validURL, "K124": validCountry, "K130": validCalendar, "K511": validCookie,
}
