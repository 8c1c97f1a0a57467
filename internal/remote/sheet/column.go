package sheet

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"kept/internal/remote/card"
)

// column puts a cell into a contact.
type column func(d *draft, cell string) error

// columnsOf tells what the columns are by their names, nil for those that are none
// of a contact; known is whether one is a name, an address or a phone.
func columnsOf(names []string) (columns []column, known bool) {
	all := map[string]bool{}
	for _, name := range names {
		all[plain(name)] = true
	}
	// What Outlook calls Title stands before the name, and the position is Job Title;
	// in a list that has but one of them it is the position.
	prefix := all["jobtitle"]
	for _, name := range names {
		key := plain(name)
		c := heads[key]
		switch {
		case key == "title" && !prefix:
			c = heads["jobtitle"]
		case c == nil:
			c = numbered(key)
		}
		columns = append(columns, c)
		known = known || c != nil
	}
	return columns, known
}

// plain is a column's name without what writers of tables do not agree on.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -_.:/()'’\"*\u00a0", r) {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// heads are the names of columns, by plain. The German ones are those of Outlook
// and everyday ones.
var heads = headsOf(map[string]column{
	"id uid kennung objectid":                                     func(d *draft, s string) error { d.id = s; return nil },
	"prefix nameprefix namensprefix anrede title titel honorific": text1(func(c *card.Card) *string { return &c.Prefix }),
	"firstname givenname vorname":                                 text1(func(c *card.Card) *string { return &c.First }),
	"middlename additionalname weiterevornamen zweitervorname":    text1(func(c *card.Card) *string { return &c.Middle }),
	"lastname surname familyname nachname familienname":           text1(func(c *card.Card) *string { return &c.Last }),
	"suffix namesuffix namenssuffix":                              text1(func(c *card.Card) *string { return &c.Suffix }),
	"name displayname fullname anzeigename vollständigername":     text1(func(c *card.Card) *string { return &c.Display }),
	"nickname spitzname":                                          text1(func(c *card.Card) *string { return &c.Nickname }),
	"company companyname organization organisation organizationname organization1name firma unternehmen": text1(func(c *card.Card) *string { return &c.Company }),
	"department organizationdepartment organization1department abteilung":                                text1(func(c *card.Card) *string { return &c.Department }),
	"jobtitle position organizationtitle organization1title berufsbezeichnung funktion":                  text1(func(c *card.Card) *string { return &c.Title }),
	"officelocation office büro standort":                                                                text1(func(c *card.Card) *string { return &c.Office }),
	"managersname manager namedesdervorgesetzten vorgesetzter vorgesetzte":                               text1(func(c *card.Card) *string { return &c.Manager }),
	"webpage website url website1value webseite internetseite homepage":                                  text1(func(c *card.Card) *string { return &c.Website }),
	"notes note notizen notiz bemerkung":                                                                 text1(func(c *card.Card) *string { return &c.Note }),
	"birthday geburtstag geburtsdatum":                                                                   func(d *draft, s string) (err error) { d.c.Birthday, err = birthday(s); return err },
	"categories category labels groupmembership kategorien kategorie": func(d *draft, s string) error {
		for _, part := range strings.FieldsFunc(strings.ReplaceAll(s, ":::", ";"), func(r rune) bool { return r == ';' || r == ',' }) {
			if part = strings.TrimSpace(part); !strings.HasPrefix(part, "*") { // Google's own
				category(&d.c, part)
			}
		}
		return nil
	},
	"emailaddress email mail emailadresse email2address email3address email2adresse email3adresse email2 email3": emails,

	"businessphone businessphone2 phone telephone telefon workphone primaryphone telefongeschäftlich telefongeschäftlich2 haupttelefon companymainphone telefonfirma": phones(card.Business),
	"homephone homephone2 telefonprivat telefonprivat2":                        phones(card.Home),
	"mobilephone mobile mobiltelefon mobiltelefon2 mobil handy cell cellphone": phones(card.Mobile),
	"pager": phones(card.Pager),
	"businessfax fax faxgeschäftlich workfax":         phones(card.BusinessFax),
	"homefax faxprivat":                               phones(card.HomeFax),
	"otherphone weiterestelefon carphone autotelefon": phones(card.Other),

	"businessstreet street streetaddress address straßegeschäftlich strassegeschäftlich straße strasse anschrift": street("business", card.Business),
	"businessstreet2 businessstreet3 straßegeschäftlich2 straßegeschäftlich3 strassegeschäftlich2":                furtherStreet("business", card.Business),
	"businesscity city ortgeschäftlich ort stadt":                                                                 part("business", card.Business, func(a *card.Address) *string { return &a.City }),
	"businessstate state region regiongeschäftlich bundeslandkantongeschäftlich bundesland":                       part("business", card.Business, func(a *card.Address) *string { return &a.Region }),
	"businesspostalcode postalcode zip zipcode postleitzahlgeschäftlich postleitzahl plz":                         part("business", card.Business, func(a *card.Address) *string { return &a.Code }),
	"businesscountryregion businesscountry country countryregion landregiongeschäftlich land":                     part("business", card.Business, func(a *card.Address) *string { return &a.Country }),
	"homestreet straßeprivat strasseprivat":                                                                       street("home", card.Home),
	"homestreet2 homestreet3 straßeprivat2 straßeprivat3":                                                         furtherStreet("home", card.Home),
	"homecity ortprivat":                                              part("home", card.Home, func(a *card.Address) *string { return &a.City }),
	"homestate bundeslandkantonprivat regionprivat":                   part("home", card.Home, func(a *card.Address) *string { return &a.Region }),
	"homepostalcode postleitzahlprivat":                               part("home", card.Home, func(a *card.Address) *string { return &a.Code }),
	"homecountryregion homecountry landregionprivat":                  part("home", card.Home, func(a *card.Address) *string { return &a.Country }),
	"otherstreet weiterestraße weiterestrasse":                        street("other", card.Other),
	"otherstreet2 otherstreet3 weiterestraße2 weiterestraße3":         furtherStreet("other", card.Other),
	"othercity weitererort":                                           part("other", card.Other, func(a *card.Address) *string { return &a.City }),
	"otherstate weiteresbundeslandkanton weiteresbundesland":          part("other", card.Other, func(a *card.Address) *string { return &a.Region }),
	"otherpostalcode weiterepostleitzahl":                             part("other", card.Other, func(a *card.Address) *string { return &a.Code }),
	"othercountryregion othercountry weitereslandregion weiteresland": part("other", card.Other, func(a *card.Address) *string { return &a.Country }),
})

