package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"kept/internal/fault"
	"kept/internal/remote/card"
)

// Entry is a user or a contact of the organisation.
type Entry struct {
	ID      string
	Name    string // userPrincipalName of a user, empty for a contact
	Mailbox string // the address under which a user's mailbox is reached
	Enabled bool   // an account that may sign in; contacts are always
	Guest   bool
	Card    card.Card
}

// user is what is asked of a user, as the service names it.
type user struct {
	ID              string   `json:"id"`
	Principal       string   `json:"userPrincipalName"`
	Mail            string   `json:"mail"`
	OtherMails      []string `json:"otherMails"`
	Enabled         *bool    `json:"accountEnabled"`
	Type            string   `json:"userType"`
	DisplayName     string   `json:"displayName"`
	GivenName       string   `json:"givenName"`
	Surname         string   `json:"surname"`
	JobTitle        string   `json:"jobTitle"`
	Department      string   `json:"department"`
	CompanyName     string   `json:"companyName"`
	Office          string   `json:"officeLocation"`
	BusinessPhones  []string `json:"businessPhones"`
	MobilePhone     string   `json:"mobilePhone"`
	Fax             string   `json:"faxNumber"`
	Street          string   `json:"streetAddress"`
	City            string   `json:"city"`
	State           string   `json:"state"`
	PostalCode      string   `json:"postalCode"`
	CountryOrRegion string   `json:"country"`
}

const userFields = "id,userPrincipalName,mail,otherMails,accountEnabled,userType,displayName,givenName,surname,jobTitle,department,companyName," +
	"officeLocation,businessPhones,mobilePhone,faxNumber,streetAddress,city,state,postalCode,country"

func (u user) entry() Entry {
	c := card.Card{
		First: u.GivenName, Last: u.Surname, Display: u.DisplayName, Company: u.CompanyName, Department: u.Department, Office: u.Office, Title: u.JobTitle,
	}
	for _, address := range append([]string{u.Mail}, u.OtherMails...) {
		c.Emails = withEmail(c.Emails, address)
	}
	for _, number := range u.BusinessPhones {
		c.Phones = append(c.Phones, card.Phone{Use: card.Business, Number: number})
	}
	if u.MobilePhone != "" {
		c.Phones = append(c.Phones, card.Phone{Use: card.Mobile, Number: u.MobilePhone})
	}
	if u.Fax != "" {
		c.Phones = append(c.Phones, card.Phone{Use: card.BusinessFax, Number: u.Fax})
	}
	at := card.Address{Use: card.Business, Street: u.Street, City: u.City, Region: u.State, Code: u.PostalCode, Country: u.CountryOrRegion}
	if at != (card.Address{Use: card.Business}) {
		c.Addresses = []card.Address{at}
	}
	mailbox := u.Mail
	if mailbox == "" {
		mailbox = u.Principal
	}
	return Entry{ID: u.ID, Name: u.Principal, Mailbox: mailbox, Enabled: u.Enabled == nil || *u.Enabled, Guest: strings.EqualFold(u.Type, "guest"), Card: c}
}

// withEmail adds an address that is not among emails, whatever its case.
func withEmail(emails []card.Email, address string) []card.Email {
	if address = strings.TrimSpace(address); address == "" {
		return emails
	}
	for _, e := range emails {
		if strings.EqualFold(e.Address, address) {
			return emails
		}
	}
	return append(emails, card.Email{Address: address})
}

// orgContact is a contact of the organisation, as the service names it.
type orgContact struct {
	ID          string `json:"id"`
	Mail        string `json:"mail"`
	DisplayName string `json:"displayName"`
	GivenName   string `json:"givenName"`
	Surname     string `json:"surname"`
	JobTitle    string `json:"jobTitle"`
	Department  string `json:"department"`
	CompanyName string `json:"companyName"`
	Addresses   []struct {
		Street  string `json:"street"`
		City    string `json:"city"`
		State   string `json:"state"`
		Code    string `json:"postalCode"`
		Country string `json:"countryOrRegion"`
		Office  string `json:"officeLocation"`
	} `json:"addresses"`
	Phones []struct {
		Type   string `json:"type"`
		Number string `json:"number"`
	} `json:"phones"`
}

const orgContactFields = "id,mail,displayName,givenName,surname,jobTitle,department,companyName,addresses,phones"

