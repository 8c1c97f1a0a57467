package manifest

import (
	"fmt"
	"slices"
	"strings"
)

// Others is what a person's copy does with a value that can hold data of other
// people (Art. 15(4) GDPR). That it was done is said in the copy.
type Others int

// What is done.
const (
	OwnOnly  Others = iota // the value is about the person alone
	Masked                 // a text: names, addresses and words of others are masked in it
	Withheld               // a program cannot tell apart what is whose: a person hands it out
)

// Appointment names the columns that make a row an appointment; empty where there
// is none. Either Start stands, or Intervals: JSON, a list of ISO 8601 intervals.
type Appointment struct{ Start, End, Intervals, Title, Place string }

// Letter names the columns that make a row a letter or a message; empty where
// there is none. "table.column" is a column of a row above: of the one that this
// row hangs on (Table.Parent), or further up. Of Texts and of Address, which is the
// person's, the first that holds something counts. The person wrote it, to the
// controller; where a column called Way holds one of Ours, it is the other way round.
type Letter struct {
	At, Title      string
	Texts, Address []string
	Way            string
	Ours           []string
}

// Columns are the columns that l names, those above too.
func (l *Letter) Columns() []string {
	return slices.DeleteFunc(slices.Concat([]string{l.At, l.Title, l.Way}, l.Texts, l.Address), func(name string) bool { return name == "" })
}

// Above returns the column called name of a row above those of t, as a letter names
// it: with its table in front.
func (m *Manifest) Above(t *Table, name string) (*Table, *Column, bool) {
	table, column, _ := strings.Cut(name, ".")
	for range m.Tables {
		above, ok := m.Table(t.Parent)
		if !ok {
			break
		}
		if c, ok := above.Column(column); ok && above.Name == table {
			return above, c, true
		}
		t = above
	}
	return nil, nil, false
}

// checkRights returns an error if what t says for people's rights names what is
// not there.
func (m *Manifest) checkRights(t *Table) error {
	named := []string{t.Shared}
	if a := t.Appointment; a != nil {
		if a.Start == "" && a.Intervals == "" {
			return fmt.Errorf("table %s: an appointment says when it is", t.Name)
		}
		named = append(named, a.Start, a.End, a.Intervals, a.Title, a.Place)
	}
	if l := t.Letter; l != nil {
		if l.At == "" || len(l.Texts) == 0 {
			return fmt.Errorf("table %s: a letter has a time and a text", t.Name)
		}
		named = append(named, l.Columns()...)
	}
	for _, name := range named {
		if name == "" {
			continue
		}
		_, _, above := m.Above(t, name)
		if _, ok := t.Column(name); !ok && (!above || t.Letter == nil) {
			return fmt.Errorf("table %s: the column %s, which its rights name, is missing", t.Name, name)
		}
	}
	for _, c := range t.Columns {
		if c.Space != "" && c.Class != Indexed {
			return fmt.Errorf("column %s.%s has a space and is not indexed", t.Name, c.Name)
		}
	}
	return nil
}
