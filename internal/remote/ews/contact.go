package ews

import (
	"slices"
	"strings"
	"time"

	"kept/internal/remote/card"
)

// prefixTag is the property that holds a name's prefix: the service shows it in
// CompleteName, which cannot be written.
const prefixTag = "0x3A45"

// contact is a contact as the service writes it.
type contact struct {
	ID     itemID `xml:"ItemId"`
	Body   string `xml:"Body"`
	Photos []struct {
		ID struct {
			ID string `xml:"Id,attr"`
		} `xml:"AttachmentId"`
		Name    string `xml:"Name"`
		IsPhoto bool   `xml:"IsContactPhoto"`
		Content string `xml:"Content"`
	} `xml:"Attachments>FileAttachment"`
	Categories []string  `xml:"Categories>String"`
	Modified   time.Time `xml:"LastModifiedTime"`
	Properties []struct {
		URI struct {
			Set  string `xml:"PropertySetId,attr"`
			Name string `xml:"PropertyName,attr"`
			Tag  string `xml:"PropertyTag,attr"`
		} `xml:"ExtendedFieldURI"`
		Value string `xml:"Value"`
	} `xml:"ExtendedProperty"`
	DisplayName string `xml:"DisplayName"`
	GivenName   string `xml:"GivenName"`
	MiddleName  string `xml:"MiddleName"`
	Nickname    string `xml:"Nickname"`
	CompanyName string `xml:"CompanyName"`
	Emails      []line `xml:"EmailAddresses>Entry"`
	Places      []spot `xml:"PhysicalAddresses>Entry"`
	Phones      []line `xml:"PhoneNumbers>Entry"`
	Birthday    string `xml:"Birthday"`
	HomePage    string `xml:"BusinessHomePage"`
	Department  string `xml:"Department"`
	Generation  string `xml:"Generation"`
	JobTitle    string `xml:"JobTitle"`
	Manager     string `xml:"Manager"`
	Office      string `xml:"OfficeLocation"`
	Surname     string `xml:"Surname"`
}

type line struct {
	Key  string `xml:"Key,attr"`
	Text string `xml:",chardata"`
}

type spot struct {
	Key     string `xml:"Key,attr"`
	Street  string `xml:"Street"`
	City    string `xml:"City"`
	State   string `xml:"State"`
	Country string `xml:"CountryOrRegion"`
	Code    string `xml:"PostalCode"`
}

// emailKeys are the addresses that a contact has room for.
var emailKeys = []string{"EmailAddress1", "EmailAddress2", "EmailAddress3"}

// phoneKeys are the numbers that a contact has room for, by use, in the order in
// which they are filled.
var phoneKeys = []struct {
	use card.Use
	key string
}{
	{card.Business, "BusinessPhone"}, {card.Business, "BusinessPhone2"}, {card.Home, "HomePhone"}, {card.Home, "HomePhone2"}, {card.Mobile, "MobilePhone"},
	{card.Pager, "Pager"}, {card.BusinessFax, "BusinessFax"}, {card.HomeFax, "HomeFax"}, {card.Other, "OtherTelephone"},
}

var placeKeys = []struct {
	use card.Use
	key string
}{{card.Business, "Business"}, {card.Home, "Home"}, {card.Other, "Other"}}

func (w *contact) item(m *Mailbox) Item {
	it := Item{ID: w.ID.ID, Tag: w.ID.Key, Modified: w.Modified, Card: w.card()}
	for _, p := range w.Properties {
		if strings.EqualFold(strings.Trim(p.URI.Set, "{}"), m.set) && p.URI.Name == m.name {
			it.Mark = p.Value
		}
	}
	return it
}

