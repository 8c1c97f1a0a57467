package graph

import (
	"slices"
	"strings"
	"time"

	"kept/internal/remote/card"
)

// wire is a contact as the service writes it.
type wire struct {
	ID              string      `json:"id"`
	Tag             string      `json:"@odata.etag"`
	ChangeKey       string      `json:"changeKey"`
	Modified        time.Time   `json:"lastModifiedDateTime"`
	Title           string      `json:"title"`
	GivenName       string      `json:"givenName"`
	MiddleName      string      `json:"middleName"`
	Surname         string      `json:"surname"`
	Generation      string      `json:"generation"`
	DisplayName     string      `json:"displayName"`
	NickName        string      `json:"nickName"`
	CompanyName     string      `json:"companyName"`
	Department      string      `json:"department"`
	OfficeLocation  string      `json:"officeLocation"`
	JobTitle        string      `json:"jobTitle"`
	Manager         string      `json:"manager"`
	Emails          []email     `json:"emailAddresses"`
	BusinessPhones  []string    `json:"businessPhones"`
	HomePhones      []string    `json:"homePhones"`
	MobilePhone     string      `json:"mobilePhone"`
	BusinessAddress *address    `json:"businessAddress"`
	HomeAddress     *address    `json:"homeAddress"`
	OtherAddress    *address    `json:"otherAddress"`
	HomePage        string      `json:"businessHomePage"`
	Birthday        string      `json:"birthday"`
	Notes           string      `json:"personalNotes"`
	Categories      []string    `json:"categories"`
	Properties      []*property `json:"singleValueExtendedProperties"`
}

type email struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address,omitempty"`
}

type address struct {
	Street  string `json:"street,omitempty"`
	City    string `json:"city,omitempty"`
	State   string `json:"state,omitempty"`
	Code    string `json:"postalCode,omitempty"`
	Country string `json:"countryOrRegion,omitempty"`
}

type property struct {
	ID    string `json:"id"`
	Value string `json:"value"`
}

func (w *wire) item(mark string) Item {
	it := Item{ID: w.ID, Tag: w.ChangeKey, Modified: w.Modified, Card: w.card()}
	if it.Tag == "" {
		it.Tag = w.Tag
	}
	for _, p := range w.Properties {
		if strings.EqualFold(p.ID, mark) {
			it.Mark = p.Value
		}
	}
	return it
}

func (w *wire) card() card.Card {
	c := card.Card{
		Prefix: w.Title, First: w.GivenName, Middle: w.MiddleName, Last: w.Surname, Suffix: w.Generation, Display: w.DisplayName, Nickname: w.NickName,
		Company: w.CompanyName, Department: w.Department, Office: w.OfficeLocation, Title: w.JobTitle, Manager: w.Manager,
		Website: w.HomePage, Note: w.Notes, Categories: w.Categories,
	}
	for _, e := range w.Emails {
		c.Emails = append(c.Emails, card.Email{Address: e.Address, Label: e.Name})
	}
	for _, line := range []struct {
		use     card.Use
		numbers []string
	}{{card.Business, w.BusinessPhones}, {card.Home, w.HomePhones}, {card.Mobile, []string{w.MobilePhone}}} {
		for _, n := range line.numbers {
			if n != "" {
				c.Phones = append(c.Phones, card.Phone{Use: line.use, Number: n})
			}
		}
	}
	for _, a := range []struct {
		use card.Use
		at  *address
	}{{card.Business, w.BusinessAddress}, {card.Home, w.HomeAddress}, {card.Other, w.OtherAddress}} {
		if a.at != nil && *a.at != (address{}) {
			c.Addresses = append(c.Addresses, card.Address{Use: a.use, Street: a.at.Street, City: a.at.City, Region: a.at.State, Code: a.at.Code, Country: a.at.Country})
		}
	}
	if len(w.Birthday) >= len("2006-01-02") && !strings.HasPrefix(w.Birthday, "0001") {
		c.Birthday = w.Birthday[:len("2006-01-02")]
	}
	return c
}

// Fields names parts of a card by their JSON names; All is all of them.
type Fields []string

// All are the parts that a contact in a mailbox has.
var All = Fields{
	"prefix", "first", "middle", "last", "suffix", "display", "nickname", "company", "department", "office", "title", "manager",
	"emails", "phones", "addresses", "website", "birthday", "note", "categories",
}

// write returns the body that sets fields to what c has, and empties those that it
// does not have.
func write(c card.Card, fields Fields) map[string]any {
	body := map[string]any{}
	for field, text := range map[string][2]string{
		"prefix": {"title", c.Prefix}, "first": {"givenName", c.First}, "middle": {"middleName", c.Middle}, "last": {"surname", c.Last},
		"suffix": {"generation", c.Suffix}, "nickname": {"nickName", c.Nickname}, "company": {"companyName", c.Company},
		"department": {"department", c.Department}, "office": {"officeLocation", c.Office}, "title": {"jobTitle", c.Title},
		"manager": {"manager", c.Manager}, "website": {"businessHomePage", c.Website}, "note": {"personalNotes", c.Note},
	} {
		if slices.Contains(fields, field) {
			body[text[0]] = orNull(text[1])
		}
	}
	if slices.Contains(fields, "display") {
		body["displayName"] = c.Name() // the service makes up one of its own if it gets none
	}
	if slices.Contains(fields, "emails") {
		emails := []email{}
		for _, e := range c.Emails {
			name := e.Label
			if name == "" {
				name = c.Name()
			}
			emails = append(emails, email{Name: name, Address: e.Address})
		}
		body["emailAddresses"] = emails
	}
	if slices.Contains(fields, "phones") {
		body["businessPhones"], body["homePhones"] = numbers(c, card.Business), numbers(c, card.Home)
		body["mobilePhone"] = orNull(strings.Join(numbers(c, card.Mobile), ""))
	}
	if slices.Contains(fields, "addresses") {
		body["businessAddress"], body["homeAddress"], body["otherAddress"] = place(c, card.Business), place(c, card.Home), place(c, card.Other)
	}
	if slices.Contains(fields, "birthday") {
		body["birthday"] = nil
		if c.Birthday != "" {
			body["birthday"] = c.Birthday + "T11:59:00Z" // as Outlook writes a day: noon is the same day everywhere
		}
	}
	if slices.Contains(fields, "categories") {
		body["categories"] = append([]string{}, c.Categories...)
	}
	return body
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func numbers(c card.Card, use card.Use) []string {
	all := []string{}
	for _, p := range c.Phones {
		if p.Use == use {
			all = append(all, p.Number)
		}
	}
	return all
}

func place(c card.Card, use card.Use) address {
	for _, a := range c.Addresses {
		if a.Use == use {
			return address{Street: a.Street, City: a.City, State: a.Region, Code: a.Code, Country: a.Country}
		}
	}
	return address{}
}
