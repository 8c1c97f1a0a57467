package roster

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"kept/internal/fault"
	"kept/internal/remote/card"
)

// Rule says what happens to a field of a contact.
type Rule string

// The rules.
const (
	Overwrite Rule = "overwrite" // it says what the source says
	Write     Rule = "write"     // it is filled while it is empty; what its owner typed stays
	Clear     Rule = "clear"     // it is emptied
	Keep      Rule = "keep"      // it is not touched
)

// Fields are the parts of a card that a rule can be about, in the order in which
// people read a contact.
var Fields = []string{
	"prefix", "first", "middle", "last", "suffix", "display", "nickname", "company", "department", "office", "title", "manager",
	"emails", "phones", "addresses", "website", "birthday", "note", "categories", "photo",
}

// Rules are the rule of each field. A field without one is overwritten, but for
// notes and categories, which are their owner's.
type Rules map[string]Rule

// Check returns Invalid for a field or a rule that does not exist.
func (r Rules) Check() error {
	for field, rule := range r {
		if !slices.Contains(Fields, field) {
			return fault.New(fault.Invalid, "a contact has no field %q", field)
		}
		if !slices.Contains([]Rule{Overwrite, Write, Clear, Keep}, rule) {
			return fault.New(fault.Invalid, "%q is no rule for a field; there are overwrite, write, clear and keep", rule)
		}
	}
	return nil
}

// Of returns the rule of a field.
func (r Rules) Of(field string) Rule {
	if rule, ok := r[field]; ok {
		return rule
	}
	if field == "note" || field == "categories" || field == "nickname" {
		return Keep
	}
	return Overwrite
}

// By returns the fields that have a rule.
func (r Rules) By(rule Rule) []string {
	var all []string
	for _, f := range Fields {
		if r.Of(f) == rule {
			all = append(all, f)
		}
	}
	return all
}

// Written is the card that is written under the rules: what is kept or cleared is
// not in it.
func (r Rules) Written(c card.Card) card.Card {
	for _, f := range append(r.By(Keep), r.By(Clear)...) {
		Empty(&c, f)
	}
	return c
}

// New are the fields that a new contact is written with: all but those that are
// left to its owner.
func (r Rules) New() []string { return append(r.By(Overwrite), r.By(Write)...) }

// Changed are the fields that an existing contact is changed in, of which blank
// says whether its owner has left them empty.
func (r Rules) Changed(blank func(field string) bool) []string {
	fields := append(r.By(Overwrite), r.By(Clear)...)
	for _, f := range r.By(Write) {
		if blank(f) {
			fields = append(fields, f)
		}
	}
	return slices.DeleteFunc(fields, func(f string) bool { return f == "photo" })
}

// Asks reports whether a change has to look at the contact first.
func (r Rules) Asks() bool {
	return slices.ContainsFunc(r.By(Write), func(f string) bool { return f != "photo" })
}

// Hash is of what is written for a card under the rules: if it is the one that was
// written before, there is nothing to do.
func (r Rules) Hash(c card.Card) string {
	text, err := json.Marshal([]any{r.Written(c).Hash(), r.By(Clear), r.By(Write)})
	if err != nil {
		panic("roster: strings cannot fail to be written: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Blank reports whether a card has nothing in a field.
func Blank(c card.Card, field string) bool {
	before := c.Hash()
	Empty(&c, field)
	return c.Hash() == before
}

// Empty empties a field of a card.
func Empty(c *card.Card, field string) {
	switch field {
	case "emails":
		c.Emails = nil
	case "phones":
		c.Phones = nil
	case "addresses":
		c.Addresses = nil
	case "categories":
		c.Categories = nil
	case "photo":
		c.Photo = nil
	default:
		*textOf(c, field) = ""
	}
}

// textOf is a field of a card that is one text.
func textOf(c *card.Card, field string) *string {
	switch field {
	case "prefix":
		return &c.Prefix
	case "first":
		return &c.First
	case "middle":
		return &c.Middle
	case "last":
		return &c.Last
	case "suffix":
		return &c.Suffix
	case "display":
		return &c.Display
	case "nickname":
		return &c.Nickname
	case "company":
		return &c.Company
	case "department":
		return &c.Department
	case "office":
		return &c.Office
	case "title":
		return &c.Title
	case "manager":
		return &c.Manager
	case "website":
		return &c.Website
	case "birthday":
		return &c.Birthday
	case "note":
		return &c.Note
	}
	panic("roster: no text of a contact: " + field)
}
