package roster

import (
	"slices"
	"strings"

	"kept/internal/remote/card"
)

// Spoiled returns the parts of a contact that its owner changed and that the rules
// do not leave to them: is is the contact as it stands, want what was written. How a
// mailbox spells what it was given is no change. Photos are not looked at.
func (r Rules) Spoiled(is, want card.Card) []string {
	return slices.DeleteFunc(slices.Clone(Fields), func(field string) bool {
		if field == "photo" {
			return true
		}
		switch r.Of(field) {
		case Overwrite:
			return alike(field, is, want)
		case Write:
			return !Blank(is, field) || Blank(want, field)
		case Clear:
			return Blank(is, field)
		}
		return true
	})
}

// alike reports whether two cards say the same in a field.
func alike(field string, is, want card.Card) bool {
	if field == "display" { // a mailbox has a display name for everybody
		return want.Name() == "" || strings.EqualFold(plain(is.Display), plain(want.Name()))
	}
	a, b := said(is, field), said(want, field)
	return slices.Equal(a, b)
}

// said is what a card says in a field, without what is mere spelling.
func said(c card.Card, field string) (all []string) {
	switch field {
	case "emails":
		for _, e := range c.Emails {
			all = append(all, strings.ToLower(plain(e.Address)))
		}
		return all
	case "phones":
		for _, p := range c.Phones {
			all = append(all, string(p.Use)+" "+digits(p.Number))
		}
	case "addresses":
		for _, a := range c.Addresses {
			all = append(all, string(a.Use)+" "+plain(a.Street+"\n"+a.City+"\n"+a.Region+"\n"+a.Code+"\n"+a.Country))
		}
	case "categories":
		for _, word := range c.Categories {
			all = append(all, strings.ToLower(plain(word)))
		}
	case "website":
		all = []string{strings.TrimRight(plain(c.Website), "/")}
	default:
		all = []string{plain(*textOf(&c, field))}
	}
	slices.Sort(all)
	return all
}

// plain is a text whose lines and spaces are written in one way.
func plain(text string) string { return strings.Join(strings.Fields(text), " ") }
