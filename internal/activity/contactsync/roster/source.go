package roster

import (
	"cmp"
	"slices"
	"strings"

	"kept/internal/remote/card"
)

// Entry is one contact as a source has it.
type Entry struct {
	Source string // key of the source
	ID     string // the source's own, stable
	Card   card.Card
	Groups []string // ids of groups in the source
}

// Source is where entries come from, and what of them counts.
type Source struct {
	Key      string
	Priority int      // lower speaks first where several say something about one person
	First    []string // fields about which it speaks before all others, whatever the priority
	Filter   Filter
}

// Filter chooses entries. Empty parts choose all.
type Filter struct {
	Groups      []string `json:"groups,omitempty"`      // in one of these
	Departments []string `json:"departments,omitempty"` // in one of these, whatever the case
	Domains     []string `json:"domains,omitempty"`     // with a mail address in one of these
	Without     []string `json:"without,omitempty"`     // mail addresses or ids that are left out
	NeedEmail   bool     `json:"need_email,omitempty"`
	NeedPhone   bool     `json:"need_phone,omitempty"`
}

// Takes reports whether the filter chooses an entry.
func (f Filter) Takes(e Entry) bool {
	switch {
	case len(f.Groups) > 0 && !slices.ContainsFunc(f.Groups, func(g string) bool { return slices.Contains(e.Groups, g) }),
		len(f.Departments) > 0 && !contains(f.Departments, e.Card.Department),
		f.NeedEmail && len(e.Card.Emails) == 0,
		f.NeedPhone && len(e.Card.Phones) == 0,
		contains(f.Without, e.ID):
		return false
	}
	within := len(f.Domains) == 0
	for _, m := range e.Card.Emails {
		if contains(f.Without, m.Address) {
			return false
		}
		_, domain, _ := strings.Cut(m.Address, "@")
		within = within || contains(f.Domains, domain)
	}
	return within
}

func contains(list []string, text string) bool {
	return slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(strings.TrimSpace(x), strings.TrimSpace(text)) })
}

// Person is what all sources together say of one person.
type Person struct {
	Key  string   // of the first entry: source and id
	From []string // keys of all entries, the one that speaks first before the others
	Card card.Card
}

// keyOf names an entry among those of all sources.
func keyOf(e Entry) string { return e.Source + "/" + e.ID }

// Join makes one person of the entries that share a mail address, and chooses by
// each source's filter first. Of every part of the card the first source that has
// it speaks, and one that is named to be first about it before that; lists are joined, and what two sources say alike stands once. The
// result does not depend on the order of the entries.
func Join(sources []Source, entries []Entry) []Person {
	rank := map[string]int{}
	filters := map[string]Filter{}
	for _, s := range sources {
		rank[s.Key], filters[s.Key] = s.Priority, s.Filter
	}
	var chosen []Entry
	for _, e := range entries {
		if f, known := filters[e.Source]; known && f.Takes(e) {
			chosen = append(chosen, e)
		}
	}
	slices.SortFunc(chosen, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(rank[a.Source], rank[b.Source]), cmp.Compare(a.Source, b.Source), cmp.Compare(a.ID, b.ID))
	})
	return merge(chosen, together(chosen), sources)
}

// together returns for each entry the first one that is the same person: those that
// a chain of shared mail addresses ties together.
func together(entries []Entry) []int {
	first := make([]int, len(entries))
	var root func(i int) int
	root = func(i int) int {
		if first[i] != i {
			first[i] = root(first[i])
		}
		return first[i]
	}
	byEmail := map[string]int{}
	for i, e := range entries {
		first[i] = i
		for _, m := range e.Card.Emails {
			address := strings.ToLower(strings.TrimSpace(m.Address))
			j, met := byEmail[address]
			if !met {
				byEmail[address] = i
				continue
			}
			a, b := root(i), root(j)
			first[max(a, b)] = min(a, b)
		}
	}
	for i := range first {
		first[i] = root(i)
	}
	return first
}

func merge(entries []Entry, first []int, sources []Source) []Person {
	var all []Person
	var whole [][]Entry // of each person, the one that speaks first before the others
	at := map[int]int{}
	for i, e := range entries {
		n, begun := at[first[i]]
		if !begun {
			at[first[i]] = len(all)
			all = append(all, Person{Key: keyOf(e), From: []string{keyOf(e)}, Card: e.Card})
			whole = append(whole, []Entry{e})
			continue
		}
		all[n].From = append(all[n].From, keyOf(e))
		all[n].Card = fill(all[n].Card, e.Card)
		whole[n] = append(whole[n], e)
	}
	for i := range all {
		if len(whole[i]) > 1 {
			all[i].Card = prefer(all[i].Card, whole[i], sources)
		}
	}
	return all
}

// prefer has a card say, of the fields about which a source speaks first, what that source
// does.
func prefer(c card.Card, entries []Entry, sources []Source) card.Card {
	for _, s := range sources {
		for _, field := range s.First {
			var own, rest []Entry
			for _, e := range entries {
				if e.Source == s.Key {
					own = append(own, e)
				} else {
					rest = append(rest, e)
				}
			}
			var said card.Card
			for _, e := range append(own, rest...) {
				said = fill(said, e.Card)
			}
			put(&c, said, field)
		}
	}
	return c
}

// put copies a field of a card into another.
func put(into *card.Card, from card.Card, field string) {
	switch field {
	case "emails":
		into.Emails = from.Emails
	case "phones":
		into.Phones = from.Phones
	case "addresses":
		into.Addresses = from.Addresses
	case "categories":
		into.Categories = from.Categories
	case "photo":
		into.Photo = from.Photo
	default:
		*textOf(into, field) = *textOf(&from, field)
	}
}

// fill adds to a card what another one has beside it.
func fill(c, more card.Card) card.Card {
	for _, part := range []struct{ into, from *string }{
		{&c.Prefix, &more.Prefix}, {&c.First, &more.First}, {&c.Middle, &more.Middle}, {&c.Last, &more.Last}, {&c.Suffix, &more.Suffix},
		{&c.Display, &more.Display}, {&c.Nickname, &more.Nickname}, {&c.Company, &more.Company}, {&c.Department, &more.Department},
		{&c.Office, &more.Office}, {&c.Title, &more.Title}, {&c.Manager, &more.Manager}, {&c.Website, &more.Website},
		{&c.Birthday, &more.Birthday}, {&c.Note, &more.Note},
	} {
		*part.into = cmp.Or(*part.into, *part.from)
	}
	c.Emails = joined(c.Emails, more.Emails, func(e card.Email) string { return strings.ToLower(strings.TrimSpace(e.Address)) })
	c.Phones = joined(c.Phones, more.Phones, func(p card.Phone) string { return digits(p.Number) })
	c.Addresses = joined(c.Addresses, more.Addresses, func(a card.Address) string { return string(a.Use) })
	c.Categories = joined(c.Categories, more.Categories, func(s string) string { return strings.ToLower(s) })
	if c.Photo == nil {
		c.Photo = more.Photo
	}
	return c
}

// joined is a list with what another has that is not in it, told apart by a key.
func joined[T any](list, more []T, key func(T) string) []T {
	all := slices.Clone(list)
	seen := map[string]bool{}
	for _, x := range list {
		seen[key(x)] = true
	}
	for _, x := range more {
		if !seen[key(x)] {
			seen[key(x)] = true
			all = append(all, x)
		}
	}
	return all
}

// digits is a number without what people put between the digits.
func digits(number string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, number)
}
