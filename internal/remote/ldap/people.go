package ldap

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	wire "github.com/go-ldap/ldap/v3"

	"kept/internal/fault"
	"kept/internal/remote/card"
)

// Person is one entry of a directory.
type Person struct {
	ID      string // what the directory never changes: objectGUID, entryUUID; else the name in it
	DN      string // where the entry is; it moves with departments and marriages
	Enabled bool   // an account that may sign in; who has none always is
	Groups  []string
	Card    card.Card
}

// asked are the attributes of a person, inetOrgPerson's and Active Directory's.
var asked = []string{
	"objectClass", "objectGUID", "entryUUID", "nsUniqueId", "userAccountControl", "memberOf",
	"displayName", "cn", "givenName", "middleName", "initials", "sn", "personalTitle", "generationQualifier", "mail", "proxyAddresses",
	"telephoneNumber", "otherTelephone", "mobile", "otherMobile", "facsimileTelephoneNumber", "homePhone", "otherHomePhone", "pager",
	"company", "o", "department", "ou", "physicalDeliveryOfficeName", "roomNumber", "title",
	"street", "streetAddress", "l", "st", "postalCode", "co", "c", "wWWHomePage", "labeledURI",
}

// People calls each with every person that the filter chooses. Computers that a
// directory counts among people are left out.
func (c *Client) People(ctx context.Context, each func(Person) error) error {
	s, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	n := 0
	ask := func(question *wire.SearchRequest) (*wire.SearchResult, error) {
		found, err := s.search(question)
		if err != nil {
			return nil, fmt.Errorf("read the people of the directory: %w", err)
		}
		return found, nil
	}
	return pages(ask, wire.NewSearchRequest(c.Base, wire.ScopeWholeSubtree, wire.NeverDerefAliases, 0, 0, false, c.Filter, asked, nil), func(e *wire.Entry) error {
		a := attributesOf(e)
		if a.is("computer") {
			return nil
		}
		if n++; n > mostPeople {
			return fault.New(fault.TooLarge, "the filter chooses more than %d people; narrow it", mostPeople)
		}
		return each(a.person(e.DN))
	})
}

// pages asks a question page by page and calls each with every entry of the answer.
func pages(ask func(*wire.SearchRequest) (*wire.SearchResult, error), question *wire.SearchRequest, each func(*wire.Entry) error) error {
	paging := wire.NewControlPaging(pageSize)
	question.Controls = append(question.Controls, paging)
	for {
		found, err := ask(question)
		if err != nil {
			return err
		}
		for _, e := range found.Entries {
			if err := each(e); err != nil {
				return err
			}
		}
		next, ok := wire.FindControl(found.Controls, wire.ControlTypePaging).(*wire.ControlPaging)
		if !ok || len(next.Cookie) == 0 {
			return nil
		}
		paging.SetCookie(next.Cookie)
	}
}

// Photos opens a connection over which photos are asked for one after the other.
func (c *Client) Photos(ctx context.Context) (*Photos, error) {
	s, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	return &Photos{s}, nil
}

// Photos is an open question for photos. It is for one goroutine.
type Photos struct{ session *session }

// Close ends the question.
func (p *Photos) Close() { p.session.Close() }

// Of returns the photo of an entry, NotFound if it has none or is gone.
func (p *Photos) Of(dn string) ([]byte, error) {
	ask := wire.NewSearchRequest(dn, wire.ScopeBaseObject, wire.NeverDerefAliases, 1, 0, false, "(objectClass=*)", []string{"thumbnailPhoto", "jpegPhoto"}, nil)
	found, err := p.session.search(ask)
	if err != nil {
		return nil, fmt.Errorf("read a photo of the directory: %w", err)
	}
	for _, e := range found.Entries {
		a := attributesOf(e)
		for _, name := range []string{"jpegphoto", "thumbnailphoto"} { // the first is the larger one
			if len(a[name]) > 0 && len(a[name][0]) > 0 {
				return a[name][0], nil
			}
		}
	}
	return nil, fault.New(fault.NotFound, "the entry has no photo")
}

// attributes are an entry's values by the attribute's name in lower case.
type attributes map[string][][]byte

func attributesOf(e *wire.Entry) attributes {
	all := attributes{}
	for _, a := range e.Attributes {
		name, _, _ := strings.Cut(strings.ToLower(a.Name), ";") // of a language, or of a range
		all[name] = append(all[name], a.ByteValues...)
	}
	return all
}

