package card

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
)

// Card is one contact. The zero value of a part means that it is not known.
type Card struct {
	Prefix     string    `json:"prefix,omitempty"` // Dr.
	First      string    `json:"first,omitempty"`
	Middle     string    `json:"middle,omitempty"`
	Last       string    `json:"last,omitempty"`
	Suffix     string    `json:"suffix,omitempty"`
	Display    string    `json:"display,omitempty"` // as the directory writes the whole name
	Nickname   string    `json:"nickname,omitempty"`
	Company    string    `json:"company,omitempty"`
	Department string    `json:"department,omitempty"`
	Office     string    `json:"office,omitempty"`
	Title      string    `json:"title,omitempty"` // the position
	Manager    string    `json:"manager,omitempty"`
	Emails     []Email   `json:"emails,omitempty"`
	Phones     []Phone   `json:"phones,omitempty"`
	Addresses  []Address `json:"addresses,omitempty"`
	Website    string    `json:"website,omitempty"`
	Birthday   string    `json:"birthday,omitempty"` // 2006-01-02, or --01-02 without the year
	Note       string    `json:"note,omitempty"`
	Categories []string  `json:"categories,omitempty"`
	Photo      *Photo    `json:"photo,omitempty"`
}

// Email is a mail address.
type Email struct {
	Address string `json:"address"`
	Label   string `json:"label,omitempty"` // what the place calls it, free text
}

// Use is what a phone or an address is for.
type Use string

// The uses. A fax is one of the phones.
const (
	Business    Use = "business"
	Home        Use = "home"
	Mobile      Use = "mobile"
	Pager       Use = "pager"
	BusinessFax Use = "business-fax"
	HomeFax     Use = "home-fax"
	Other       Use = "other"
)

// Phone is a number as its source writes it.
type Phone struct {
	Use    Use    `json:"use"`
	Number string `json:"number"`
}

// Address is a postal address.
type Address struct {
	Use     Use    `json:"use"` // Business, Home or Other
	Street  string `json:"street,omitempty"`
	City    string `json:"city,omitempty"`
	Region  string `json:"region,omitempty"`
	Code    string `json:"code,omitempty"`
	Country string `json:"country,omitempty"`
}

// Photo is a picture by its content. Two cards with the same sum have the same
// picture; the bytes are fetched where they are needed.
type Photo struct {
	Sum  string `json:"sum"`            // SHA-256 of the JPEG as it is written, hex
	Etag string `json:"etag,omitempty"` // of the source, to tell a change without reading it
}

// Hash is equal for two cards exactly if nobody could tell them apart: order of
// phones of one use and of addresses counts, space around a value does not, and a
// photo's etag does not. It is 32 hex digits.
func (c Card) Hash() string {
	n := c.trimmed()
	if n.Photo != nil {
		n.Photo = &Photo{Sum: n.Photo.Sum}
	}
	text, err := json.Marshal(n)
	if err != nil {
		panic("card: strings cannot fail to be written: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// trimmed returns c without the space around values and without empty entries.
func (c Card) trimmed() Card {
	for _, s := range []*string{
		&c.Prefix, &c.First, &c.Middle, &c.Last, &c.Suffix, &c.Display, &c.Nickname, &c.Company, &c.Department,
		&c.Office, &c.Title, &c.Manager, &c.Website, &c.Birthday, &c.Note,
	} {
		*s = strings.TrimSpace(*s)
	}
	c.Emails = kept(c.Emails, func(e *Email) string {
		e.Address, e.Label = strings.TrimSpace(e.Address), strings.TrimSpace(e.Label)
		return e.Address
	})
	c.Phones = kept(c.Phones, func(p *Phone) string {
		p.Number = strings.TrimSpace(p.Number)
		return p.Number
	})
	c.Addresses = kept(c.Addresses, func(a *Address) string {
		for _, s := range []*string{&a.Street, &a.City, &a.Region, &a.Code, &a.Country} {
			*s = strings.TrimSpace(*s)
		}
		return a.Street + a.City + a.Region + a.Code + a.Country
	})
	c.Categories = kept(c.Categories, func(s *string) string {
		*s = strings.TrimSpace(*s)
		return *s
	})
	return c
}

// kept returns a copy of list without what clean leaves empty.
func kept[T any](list []T, clean func(*T) string) []T {
	var some []T
	for _, x := range slices.Clone(list) {
		if clean(&x) != "" {
			some = append(some, x)
		}
	}
	return some
}

// Name is what a person would call the card: the display name, else its parts,
// else the company, else the first mail address.
func (c Card) Name() string {
	parts := strings.Join(strings.Fields(strings.Join([]string{c.Prefix, c.First, c.Middle, c.Last, c.Suffix}, " ")), " ")
	for _, s := range []string{c.Display, parts, c.Company} {
		if s = strings.TrimSpace(s); s != "" {
			return s
		}
	}
	if len(c.Emails) > 0 {
		return c.Emails[0].Address
	}
	return ""
}
