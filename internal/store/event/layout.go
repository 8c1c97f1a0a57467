package event

import (
	"fmt"
	"regexp"
	"sync/atomic"

	"kept/internal/fault"
	"kept/internal/manifest"
)

// layout is a declared table as the store lays it out.
type layout struct {
	manifest.Table
	at      manifest.Column
	columns []manifest.Column      // what Row.Values stand for
	person  bool                   // rows may be about a person
	words   bool                   // some column is a word
	last    atomic.Pointer[lookup] // the latest
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// layoutOf checks that t is a table that the store can keep.
func layoutOf(t manifest.Table) (*layout, error) {
	l := &layout{Table: t, person: t.Subject == manifest.PersonColumn}
	found := map[string]bool{}
	for _, c := range t.Columns {
		found[c.Name] = true
		switch {
		case !nameForm.MatchString(c.Name):
			return nil, unfit(t, "the column name %q", c.Name)
		case c.Name == "at":
			l.at = c
		case c.Name == "id", c.Name == manifest.PersonColumn:
		case c.Class == manifest.Word && c.Type != manifest.TextType:
			return nil, unfit(t, "column %s: a word is text", c.Name)
		case c.Class == manifest.Sealed, c.Class == manifest.Indexed:
			return nil, unfit(t, "column %s: a column of events is clear or a word", c.Name)
		default:
			l.columns = append(l.columns, c)
			l.words = l.words || c.Class == manifest.Word
		}
	}
	switch {
	case !nameForm.MatchString(t.Name):
		return nil, unfit(t, "its name")
	case !found["id"] || !found["at"]:
		return nil, unfit(t, "the columns id and at are not declared")
	case found[manifest.PersonColumn] != l.person:
		return nil, unfit(t, "the column person is declared if and only if Subject names it")
	case len(l.columns) == 0:
		return nil, unfit(t, "it has no column besides id, at and person")
	}
	return l, nil
}

func unfit(t manifest.Table, format string, args ...any) error {
	return fault.New(fault.Internal, "the event table %s cannot be kept: %s", t.Name, fmt.Sprintf(format, args...))
}

// stored are the columns that an insert names, in the order of a row's values.
func (l *layout) stored() []string {
	names := []string{"id"}
	if l.person {
		names = append(names, manifest.PersonColumn)
	}
	for _, c := range l.columns {
		names = append(names, c.Name)
	}
	return names
}

// wordColumns names the columns that hold words.
func (l *layout) wordColumns() []string {
	var names []string
	for _, c := range l.columns {
		if c.Class == manifest.Word {
			names = append(names, c.Name)
		}
	}
	return names
}
