package sheet

import (
	"bytes"
	"encoding/base64"
	"strings"

	"github.com/emersion/go-vcard"

	"kept/internal/fault"
	"kept/internal/remote/card"
)

// mostPhoto is how large a photo in a vCard may be, as it is written.
const mostPhoto = 12 << 20

// Cards reads a file of vCards of version 3 or 4; file is what it is called in
// errors. Groups that a file holds beside contacts are passed over.
func Cards(file string, raw []byte) ([]Entry, error) {
	raw, err := text(file, raw)
	if err != nil {
		return nil, err
	}
	found := entries{file: file, at: map[string]int{}}
	err = blocks(file, raw, func(line int, block []byte) error {
		v, err := vcard.NewDecoder(bytes.NewReader(block)).Decode()
		if err != nil {
			return place{file, line, 1}.wrong("the card cannot be read: %s", strings.TrimPrefix(err.Error(), "vcard: "))
		}
		return found.card(line, v)
	})
	if err != nil {
		return nil, err
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, place{file, 1, 1}.wrong("the file is empty; a card begins with BEGIN:VCARD")
	}
	return found.all, nil
}

// blocks calls each with the text of every card and the line on which it begins.
// The decoder of cards passes over lines that it does not understand; here they are
// mistakes.
func blocks(file string, raw []byte, each func(line int, block []byte) error) error {
	var block []byte
	begun, line := 0, 0
	for len(raw) > 0 {
		var now []byte
		now, raw, _ = bytes.Cut(raw, []byte("\n"))
		line++
		now = bytes.TrimRight(now, "\r")
		word := bytes.TrimSpace(now)
		begins, ends := bytes.EqualFold(word, []byte("BEGIN:VCARD")), bytes.EqualFold(word, []byte("END:VCARD"))
		here := place{file, line, 1}
		switch {
		case begun == 0 && len(word) == 0:
			continue
		case begun == 0 && !begins:
			return here.wrong("a card begins with BEGIN:VCARD")
		case begun == 0:
			begun, block = line, block[:0]
		case len(now) > 0 && (now[0] == ' ' || now[0] == '\t'): // the line before goes on
			block = append(append(block[:len(block)-1], now[1:]...), '\n')
			continue
		case begins:
			return here.wrong("the card of row %d has no END:VCARD", begun)
		case len(word) > 0 && !bytes.Contains(now, []byte(":")):
			return here.wrong("the line has no value; it is written NAME:value")
		}
		block = append(append(block, now...), '\n')
		if ends {
			if err := each(begun, block); err != nil {
				return err
			}
			begun = 0
		}
	}
	if begun > 0 {
		return place{file, begun, 1}.wrong("the card has no END:VCARD")
	}
	return nil
}

// card adds a card.
func (s *entries) card(line int, v vcard.Card) error {
	here := place{s.file, line, 1}
	if version := v.Value("VERSION"); version != "3.0" && version != "4.0" {
		return here.wrong("the card is of version %.10q; export it as vCard 3.0 or 4.0", version)
	}
	for name, fields := range v {
		for _, f := range fields {
			if name != "PHOTO" && name != "LOGO" && name != "KEY" && name != "SOUND" && len(f.Value) > mostCell {
				return fault.New(fault.TooLarge, "%s: %.40s is longer than %d kB", here, name, mostCell>>10)
			}
		}
	}
	if strings.EqualFold(v.Value("KIND"), "group") || strings.EqualFold(v.Value("X-ADDRESSBOOKSERVER-KIND"), "group") {
		return nil
	}
	c, err := cardOf(v)
	if err != nil {
		return here.wrong("%s", err)
	}
	photo, err := photoOf(v)
	if err != nil {
		return here.wrong("%s", err)
	}
	return s.add(line, strings.TrimPrefix(v.Value("UID"), "urn:uuid:"), c, photo)
}