// texts are the values of the attributes that are named, none of them twice.
func (a attributes) texts(names ...string) []string {
	var all []string
	seen := map[string]bool{}
	for _, name := range names {
		for _, v := range a[name] {
			text := strings.TrimSpace(strings.ToValidUTF8(string(v), "\uFFFD"))
			if text != "" && !seen[text] {
				seen[text] = true
				all = append(all, text)
			}
		}
	}
	return all
}

// text is the first of texts.
func (a attributes) text(names ...string) string {
	if all := a.texts(names...); len(all) > 0 {
		return all[0]
	}
	return ""
}

// is reports whether an entry is of a class, in lower case.
func (a attributes) is(class string) bool {
	return slices.ContainsFunc(a.texts("objectclass"), func(c string) bool { return strings.EqualFold(c, class) })
}

// switchedOff is the bit of userAccountControl that an account bears that may not
// sign in ([MS-ADTS] 2.2.16).
const switchedOff = 2

// enabled reports whether the account may sign in; who has none always is.
func (a attributes) enabled() bool {
	control, _ := strconv.ParseInt(a.text("useraccountcontrol"), 10, 64) // who has no account has no number
	return control&switchedOff == 0
}

func (a attributes) person(dn string) Person {
	return Person{ID: a.id(dn), DN: dn, Enabled: a.enabled(), Groups: a.texts("memberof"), Card: a.card()}
}

func (a attributes) id(dn string) string {
	if raw := a["objectguid"]; len(raw) > 0 && len(raw[0]) == 16 {
		return guid(raw[0])
	}
	if id := a.text("entryuuid", "nsuniqueid"); id != "" {
		return strings.ToLower(id)
	}
	return strings.ToLower(dn)
}

// guid writes an id as Active Directory's tools show it: the first three parts have
// their bytes the other way round ([MS-DTYP] 2.3.4).
func guid(b []byte) string {
	turned := []byte{b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6]}
	h := hex.EncodeToString(append(turned, b[8:]...))
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func (a attributes) card() card.Card {
	c := card.Card{
		Prefix: a.text("personaltitle"), First: a.text("givenname"), Middle: a.text("middlename", "initials"), Last: a.text("sn"), Suffix: a.text("generationqualifier"), Display: a.text("displayname", "cn"),
		Company: a.text("company", "o"), Department: a.text("department", "ou"), Office: a.text("physicaldeliveryofficename", "roomnumber"), Title: a.text("title"),
	}
	c.Website, _, _ = strings.Cut(a.text("wwwhomepage", "labeleduri"), " ") // a label may follow
	c.Emails = a.emails()
	for _, line := range []struct {
		use   card.Use
		names []string
	}{
		{card.Business, []string{"telephonenumber", "othertelephone"}}, {card.Mobile, []string{"mobile", "othermobile"}}, {card.BusinessFax, []string{"facsimiletelephonenumber"}},
		{card.Home, []string{"homephone", "otherhomephone"}}, {card.Pager, []string{"pager"}},
	} {
		for _, number := range a.texts(line.names...) {
			c.Phones = append(c.Phones, card.Phone{Use: line.use, Number: number})
		}
	}
	at := card.Address{
		Use: card.Business, Street: a.text("streetaddress", "street"), City: a.text("l"), Region: a.text("st"), Code: a.text("postalcode"), Country: a.text("co", "c"),
	}
	if at != (card.Address{Use: card.Business}) {
		c.Addresses = []card.Address{at}
	}
	return c
}

// emails are the mail addresses, the main one first. Of Exchange's addresses the one
// in capitals is the main one; those of other protocols are none.
func (a attributes) emails() (all []card.Email) {
	var main, further []string
	for _, p := range a.texts("proxyaddresses") {
		kind, address, _ := strings.Cut(p, ":")
		switch kind {
		case "SMTP":
			main = append(main, address)
		case "smtp":
			further = append(further, address)
		}
	}
	seen := map[string]bool{}
	for _, list := range [][]string{a.texts("mail"), main, further} {
		for _, address := range list {
			if low := strings.ToLower(address); strings.Contains(low, "@") && !seen[low] {
				seen[low] = true
				all = append(all, card.Email{Address: address})
			}
		}
	}
	return all
}
