package source

import "fmt"

// Pos is a place in a file, counted in lines and characters from 1. The zero
// Pos is unknown.
type Pos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// String returns line:column.
func (p Pos) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Column) }

// Before reports whether p lies before q in the file.
func (p Pos) Before(q Pos) bool {
	return p.Line < q.Line || p.Line == q.Line && p.Column < q.Column
}

// Kind is the form of a node.
type Kind int

// The forms.
const (
	Nothing Kind = iota // a key without a value, or null
	Unread              // a value of a refused form, about which a mistake was returned
	Text
	Number
	Truth // true or false
	List
	Map
)

// String says the form in words for people.
func (k Kind) String() string {
	return [...]string{"nothing", "unreadable", "text", "a number", "true or false", "a list", "a map"}[k]
}

// Node is a value of the file.
type Node struct {
	Pos
	Kind    Kind
	Scalar  string  // of Text, Number and Truth: the value as written, without quotes
	Entries []Entry // of Map, in the order of the file, doubles included
	Items   []*Node // of List
}

// Entry is a key of a map with its value.
type Entry struct {
	Pos
	Key   string
	Value *Node
}

// Fault is a way in which a file is not readable. Its value is the code under
// which the policy language explains it.
type Fault string

// The faults.
const (
	TooLarge  Fault = "K101"
	NotUTF8   Fault = "K102"
	NotYAML   Fault = "K103"
	Tab       Fault = "K104"
	Reference Fault = "K105" // anchor, alias, merge key
	Tag       Fault = "K106"
	Documents Fault = "K107"
	TooDeep   Fault = "K108"
	Empty     Fault = "K109"
	Unseen    Fault = "K129"
)

// Mistake is one fault at one place.
type Mistake struct {
	Pos
	Fault   Fault
	Problem string
}
