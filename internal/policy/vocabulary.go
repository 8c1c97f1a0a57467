package policy

import "kept/internal/policy/period"

// Vocabulary is the words that kinds of activity bring into the language, by
// kind. A check against a Vocabulary finds fields, moments, settings and
// recipients that the kind does not know.
type Vocabulary map[string]*Kind

// Kind is what the language has to know of a kind of activity.
type Kind struct {
	Name       string
	Title      Text
	About      Text // one plain sentence for the notice: what happens
	When       Text // when data is collected, as a clause: "when you create an account"; empty: the fields' sources tell
	Fields     []Field
	Sets       []Set
	Moments    []Moment
	Settings   []SettingSpec
	Cookies    []string // names of cookies that the kind sets itself, so that the policy must declare them
	Inside     bool     // its cookies lie on the console's own host, where no visitor meets them
	Delivers   bool     // whether the kind can hand fields to recipients
	BuiltIn    bool     // always declared and shown: consent, rights, administration
	External   bool     // done in another system; set for the kind external alone
	Planned    bool     // declared and checked; this build does not run it
	Asks       bool     // asks for a consent itself, in its own form: an entry needs no group
	People     []string // whom its data is about, unless an entry says otherwise
	OnlyBases  []Basis  // bases under which the kind may run; empty: any
	Anonymises bool     // whether a rule of the kind may say anonymise
	Exempt     bool     // measures an audience, so that an exemption of the rule pack may stand for a consent

	// Default is the body of the entry of a built-in kind in the language of the
	// file (purpose: …, basis: …). It stands if the file has no entry of that
	// name; an entry takes from it whatever keys it does not have itself.
	Default []byte
}

// Field is one piece of data that a kind can hold.
type Field struct {
	Name     string
	Category string // fideslang data category key, e.g. user.contact.email
	Title    Text
	Source   string // person | device | derived | third-party (Art. 14)
	When     Text   // when this field is collected, if not when the kind says
	Needs    string // the setting without which the field is not held
}

// Set is a name for several fields that belong together.
type Set struct {
	Name   string
	Fields []string
	Title  Text
}

// Moment is a point in a datum's life that a retention rule can count from.
type Moment struct {
	Name  string
	Title Text
}

// SettingType is the form of a setting's value.
type SettingType string

// The forms of settings. A value of each has one Go type, in brackets.
const (
	SettingBool        SettingType = "bool"        // [bool]
	SettingInt         SettingType = "int"         // [int]
	SettingPercent     SettingType = "percent"     // [float64, 0 to 1]
	SettingPeriod      SettingType = "period"      // [period.Period]
	SettingString      SettingType = "string"      // [string]
	SettingStrings     SettingType = "strings"     // [[]string]
	SettingText        SettingType = "text"        // [Text]
	SettingRate        SettingType = "rate"        // [Rate]
	SettingTruncation  SettingType = "truncation"  // [Truncation]
	SettingForward     SettingType = "forward"     // [[]Forward], a map by recipient
	SettingFlags       SettingType = "flags"       // [map[string]bool], keys as in Keys
	SettingRecipients  SettingType = "recipients"  // [[]string], keys of declared recipients
	SettingRecipient   SettingType = "recipient"   // [string], key of a declared recipient
	SettingDepartments SettingType = "departments" // [[]string], keys of declared departments
	SettingGroup       SettingType = "group"       // [Settings], a map of the settings in Parts
	SettingTexts       SettingType = "texts"       // [[]Named], a map of names to texts by language
)

// SettingSpec declares a setting of a kind.
type SettingSpec struct {
	Name     string
	Type     SettingType
	Title    Text
	Required bool
	Default  any           // in the Go type above; nil: the zero value
	Keys     []string      // of SettingFlags, and the values allowed for a string or protocols of a forward
	All      bool          // a list has to name each of Keys
	Parts    []SettingSpec // of SettingGroup; Required: once the group is given
	Consent  bool          // what it switches on needs a consent
	Proof    bool          // of SettingBool: when false, a consent cannot be proven
}

// Rate is so many requests per time, with a burst above it.
type Rate struct {
	Requests int
	Per      period.Period
	Burst    int
}

// Named is a text with the name by which the program knows it.
type Named struct {
	Name string
	Text Text
}

// Truncation is how many leading bits of an address remain.
type Truncation struct{ IPv4, IPv6 int }

// Forward is how a delivery reaches a recipient.
type Forward struct {
	At        Pos
	Recipient string
	Protocol  string
	Options   map[string]string
}

// Settings are the resolved settings of an activity: what the file says, else
// the kind's default. The getters return the zero value for a name that the
// kind does not declare.
type Settings map[string]any

// Bool returns the setting name.
func (s Settings) Bool(name string) bool { v, _ := s[name].(bool); return v }

// Int returns the setting name.
func (s Settings) Int(name string) int { v, _ := s[name].(int); return v }

// Percent returns the setting name as a share of one.
func (s Settings) Percent(name string) float64 { v, _ := s[name].(float64); return v }

// Period returns the setting name.
func (s Settings) Period(name string) period.Period { v, _ := s[name].(period.Period); return v }

// String returns the setting name.
func (s Settings) String(name string) string { v, _ := s[name].(string); return v }

// Strings returns the setting name.
func (s Settings) Strings(name string) []string { v, _ := s[name].([]string); return v }

// Text returns the setting name.
func (s Settings) Text(name string) Text { v, _ := s[name].(Text); return v }

// Rate returns the setting name.
func (s Settings) Rate(name string) Rate { v, _ := s[name].(Rate); return v }

// Truncation returns the setting name.
func (s Settings) Truncation(name string) Truncation { v, _ := s[name].(Truncation); return v }

// Forwards returns the setting name.
func (s Settings) Forwards(name string) []Forward { v, _ := s[name].([]Forward); return v }

// Group returns the settings in the group name, nil if it is not given.
func (s Settings) Group(name string) Settings { v, _ := s[name].(Settings); return v }

// Texts returns the setting name, in the order of the file.
func (s Settings) Texts(name string) []Named { v, _ := s[name].([]Named); return v }

// Flag returns one key of the setting name.
func (s Settings) Flag(name, key string) bool { v, _ := s[name].(map[string]bool); return v[key] }

// field returns the field called name, nil if the kind has none.
func (k *Kind) field(name string) *Field {
	for i := range k.Fields {
		if k.Fields[i].Name == name {
			return &k.Fields[i]
		}
	}
	return nil
}

// set returns the set called name, nil if the kind has none.
func (k *Kind) set(name string) *Set {
	for i := range k.Sets {
		if k.Sets[i].Name == name {
			return &k.Sets[i]
		}
	}
	return nil
}

// knows reports whether every ref names a field or a set of the kind.
func (k *Kind) knows(refs []Ref) bool {
	for _, ref := range refs {
		if k.field(ref.Name) == nil && k.set(ref.Name) == nil {
			return false
		}
	}
	return true
}

// dataNames returns the names that data may list.
func (k *Kind) dataNames() []string {
	var names []string
	for _, f := range k.Fields {
		names = append(names, f.Name)
	}
	for _, s := range k.Sets {
		names = append(names, s.Name)
	}
	return names
}

// momentNames returns the names that a rule may count from.
func (k *Kind) momentNames() []string {
	var names []string
	for _, m := range k.Moments {
		names = append(names, m.Name)
	}
	return names
}
