package carddav

import (
	"cmp"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"kept/internal/remote/card"
	"kept/internal/remote/sheet"
)

// A card is edited as lines (RFC 2426), so that those that are not ours stay what
// they are.

// markName is the line by which what is written is known again.
const markName = "X-KEPT-MARK"

// line is a line of a card, unfolded: group.NAME;PARAMS:value.
type line struct{ group, name, text string }

// lines are those of a card, without BEGIN and END.
func lines(text string) (all []line) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.NewReplacer("\n ", "", "\n\t", "").Replace(text)
	for one := range strings.SplitSeq(text, "\n") {
		head, _, ok := strings.Cut(one, ":")
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(head, ";")
		group := ""
		if before, after, grouped := strings.Cut(name, "."); grouped {
			group, name = strings.ToUpper(before), after
		}
		if name = strings.ToUpper(strings.TrimSpace(name)); name != "BEGIN" && name != "END" {
			all = append(all, line{group, name, one})
		}
	}
	return all
}

// value is what stands behind the colon of a name's first line.
func value(all []line, name string) string {
	for _, l := range all {
		if l.name == name {
			_, text, _ := strings.Cut(l.text, ":")
			return text
		}
	}
	return ""
}

// Mark returns the mark of a card, empty if it has none.
func Mark(text string) string { return plain(value(lines(text), markName)) }

// Read returns what a card says, and its photo as the card has it.
func Read(name, text string) (card.Card, []byte, error) {
	found, err := sheet.Cards(name, []byte(text))
	if err != nil || len(found) == 0 {
		return card.Card{}, nil, err
	}
	return found[0].Card, found[0].Photo, nil
}

// Fresh returns a new card with a mark.
func Fresh(uid, mark string, c card.Card, jpeg []byte) string {
	all := []line{{name: "VERSION", text: "VERSION:3.0"}, {name: "UID", text: "UID:" + quoted(uid)}}
	return written(edited(all, mark, c, every, jpeg))
}

// Edit returns a card in which fields say what c says, with a mark; all else stays.
// With a photo that is replaced too.
func Edit(text, mark string, c card.Card, fields []string, jpeg []byte) string {
	return written(edited(lines(text), mark, c, fields, jpeg))
}

// every are the fields that a card has lines for.
var every = []string{
	"prefix", "first", "middle", "last", "suffix", "display", "nickname", "company", "department", "title",
	"emails", "phones", "addresses", "website", "birthday", "note", "categories",
}

func edited(all []line, mark string, c card.Card, fields []string, jpeg []byte) []line {
	has := map[string]bool{}
	for _, f := range fields {
		has[f] = true
	}
	set := func(name string, texts ...string) {
		all = without(all, name)
		for _, text := range texts {
			all = append(all, line{name: name, text: text})
		}
	}
	text := func(field, name, says string) {
		switch {
		case !has[field]:
		case says == "":
			set(name)
		default:
			set(name, name+":"+quoted(says))
		}
	}
	set(markName, markName+":"+quoted(mark))
	merged(has, &all, "N", []string{"last", "first", "middle", "prefix", "suffix"}, []string{c.Last, c.First, c.Middle, c.Prefix, c.Suffix})
	merged(has, &all, "ORG", []string{"company", "department"}, []string{c.Company, c.Department})
	text("nickname", "NICKNAME", c.Nickname)
	text("title", "TITLE", c.Title)
	text("website", "URL", c.Website)
	text("birthday", "BDAY", c.Birthday)
	text("note", "NOTE", c.Note)
	if has["emails"] {
		var some []string
		for _, e := range c.Emails {
			some = append(some, "EMAIL;TYPE=INTERNET:"+quoted(e.Address))
		}
		set("EMAIL", some...)
	}
	if has["phones"] {
		var some []string
		for _, p := range c.Phones {
			some = append(some, "TEL;TYPE="+phoneTypes[p.Use]+":"+quoted(p.Number))
		}
		set("TEL", some...)
	}
	if has["addresses"] {
		var some []string
		for _, a := range c.Addresses {
			kind := map[card.Use]string{card.Business: ";TYPE=WORK", card.Home: ";TYPE=HOME"}[a.Use]
			some = append(some, "ADR"+kind+":;;"+strings.Join([]string{quoted(a.Street), quoted(a.City), quoted(a.Region), quoted(a.Code), quoted(a.Country)}, ";"))
		}
		set("ADR", some...)
	}
	if has["categories"] {
		set("CATEGORIES")
		var words []string
		for _, word := range c.Categories {
			words = append(words, quoted(word))
		}
		if len(words) > 0 {
			set("CATEGORIES", "CATEGORIES:"+strings.Join(words, ","))
		}
	}
	if jpeg != nil {
		set("PHOTO", "PHOTO;ENCODING=b;TYPE=JPEG:"+base64.StdEncoding.EncodeToString(jpeg))
	}
	if name := c.Name(); has["display"] && name != "" {
		set("FN", "FN:"+quoted(name))
	} else if value(all, "FN") == "" {
		set("FN", "FN:"+quoted(cmp.Or(name, "-")))
	}
	if value(all, "N") == "" {
		set("N", "N:;;;;")
	}
	return all
}

