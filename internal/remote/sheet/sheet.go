package sheet

import (
	"fmt"
	"strings"

	"kept/internal/fault"
	"kept/internal/remote/card"
)

// The bounds of a file. Who has more contacts than this has a directory.
const (
	MostBytes   = 128 << 20 // of a file; vCards carry photos
	mostRows    = 100_000
	mostColumns = 512
	mostCell    = 32 << 10 // bytes of a cell or a value, apart from photos
)

// Entry is a contact of a file.
type Entry struct {
	// ID stays the same from file to file: what the file calls it, else the first
	// mail address, else the name.
	ID    string
	Card  card.Card
	Photo []byte // as the file has it; nil if it has none

	line int
}

// place is where something stands in a file: file:row:column, each counted from 1.
type place struct {
	file         string
	line, column int
}

func (p place) String() string { return fmt.Sprintf("%s:%d:%d", p.file, p.line, p.column) }

// wrong is Invalid with the place of a mistake.
func (p place) wrong(format string, args ...any) error {
	return fault.New(fault.Invalid, "%s: %s", p, fmt.Sprintf(format, args...))
}

// entries collects the contacts of a file and sees to it that each has an id of its
// own.
type entries struct {
	file string
	all  []Entry
	at   map[string]int // by id: line
}

// add takes a contact; id is what the file calls it, empty if nothing.
func (s *entries) add(line int, id string, c card.Card, photo []byte) error {
	here := place{s.file, line, 1}
	if len(s.all) == mostRows {
		return fault.New(fault.TooLarge, "%s: more than %d contacts; divide the file", here, mostRows)
	}
	if id = identity(id, c); id == "" {
		return here.wrong("the contact has neither an id nor a mail address nor a name")
	}
	if first, twice := s.at[id]; twice {
		return here.wrong("the contact is the one of row %d again (%s); remove one of them or give each an id", first, id)
	}
	s.at[id] = line
	s.all = append(s.all, Entry{ID: id, Card: c, Photo: photo, line: line})
	return nil
}

func identity(id string, c card.Card) string {
	if id = strings.TrimSpace(id); id != "" {
		return id
	}
	if len(c.Emails) > 0 {
		return strings.ToLower(c.Emails[0].Address)
	}
	if name := strings.ToLower(c.Name()); name != "" {
		return "name:" + name
	}
	return ""
}

// email adds a mail address. What is none is told, except an address that only the
// mail server that it stems from understands.
func email(c *card.Card, text string) error {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasPrefix(strings.ToLower(text), "/o=") {
		return nil
	}
	name, domain, _ := strings.Cut(text, "@")
	if name == "" || domain == "" || strings.ContainsAny(text, " <>,;\n") {
		return fmt.Errorf("%.60q is no mail address", text)
	}
	for _, e := range c.Emails {
		if strings.EqualFold(e.Address, text) {
			return nil
		}
	}
	c.Emails = append(c.Emails, card.Email{Address: text})
	return nil
}

func phone(c *card.Card, use card.Use, number string) {
	if number = strings.TrimSpace(number); number != "" {
		c.Phones = append(c.Phones, card.Phone{Use: use, Number: number})
	}
}

func category(c *card.Card, text string) {
	if text = strings.TrimSpace(text); text != "" {
		c.Categories = append(c.Categories, text)
	}
}