func (w *contact) card() card.Card {
	c := card.Card{
		First: w.GivenName, Middle: w.MiddleName, Last: w.Surname, Suffix: w.Generation, Display: w.DisplayName, Nickname: w.Nickname,
		Company: w.CompanyName, Department: w.Department, Office: w.Office, Title: w.JobTitle, Manager: w.Manager, Website: w.HomePage,
		Note: w.Body, Categories: w.Categories,
	}
	for _, p := range w.Properties {
		if strings.EqualFold(p.URI.Tag, prefixTag) {
			c.Prefix = p.Value
		}
	}
	for _, key := range emailKeys {
		if text := lineOf(w.Emails, key); text != "" {
			c.Emails = append(c.Emails, card.Email{Address: text})
		}
	}
	for _, p := range phoneKeys {
		if text := lineOf(w.Phones, p.key); text != "" {
			c.Phones = append(c.Phones, card.Phone{Use: p.use, Number: text})
		}
	}
	for _, p := range placeKeys {
		for _, a := range w.Places {
			if a.Key == p.key && a != (spot{Key: a.Key}) {
				c.Addresses = append(c.Addresses, card.Address{Use: p.use, Street: a.Street, City: a.City, Region: a.State, Code: a.Code, Country: a.Country})
			}
		}
	}
	if len(w.Birthday) >= len("2006-01-02") {
		c.Birthday = w.Birthday[:len("2006-01-02")]
	}
	return c
}

func lineOf(all []line, key string) string {
	for _, l := range all {
		if l.Key == key {
			return l.Text
		}
	}
	return ""
}

// Fields names parts of a card by their JSON names; All is all of them.
type Fields []string

// All are the parts that a contact in a mailbox has.
var All = Fields{
	"prefix", "first", "middle", "last", "suffix", "display", "nickname", "company", "department", "office", "title", "manager",
	"emails", "phones", "addresses", "website", "birthday", "note", "categories",
}

// value is one property of a contact. Empty text empties it.
type value struct {
	uri   element   // how it is named in a change
	text  string    // empty: it is deleted
	inner []element // what stands in Contact to set it alone
}

// values are the properties that fields of a card and a mark mean, in the order of
// the schema.
func (m *Mailbox) values(mark string, c card.Card, fields Fields) []value {
	var all []value
	add := func(field, uri, name, text string) {
		if slices.Contains(fields, field) {
			all = append(all, value{fieldURI(uri), text, []element{says("t:"+name, text)}})
		}
	}
	if slices.Contains(fields, "note") {
		all = append(all, value{fieldURI("item:Body"), c.Note, []element{says("t:Body", c.Note).with("BodyType", "Text")}})
	}
	if slices.Contains(fields, "categories") {
		var lines []element
		for _, name := range c.Categories {
			lines = append(lines, says("t:String", name))
		}
		all = append(all, value{fieldURI("item:Categories"), strings.Join(c.Categories, ""), []element{el("t:Categories", lines...)}})
	}
	all = append(all, extended(m.uri(), mark))
	if slices.Contains(fields, "prefix") {
		all = append(all, extended(prefixURI(), c.Prefix))
	}
	if slices.Contains(fields, "display") {
		name := c.Name()
		add("display", "contacts:FileAs", "FileAs", name) // what lists of contacts are sorted by: the server makes up none
		add("display", "contacts:DisplayName", "DisplayName", name)
	}
	add("first", "contacts:GivenName", "GivenName", c.First)
	add("middle", "contacts:MiddleName", "MiddleName", c.Middle)
	add("nickname", "contacts:Nickname", "Nickname", c.Nickname)
	add("company", "contacts:CompanyName", "CompanyName", c.Company)
	if slices.Contains(fields, "emails") {
		all = append(all, emailValues(c)...)
	}
	if slices.Contains(fields, "addresses") {
		all = append(all, placeValues(c)...)
	}
	if slices.Contains(fields, "phones") {
		all = append(all, phoneValues(c)...)
	}
	birthday := c.Birthday
	if birthday != "" {
		birthday += "T11:59:00Z" // as Outlook writes a day: noon is the same day everywhere
	}
	add("birthday", "contacts:Birthday", "Birthday", birthday)
	add("website", "contacts:BusinessHomePage", "BusinessHomePage", c.Website)
	add("department", "contacts:Department", "Department", c.Department)
	add("suffix", "contacts:Generation", "Generation", c.Suffix)
	add("title", "contacts:JobTitle", "JobTitle", c.Title)
	add("manager", "contacts:Manager", "Manager", c.Manager)
	add("office", "contacts:OfficeLocation", "OfficeLocation", c.Office)
	add("last", "contacts:Surname", "Surname", c.Last)
	return all
}