var phoneTypes = map[card.Use]string{
	card.Business: "WORK,VOICE", card.Home: "HOME,VOICE", card.Mobile: "CELL", card.Pager: "PAGER", card.BusinessFax: "WORK,FAX", card.HomeFax: "HOME,FAX", card.Other: "VOICE",
}

// merged sets those parts of a line with several that are among the fields.
func merged(has map[string]bool, all *[]line, name string, fields, texts []string) {
	any := false
	for _, f := range fields {
		any = any || has[f]
	}
	if !any {
		return
	}
	old := components(value(*all, name))
	parts := make([]string, max(len(old), len(fields)))
	copy(parts, old)
	for i, f := range fields {
		if has[f] {
			parts[i] = quoted(texts[i])
		}
	}
	*all = without(*all, name)
	if joined := strings.Join(parts, ";"); strings.Trim(joined, ";") != "" {
		*all = append(*all, line{name: name, text: name + ":" + strings.TrimRight(joined, ";")})
	}
}

// components are the parts of a line that semicolons part, as they are written.
func components(text string) (parts []string) {
	if text == "" {
		return nil
	}
	var now strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			now.WriteString(text[i : i+2])
			i++
		case text[i] == ';':
			parts = append(parts, now.String())
			now.Reset()
		default:
			now.WriteByte(text[i])
		}
	}
	return append(parts, now.String())
}

// without takes the lines of a name away, with those that only label them.
func without(all []line, name string) (rest []line) {
	groups := map[string]bool{}
	for _, l := range all {
		if l.name == name && l.group != "" {
			groups[l.group] = true
		}
	}
	for _, l := range all {
		if l.name != name && !groups[l.group] {
			rest = append(rest, l)
		}
	}
	return rest
}

// quoted is a text as a value.
func quoted(text string) string {
	return strings.NewReplacer(`\`, `\\`, "\r\n", `\n`, "\n", `\n`, ",", `\,`, ";", `\;`).Replace(text)
}

// plain is a value as a text.
func plain(value string) string {
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";").Replace(strings.TrimSpace(value))
}

// longest is how long a line is at most, in bytes, without its end (RFC 2426, 2.6).
const longest = 75

// written is a card as it is sent. VERSION stands first.
func written(all []line) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCARD\r\n")
	for _, first := range []bool{true, false} {
		for _, l := range all {
			if (l.name == "VERSION") == first {
				fold(&b, l.text)
			}
		}
	}
	b.WriteString("END:VCARD\r\n")
	return b.String()
}

// fold breaks a line between characters.
func fold(b *strings.Builder, text string) {
	room := longest
	for len(text) > room {
		n := room
		for n > 0 && !utf8.RuneStart(text[n]) {
			n--
		}
		b.WriteString(text[:n] + "\r\n ")
		text, room = text[n:], longest-1
	}
	b.WriteString(text + "\r\n")
}