func headsOf(lists map[string]column) map[string]column {
	all := map[string]column{}
	for names, c := range lists {
		for _, name := range strings.Fields(names) {
			all[name] = c
		}
	}
	return all
}

// text1 fills a part of which a contact has one: the first column that says
// something does.
func text1(of func(*card.Card) *string) column {
	return func(d *draft, cell string) error {
		if at := of(&d.c); *at == "" {
			*at = cell
		}
		return nil
	}
}

func emails(d *draft, cell string) error {
	for _, s := range strings.Split(cell, ":::") {
		if err := email(&d.c, s); err != nil {
			return err
		}
	}
	return nil
}

func phones(use card.Use) column {
	return func(d *draft, cell string) error { phone(&d.c, use, cell); return nil }
}

func street(key string, use card.Use) column {
	return part(key, use, func(a *card.Address) *string { return &a.Street })
}

func part(key string, use card.Use, of func(*card.Address) *string) column {
	return func(d *draft, cell string) error {
		a := d.address(key)
		if at := of(&a); *at == "" {
			*at = cell
		}
		a.Use = use
		d.addresses[key] = a
		return nil
	}
}

func furtherStreet(key string, use card.Use) column {
	return func(d *draft, cell string) error {
		a := d.address(key)
		a.Use = use
		d.addresses[key] = a
		d.more[key] = append(d.more[key], cell)
		return nil
	}
}

// Google numbers mails, phones and addresses, and says in a column before what each
// is.
var numberedHead = regexp.MustCompile(`^(email|phone|address)([0-9]{1,2})(label|type|value|street|extendedaddress|city|region|postalcode|country)$`)

func numbered(key string) column {
	m := numberedHead.FindStringSubmatch(key)
	if m == nil {
		return nil
	}
	which := m[1] + m[2]
	switch m[1] + m[3] {
	case "emailvalue":
		return emails
	case "phonevalue":
		return func(d *draft, cell string) error {
			for _, number := range strings.Split(cell, ":::") {
				phone(&d.c, useOf(d.labels[which], card.Other), number)
			}
			return nil
		}
	case "addressstreet":
		return street(which, "")
	case "addressextendedaddress":
		return furtherStreet(which, "")
	case "addresscity":
		return part(which, "", func(a *card.Address) *string { return &a.City })
	case "addressregion":
		return part(which, "", func(a *card.Address) *string { return &a.Region })
	case "addresspostalcode":
		return part(which, "", func(a *card.Address) *string { return &a.Code })
	case "addresscountry":
		return part(which, "", func(a *card.Address) *string { return &a.Country })
	}
	return func(d *draft, cell string) error {
		if d.labels == nil {
			d.labels = map[string]string{}
		}
		d.labels[which] = cell
		return nil
	}
}

// useOf is the use that a label means, otherwise if it means none of them.
func useOf(label string, otherwise card.Use) card.Use {
	switch plain(label) {
	case "work", "business", "arbeit", "geschäftlich", "main", "haupt":
		return card.Business
	case "home", "privat", "zuhause":
		return card.Home
	case "mobile", "mobil", "cell", "workmobile":
		return card.Mobile
	case "pager":
		return card.Pager
	case "workfax", "faxgeschäftlich", "faxarbeit", "fax":
		return card.BusinessFax
	case "homefax", "faxprivat":
		return card.HomeFax
	}
	return otherwise
}

// birthday reads a day as programs write it: 2001-12-24, 20011224, --12-24,
// 24.12.2001, and 12/24/2001 as Outlook writes it in English. What Outlook writes
// for none is none.
func birthday(s string) (string, error) {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "T")
	if s == "" || strings.Trim(s, "0./") == "" {
		return "", nil
	}
	for _, form := range []string{"2006-01-02", "20060102", "2.1.2006", "1/2/2006"} {
		if day, err := time.Parse(form, s); err == nil {
			return day.Format(time.DateOnly), nil
		}
	}
	// A leap year, so that the 29th of February is a day.
	for _, form := range []string{"2006 --01-02", "2006 --0102"} {
		if day, err := time.Parse(form, "2000 "+s); err == nil {
			return day.Format("--01-02"), nil
		}
	}
	return "", fmt.Errorf("%.40q is no day; write it as 2001-12-24", s)
}