func cardOf(v vcard.Card) (c card.Card, err error) {
	n := components(v.Value("N"), 5)
	c.Last, c.First, c.Middle, c.Prefix, c.Suffix = n[0], n[1], n[2], n[3], n[4]
	org := components(v.Value("ORG"), 2)
	c.Company, c.Department = org[0], org[1]
	c.Display, c.Nickname, c.Title = value(v, "FN"), value(v, "NICKNAME"), value(v, "TITLE")
	c.Website, c.Note = value(v, "URL"), value(v, "NOTE")
	if c.Birthday, err = birthday(v.Value("BDAY")); err != nil {
		return c, err
	}
	for _, f := range v["EMAIL"] {
		if err := email(&c, strings.TrimPrefix(f.Value, "mailto:")); err != nil {
			return c, err
		}
	}
	for _, f := range v["TEL"] {
		phone(&c, phoneUse(f.Params), strings.TrimPrefix(unescaped(f.Value), "tel:"))
	}
	for _, f := range v["ADR"] {
		a := components(f.Value, 7) // post box, extended address, street, city, region, code, country
		at := card.Address{Use: placeUse(f.Params), Street: a[2], City: a[3], Region: a[4], Code: a[5], Country: a[6]}
		for _, more := range []string{a[1], a[0]} {
			if more != "" {
				at.Street = strings.TrimPrefix(at.Street+"\n"+more, "\n")
			}
		}
		if at != (card.Address{Use: at.Use}) {
			c.Addresses = append(c.Addresses, at)
		}
	}
	for _, f := range v["CATEGORIES"] {
		for _, word := range strings.Split(unescaped(f.Value), ",") {
			category(&c, word)
		}
	}
	return c, nil
}

func value(v vcard.Card, name string) string { return unescaped(v.Value(name)) }

// unescaped finishes what the decoder leaves: it knows that a semicolon parts some
// values.
func unescaped(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, `\;`, ";")) }

// components are the n parts of a value that semicolons part.
func components(s string, n int) []string {
	all := make([]string, n)
	const hidden = "\x00" // in no text that came this far
	for i, part := range strings.Split(strings.ReplaceAll(s, `\;`, hidden), ";") {
		if i < n {
			all[i] = strings.TrimSpace(strings.ReplaceAll(part, hidden, ";"))
		}
	}
	return all
}

func phoneUse(p vcard.Params) card.Use {
	switch home := p.HasType("home"); {
	case p.HasType("fax") && home:
		return card.HomeFax
	case p.HasType("fax"):
		return card.BusinessFax
	case p.HasType("pager"):
		return card.Pager
	case p.HasType("cell"), p.HasType("iphone"):
		return card.Mobile
	case home:
		return card.Home
	case p.HasType("work"), p.HasType("main"):
		return card.Business
	}
	return card.Other
}

func placeUse(p vcard.Params) card.Use {
	switch {
	case p.HasType("home"):
		return card.Home
	case p.HasType("work"):
		return card.Business
	}
	return card.Other
}

// photoOf returns the photo that a card carries, nil if it has none or only an
// address of one.
func photoOf(v vcard.Card) ([]byte, error) {
	f := v.Get("PHOTO")
	if f == nil {
		return nil, nil
	}
	text := f.Value
	if rest, ok := strings.CutPrefix(text, "data:"); ok {
		about, data, _ := strings.Cut(strings.ReplaceAll(rest, `\,`, ","), ",")
		if !strings.HasSuffix(about, ";base64") && !strings.HasSuffix(about, `\;base64`) {
			return nil, fault.New(fault.Invalid, "the photo is not written in base64")
		}
		text = data
	} else if e := strings.ToLower(f.Params.Get("ENCODING")); e != "b" && e != "base64" {
		return nil, nil
	}
	if len(text) > mostPhoto {
		return nil, fault.New(fault.TooLarge, "the photo is larger than %d MB", mostPhoto>>20)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, fault.New(fault.Invalid, "the photo is not written in base64: %w", err)
	}
	return raw, nil
}
