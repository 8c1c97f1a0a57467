package roster

import "strings"

// A contact of ours carries a mark: whose it is, which person it is of, and the
// hash of what was written. It is found by it whatever its owner renames, and what
// bears none is not ours.

const (
	markBegin = "kept1:"
	markEnd   = "|"
)

// Mark is what stands in the one extended property of a contact.
type Mark struct {
	Owner  string // id of the synchronisation that wrote it
	Person string // our id of the person: random, it says nothing
	Hash   string // of what was written
}

// String is the mark as it is written.
func (m Mark) String() string { return markBegin + m.Owner + ":" + m.Person + markEnd + m.Hash }

// ParseMark reads a mark; false if it is none of ours.
func ParseMark(text string) (Mark, bool) {
	rest, ours := strings.CutPrefix(text, markBegin)
	who, hash, whole := strings.Cut(rest, markEnd)
	owner, person, named := strings.Cut(who, ":")
	if !ours || !whole || !named || owner == "" || person == "" {
		return Mark{}, false
	}
	return Mark{Owner: owner, Person: person, Hash: hash}, true
}