func (o orgContact) entry() Entry {
	c := card.Card{First: o.GivenName, Last: o.Surname, Display: o.DisplayName, Company: o.CompanyName, Department: o.Department, Title: o.JobTitle}
	c.Emails = withEmail(nil, o.Mail)
	uses := map[string]card.Use{"business": card.Business, "home": card.Home, "mobile": card.Mobile, "businessFax": card.BusinessFax, "homeFax": card.HomeFax, "pager": card.Pager}
	for _, p := range o.Phones {
		use, known := uses[p.Type]
		if !known {
			use = card.Other
		}
		if p.Number != "" {
			c.Phones = append(c.Phones, card.Phone{Use: use, Number: p.Number})
		}
	}
	for _, a := range o.Addresses {
		at := card.Address{Use: card.Business, Street: a.Street, City: a.City, Region: a.State, Code: a.Code, Country: a.Country}
		if at != (card.Address{Use: card.Business}) {
			c.Addresses = append(c.Addresses, at)
		}
		if c.Office == "" {
			c.Office = a.Office
		}
	}
	return Entry{ID: o.ID, Enabled: true, Card: c}
}

// Users reads the users that changed since a link of an earlier reading, all if it
// is empty, and returns the link for the next time. ErrExpired if the link is too
// old (seven days): then everything has to be read.
//
// A list of changes names what changed of a user; each is therefore read as it is
// now where the line is not whole.
func (c *Client) Users(ctx context.Context, since string, each func(Entry) error, gone func(id string) error) (next string, err error) {
	return c.entries(ctx, "users", userFields, since, func(raw json.RawMessage) (Entry, error) {
		u, err := decode[user](raw)
		return u.entry(), err
	}, each, gone)
}

// OrgContacts reads the contacts of the organisation as Users reads users.
func (c *Client) OrgContacts(ctx context.Context, since string, each func(Entry) error, gone func(id string) error) (next string, err error) {
	return c.entries(ctx, "contacts", orgContactFields, since, func(raw json.RawMessage) (Entry, error) {
		o, err := decode[orgContact](raw)
		return o.entry(), err
	}, each, gone)
}

func (c *Client) entries(ctx context.Context, list, fields, since string, entry func(json.RawMessage) (Entry, error), each func(Entry) error, gone func(id string) error) (string, error) {
	first := c.address(url.Values{"$select": {fields}}, list, "delta")
	next, err := c.changes(ctx, c.directory(), since, first, nil, func(raw json.RawMessage) error {
		if since != "" {
			// A line of changes has the fields that changed and no others.
			line, err := decode[change](raw)
			if err != nil {
				return err
			}
			if err := c.do(ctx, call{scope: c.directory(), method: http.MethodGet, url: c.address(url.Values{"$select": {fields}}, list, line.ID)}, &raw); err != nil {
				if fault.Is(err, fault.NotFound) {
					return gone(line.ID)
				}
				return err
			}
		}
		e, err := entry(raw)
		if err != nil {
			return err
		}
		return each(e)
	}, gone)
	if err != nil {
		return "", fmt.Errorf("read %s of the directory: %w", list, err)
	}
	return next, nil
}

// Group is a group of the organisation.
type Group struct {
	ID   string `json:"id"`
	Name string `json:"displayName"`
	Mail string `json:"mail"`
}

// Groups returns the groups, by name as the service sorts them.
func (c *Client) Groups(ctx context.Context) (found []Group, err error) {
	address := c.address(url.Values{"$select": {"id,displayName,mail"}, "$top": {"999"}}, "groups")
	_, err = c.list(ctx, c.directory(), address, nil, func(raw json.RawMessage) error {
		g, err := decode[Group](raw)
		found = append(found, g)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the groups of the directory: %w", err)
	}
	return found, nil
}

// Members calls each with the id of every user and contact in a group, through
// groups inside it too.
func (c *Client) Members(ctx context.Context, group string, each func(id string) error) error {
	address := c.address(url.Values{"$select": {"id"}, "$top": {"999"}}, "groups", group, "transitiveMembers")
	_, err := c.list(ctx, c.directory(), address, nil, func(raw json.RawMessage) error {
		line, err := decode[struct {
			ID   string `json:"id"`
			Type string `json:"@odata.type"`
		}](raw)
		if err != nil || line.Type == "#microsoft.graph.group" || line.Type == "#microsoft.graph.device" {
			return err
		}
		return each(line.ID)
	})
	if err != nil {
		return fmt.Errorf("read the members of a group: %w", err)
	}
	return nil
}
