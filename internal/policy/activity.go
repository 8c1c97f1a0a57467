package policy

import (
	"slices"

	"kept/internal/policy/source"
)

// Basis is a legal basis of Art. 6(1) GDPR.
type Basis string

// The bases, in the order of Art. 6(1).
const (
	Consent             Basis = "consent"
	Contract            Basis = "contract"
	LegalObligation     Basis = "legal-obligation"
	VitalInterests      Basis = "vital-interests"
	PublicTask          Basis = "public-task"
	LegitimateInterests Basis = "legitimate-interests"
)

// Ref is a name used in the file, with its place.
type Ref struct {
	At   Pos
	Name string
}

// Activity is one thing that the offer does with personal data.
type Activity struct {
	At           Pos
	Key          string // its name in the file
	Kind         string // what performs it; the name unless the file says otherwise
	Title        Text   // built from the kind if absent
	Purpose      string // fideslang data use key
	Basis        Basis
	Explicit     bool   // the consent is given expressly, for this alone (Art. 9(2)(a))
	Law          string // the duty, for a legal obligation
	Interest     Text   // the interest, for legitimate interests
	Group        string // the consent group, for consent
	Data         []Ref  // fields and named sets as written
	Cookies      []Cookie
	Recipients   []Delivery
	OnWithdrawal Action // delete unless the file says anonymise
	Settings     Settings
	Retention    []Rule
	Dataset      string    // for kind external: path of the fideslang dataset
	Described    []Field   // for kind external: data that is described in place
	Moments      []Moment  // for kind external: moments beside the common ones
	Provision    Provision // must the data be given, Art. 13(2)(e)

	People     []string  // whom the data is about, keys of the taxonomy; the kind's unless given
	OnBehalfOf Text      // for whom it is done: we are their processor, Art. 28, 30(2)
	Also       []Ground  // further legal bases, each for a part
	Access     []Ref     // departments that see the data
	Decision   *Decision // automated decision or profiling, Art. 13(2)(f), 22
	Origin     Text      // where the data comes from if not from the person, Art. 14(2)(f)

	keys     places
	words    *Kind           // what the kind, or an external entry itself, brings; set by Check
	settings *source.Node    // as written; Check resolves them
	fields   map[string]bool // Data with sets expanded, filled by Check
	order    []string        // the same in the order of the file
}

// Words are the vocabulary of the activity: its kind's, or for an external one
// its own. Never nil; empty before Check and for an unknown kind.
func (a *Activity) Words() *Kind {
	if a.words == nil {
		return &Kind{Name: a.Kind}
	}
	return a.words
}

// Has reports whether the activity declares the field, alone or in a set.
func (a *Activity) Has(field string) bool { return a.fields[field] }

// Fields returns the fields that the activity declares, sets expanded, in the
// order of the file.
func (a *Activity) Fields() []string { return slices.Clone(a.order) }

// Delivery is a recipient with the fields that it gets and no others. Of a host
// they are what lies on its machines: nothing is sent to it.
type Delivery struct {
	At        Pos
	Recipient string
	Fields    []Ref

	broken bool // Fields could not be read
	whole  bool
	gets   []string // Fields with sets taken apart; nil before Check
}

// Gets reports whether the recipient gets a field, named itself or in a set.
func (d Delivery) Gets(field string) bool {
	if d.gets == nil {
		return slices.ContainsFunc(d.Fields, func(f Ref) bool { return f.Name == field })
	}
	return slices.Contains(d.gets, field)
}

// Whole reports whether the file says all, instead of naming fields. Fields are
// then, after Check, those of the activity.
func (d Delivery) Whole() bool { return d.whole }

// Ground is a further legal basis of an activity, for a part of it. A consent
// here is asked for outside the banner.
type Ground struct {
	At       Pos
	Basis    Basis
	For      Text // the part that rests on it
	Interest Text // for legitimate interests
	Law      string

	keys places
}

// Decision is an automated decision about a person, or profiling.
type Decision struct {
	At           Pos
	Kind         string // decision | profiling
	Logic        Text   // how it comes about
	Consequences Text   // what it means for the person
	Ground       string // contract | law | explicit-consent, Art. 22(2)

	keys places
}

// Provision says whether the person must give the data (Art. 13(2)(e)).
type Provision struct {
	Required    string // "" | statute | contract | needed
	Data        []Ref  // the fields and sets that must be given; empty: all of them
	Consequence Text
}
