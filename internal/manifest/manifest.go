package manifest

import (
	"fmt"

	"kept/internal/policy"
)

// Manifest is what one room declares.
type Manifest struct {
	policy.Kind
	Tables []Table
}

// Shape is how a table's rows are laid out.
type Shape int

// The shapes.
const (
	Rows    Shape = iota // one ordinary table
	Monthly              // events, one partition a calendar month
	Daily                // events, one partition a day
)

// Table is one table of the room.
type Table struct {
	Name    string
	About   string // what a row is, in English, for register and auditor
	Shape   Shape
	Columns []Column

	// Subject names the column that holds the subject's id, empty if no row is
	// about one person. In event tables the store keeps the link itself and
	// Subject is PersonColumn or empty.
	Subject string

	// Parent names the table that this one's rows hang on and are deleted with;
	// erasure goes children first.
	Parent string
	// ParentKey is the column here that holds the parent's key.
	ParentKey string

	// Activity names the column that holds the key of the policy's entry that a row
	// belongs to, where a kind keeps the rows of several entries in one table:
	// each entry's rules act on its own rows. Empty: the kind has one entry, or the
	// row hangs on one that says.
	Activity string

	// Proof says where the proof of the consent that a row rests on lies, where the
	// kind asks for it itself. Nil: this room keeps none for these rows.
	Proof *Proof

	// Shared names the column by whose value rows of several people stand for one
	// thing that they share, a recording for instance: before an erasure takes one
	// person's row, a person decides about the others' (rights.Decides).
	Shared string

	// Evidence says that rows prove what was said or done then: they are never
	// corrected (Art. 16 GDPR); what follows from them is.
	Evidence bool

	// Appointment and Letter say that a row is one, so that a person gets it in the
	// format that calendars and mail programs read. Nil: it is not.
	Appointment *Appointment
	Letter      *Letter

	// Moments maps a moment of the language to the column that holds its time
	// (UTC milliseconds, null while it has not come).
	Moments map[string]string

	// Keep is how a table that no activity's rule governs ends: platform tables
	// name the built-in activity whose rules apply, or say why they hold no
	// personal data.
	Impersonal string
}

// PersonColumn is the event-table column that stands for a person: a number
// whose meaning is sealed under that person's key.
const PersonColumn = "person"

// Class is how a column's value is protected.
type Class int

// The classes.
const (
	Clear   Class = iota // readable by whoever reads the database
	Sealed               // AES-256-GCM under a key of subject and rule
	Indexed              // an HMAC of the normalised value, to find and to be unique
	Word                 // event tables: a number, the word stands in the partition's dictionary
)

// Anonymiser is what anonymising does to a column.
type Anonymiser int

// The anonymisers. The zero Anonymiser is Drop: nothing stays that nobody
// thought about.
const (
	Drop         Anonymiser = iota // null, or the type's empty value
	Retain                         // says nothing about one person
	CoarsenHour                    // the hour of a time
	CoarsenDay                     // the day of a time
	StripQuery                     // a URL without query and fragment
	TruncateAddr                   // an address without its host part, as the activity's setting says
)

// Type is the type of a column in the portable SQL both databases share.
type Type int

// The types.
const (
	TextType  Type = iota // text
	IntType               // bigint
	TimeType              // bigint, UTC milliseconds
	BoolType              // boolean
	BytesType             // blob, bytea
	JSONType              // text, decoded in Go
)

// Column is one column of a table.
type Column struct {
	Name string
	Type Type
	// Field is the field of the language that the column stores; empty for a
	// technical column, which then says Why it is there.
	Field     string
	Why       string
	Class     Class
	Null      bool
	Anonymise Anonymiser
	// Others says that the value can hold data of other people too.
	Others Others
	// Space is the space of the vault's blind index in which an Indexed column is found
	// (vault.Index), so that the index follows a corrected value of the same field in
	// its row.
	Space string
	// Show is how the person meets the column in a copy; the zero Show is right
	// for most.
	Show Show
}

