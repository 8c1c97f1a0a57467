package manifest

import "fmt"

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
// there is none. From and To hold addresses; the first of Texts that holds
// something is the text.
type Letter struct {
	At, From, To, Title string
	Texts               []string
}

// checkRights returns an error if what t says for people's rights names what is
// not there.
func (t *Table) checkRights() error {
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
		named = append(append(named, l.At, l.From, l.To, l.Title), l.Texts...)
	}
	for _, name := range named {
		if name == "" {
			continue
		}
		if _, ok := t.Column(name); !ok {
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