func extended(uri element, text string) value {
	return value{uri, text, []element{el("t:ExtendedProperty", uri, says("t:Value", text))}}
}

func emailValues(c card.Card) []value {
	var all []value
	for i, key := range emailKeys {
		text := ""
		if i < len(c.Emails) {
			text = c.Emails[i].Address
		}
		all = append(all, value{indexed("contacts:EmailAddress", key), text, []element{el("t:EmailAddresses", says("t:Entry", text).with("Key", key))}})
	}
	return all
}

func phoneValues(c card.Card) []value {
	numbers := map[card.Use][]string{}
	for _, p := range c.Phones {
		numbers[p.Use] = append(numbers[p.Use], p.Number)
	}
	var all []value
	for _, p := range phoneKeys {
		text := ""
		if rest := numbers[p.use]; len(rest) > 0 {
			text, numbers[p.use] = rest[0], rest[1:]
		}
		all = append(all, value{indexed("contacts:PhoneNumber", p.key), text, []element{el("t:PhoneNumbers", says("t:Entry", text).with("Key", p.key))}})
	}
	return all
}

func placeValues(c card.Card) []value {
	var all []value
	for _, p := range placeKeys {
		var a card.Address
		if i := slices.IndexFunc(c.Addresses, func(a card.Address) bool { return a.Use == p.use }); i >= 0 {
			a = c.Addresses[i]
		}
		for _, part := range [][2]string{{"Street", a.Street}, {"City", a.City}, {"State", a.Region}, {"CountryOrRegion", a.Country}, {"PostalCode", a.Code}} {
			entry := el("t:Entry", says("t:"+part[0], part[1])).with("Key", p.key)
			all = append(all, value{indexed("contacts:PhysicalAddress:"+part[0], p.key), part[1], []element{el("t:PhysicalAddresses", entry)}})
		}
	}
	return all
}

func fieldURI(uri string) element { return el("t:FieldURI").with("FieldURI", uri) }

func indexed(uri, index string) element {
	return el("t:IndexedFieldURI").with("FieldURI", uri, "FieldIndex", index)
}

func prefixURI() element {
	return el("t:ExtendedFieldURI").with("PropertyTag", prefixTag, "PropertyType", "String")
}

// whole is a new contact of values: what belongs to one dictionary stands in one.
func whole(all []value) element {
	made := el("t:Contact")
	for _, v := range all {
		if v.text == "" {
			continue
		}
		made.Inner = joined(made.Inner, v.inner[0])
	}
	return made
}

// joined adds an element, into its predecessor if both are parts of one dictionary.
func joined(all []element, e element) []element {
	if n := len(all) - 1; n >= 0 && all[n].XMLName == e.XMLName && e.XMLName.Local != "t:ExtendedProperty" {
		last := &all[n]
		if m := len(last.Inner) - 1; m >= 0 && len(e.Inner[0].Inner) > 0 && last.Inner[m].Attrs[0].Value == e.Inner[0].Attrs[0].Value {
			last.Inner[m].Inner = append(last.Inner[m].Inner, e.Inner[0].Inner...)
			return all
		}
		last.Inner = append(last.Inner, e.Inner...)
		return all
	}
	return append(all, e)
}

// changes are the same values as changes of a contact that is there.
func changes(all []value) element {
	updates := el("t:Updates")
	for _, v := range all {
		if v.text == "" {
			updates.Inner = append(updates.Inner, el("t:DeleteItemField", v.uri))
			continue
		}
		updates.Inner = append(updates.Inner, el("t:SetItemField", v.uri, el("t:Contact", v.inner...)))
	}
	return updates
}