// Show says how a person meets a column. It changes no stored value and leaves
// nothing out: what it folds away stands one click further.
type Show struct {
	// Title is what people call the column. It is needed where several columns
	// store one field, whose title then fits none of them, and where a technical
	// column should speak the person's language.
	Title policy.Text
	// Says are words for the values that the program itself writes.
	Says  map[string]policy.Text
	Place Place
	// Leads is the page of the privacy center where the person finds what the
	// column stands for; {name} is the value of the row's column called name.
	Leads string
}

// Place is where in an entry a column stands.
type Place int

// The places.
const (
	Usual  Place = iota // in the order of the declaration; technical columns fold
	First               // before all others: what happened
	Folded              // under the technical details, though it stores a field
)

// Table returns the declared table called name.
func (m *Manifest) Table(name string) (*Table, bool) {
	for i := range m.Tables {
		if m.Tables[i].Name == name {
			return &m.Tables[i], true
		}
	}
	return nil, false
}

// Column returns the declared column called name.
func (t *Table) Column(name string) (*Column, bool) {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i], true
		}
	}
	return nil, false
}

// Storing returns the columns of t that store field.
func (t *Table) Storing(field string) []*Column {
	var found []*Column
	for i := range t.Columns {
		if t.Columns[i].Field == field {
			found = append(found, &t.Columns[i])
		}
	}
	return found
}

// Vocabulary collects the words of several manifests for the policy check.
func Vocabulary(ms []Manifest) policy.Vocabulary {
	v := policy.Vocabulary{}
	for i := range ms {
		v[ms[i].Name] = &ms[i].Kind
	}
	return v
}

// Check returns an error that names the first inconsistency of the manifest
// itself: a column whose field the kind does not declare, a moment without a
// column, a technical column that does not say why, a name used twice.
func (m *Manifest) Check() error {
	fields := map[string]bool{}
	for _, f := range m.Fields {
		if fields[f.Name] {
			return fmt.Errorf("manifest %s: field %s is declared twice", m.Name, f.Name)
		}
		fields[f.Name] = true
	}
	for _, s := range m.Sets {
		for _, f := range s.Fields {
			if !fields[f] {
				return fmt.Errorf("manifest %s: set %s names the unknown field %s", m.Name, s.Name, f)
			}
		}
	}
	moments := map[string]bool{}
	for _, x := range m.Moments {
		moments[x.Name] = true
	}
	seen := map[string]bool{}
	for i := range m.Tables {
		t := &m.Tables[i]
		if seen[t.Name] {
			return fmt.Errorf("manifest %s: table %s is declared twice", m.Name, t.Name)
		}
		seen[t.Name] = true
		err := t.check(fields, moments)
		if err == nil {
			err = m.checkProof(t)
		}
		if err == nil {
			err = m.checkRights(t)
		}
		if err != nil {
			return fmt.Errorf("manifest %s: %w", m.Name, err)
		}
	}
	return nil
}

func (t *Table) check(fields, moments map[string]bool) error {
	names := map[string]bool{}
	for _, c := range t.Columns {
		switch {
		case names[c.Name]:
			return fmt.Errorf("column %s.%s is declared twice", t.Name, c.Name)
		case c.Field == "" && c.Why == "":
			return fmt.Errorf("column %s.%s stores no field and does not say why it is there", t.Name, c.Name)
		case c.Show.Place == First && c.Field == "" && c.Show.Title == nil:
			return fmt.Errorf("column %s.%s comes first and has no title", t.Name, c.Name)
		case c.Field != "" && !fields[c.Field]:
			return fmt.Errorf("column %s.%s stores the unknown field %s", t.Name, c.Name, c.Field)
		}
		names[c.Name] = true
	}
	for m, col := range t.Moments {
		if !moments[m] {
			return fmt.Errorf("table %s counts from the unknown moment %s", t.Name, m)
		}
		if !names[col] {
			return fmt.Errorf("table %s: moment %s names the missing column %s", t.Name, m, col)
		}
	}
	if t.Activity != "" && !names[t.Activity] {
		return fmt.Errorf("table %s: the column of the activity, %s, is missing", t.Name, t.Activity)
	}
	if t.Subject != "" && t.Shape == Rows && !names[t.Subject] {
		return fmt.Errorf("table %s: the subject column %s is missing", t.Name, t.Subject)
	}
	return nil
}
