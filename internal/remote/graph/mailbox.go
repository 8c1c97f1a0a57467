package graph

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/remote/card"
	"kept/internal/remote/throttle"
)

// Limits are what a contact of a mailbox takes through this interface: it has no
// fax, pager or other phone.
var Limits = card.Limits{
	Emails:    3,
	Phones:    map[card.Use]int{card.Business: 2, card.Home: 2, card.Mobile: 1},
	Addresses: card.Outlook.Addresses,
	Photos:    true,
}

// Mailbox is the contacts of one mailbox.
type Mailbox struct {
	client  *Client
	address string
	mark    string // id of the extended property, as the service writes such ids
}

// Mailbox returns the mailbox of a user, by id or address. mark names the extended
// property of what is written: a GUID of the application's own and a name.
func (c *Client) Mailbox(address, guid, name string) *Mailbox {
	return &Mailbox{client: c, address: address, mark: fmt.Sprintf("String {%s} Name %s", guid, name)}
}

func (m *Mailbox) scope() throttle.Scope {
	return throttle.Scope{Tenant: m.client.Tenant, Mailbox: strings.ToLower(m.address)}
}

func (m *Mailbox) at(query url.Values, path ...string) string {
	return m.client.address(query, append([]string{"users", m.address}, path...)...)
}

// in is the path of the contacts in a folder; the empty folder is the usual one.
func in(folder string) []string {
	if folder == "" {
		return []string{"contacts"}
	}
	return []string{"contactFolders", folder, "contacts"}
}

// HasFolder reports whether a folder is still there: its owner may have removed it.
func (m *Mailbox) HasFolder(ctx context.Context, id string) (bool, error) {
	err := m.client.do(ctx, call{scope: m.scope(), method: http.MethodGet, url: m.at(url.Values{"$select": {"id"}}, "contactFolders", id)}, nil)
	switch {
	case fault.Is(err, fault.NotFound):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("look for a folder of a mailbox: %w", err)
	}
	return true, nil
}

// RemoveEmptyFolder removes a folder in which there is nothing, neither contacts nor
// folders, and reports whether it is gone.
func (m *Mailbox) RemoveEmptyFolder(ctx context.Context, id string) (bool, error) {
	for _, list := range []string{"contacts", "childFolders"} {
		var first page
		err := m.client.do(ctx, call{scope: m.scope(), method: http.MethodGet, url: m.at(url.Values{"$top": {"1"}, "$select": {"id"}}, "contactFolders", id, list)}, &first)
		switch {
		case fault.Is(err, fault.NotFound):
			return true, nil
		case err != nil:
			return false, fmt.Errorf("look into a folder of a mailbox: %w", err)
		case len(first.Value) > 0:
			return false, nil
		}
	}
	err := m.client.do(ctx, call{scope: m.scope(), method: http.MethodDelete, url: m.at(nil, "contactFolders", id)}, nil)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return false, fmt.Errorf("remove a folder of a mailbox: %w", err)
	}
	return true, nil
}

// Item is a contact in a mailbox. Mark is empty if we did not write it.
type Item struct {
	ID   string
	Tag  string // changes with every change of the contact
	Mark string
	Card card.Card

	Modified time.Time
}

// marked has the extended property come with each contact.
func (m *Mailbox) marked() string {
	return "singleValueExtendedProperties($filter=id eq '" + m.mark + "')"
}

// Items calls each with the contacts of a folder, those that others wrote too. With
// bare they come without their content: id, tag and mark alone.
func (m *Mailbox) Items(ctx context.Context, folder string, bare bool, each func(Item) error) error {
	query := url.Values{"$expand": {m.marked()}, "$top": {"200"}}
	if bare {
		query.Set("$select", "id,changeKey")
	}
	_, err := m.client.list(ctx, m.scope(), m.at(query, in(folder)...), nil, func(raw json.RawMessage) error {
		w, err := decode[wire](raw)
		if err != nil {
			return err
		}
		return each(w.item(m.mark))
	})
	if err != nil {
		return fmt.Errorf("read the contacts of a mailbox: %w", err)
	}
	return nil
}

// Find returns the contact of a folder that carries a mark, NotFound if there is
// none: to learn what became of a call whose answer did not come.
func (m *Mailbox) Find(ctx context.Context, folder, mark string) (Item, error) {
	quoted := strings.ReplaceAll(mark, "'", "''")
	query := url.Values{
		"$filter": {"singleValueExtendedProperties/Any(ep: ep/id eq '" + m.mark + "' and ep/value eq '" + quoted + "')"},
		"$expand": {m.marked()},
	}
	found, err := Item{}, fault.New(fault.NotFound, "no contact carries the mark")
	_, failed := m.client.list(ctx, m.scope(), m.at(query, in(folder)...), nil, func(raw json.RawMessage) error {
		w, broken := decode[wire](raw)
		found, err = w.item(m.mark), nil
		return broken
	})
	if failed != nil {
		return Item{}, fmt.Errorf("look for a contact in a mailbox: %w", failed)
	}
	return found, err
}

// Changes calls each with the contacts of a folder that changed since a link of an
// earlier reading, all if it is empty, and returns the link for the next time.
// ErrExpired if the service does not know any more. A line has no mark: the
// service leaves extended properties out of lists of changes.
func (m *Mailbox) Changes(ctx context.Context, folder, since string, each func(Item) error, gone func(id string) error) (next string, err error) {
	first := m.at(nil, append(in(folder), "delta")...)
	header := map[string]string{"Prefer": "odata.maxpagesize=200"}
	next, err = m.client.changes(ctx, m.scope(), since, first, header, func(raw json.RawMessage) error {
		w, err := decode[wire](raw)
		if err != nil {
			return err
		}
		return each(w.item(m.mark))
	}, gone)
	if err != nil {
		return "", fmt.Errorf("read what changed in a mailbox: %w", err)
	}
	return next, nil
}

// Create writes a new contact with a mark. ErrUnclear if it is not known whether it
// is there: Find tells.
func (m *Mailbox) Create(ctx context.Context, folder, mark string, c card.Card) (Item, error) {
	body := write(c, All)
	body["singleValueExtendedProperties"] = m.property(mark)
	var made wire
	if err := m.client.do(ctx, call{scope: m.scope(), method: http.MethodPost, url: m.at(nil, in(folder)...), body: body}, &made); err != nil {
		return Item{}, fmt.Errorf("write a contact: %w", err)
	}
	it := made.item(m.mark)
	it.Mark = mark
	return it, nil
}

// Update writes fields of a contact and its mark, and leaves everything else. A
// field that the card does not have is emptied. NotFound if the contact is gone.
func (m *Mailbox) Update(ctx context.Context, id, mark string, c card.Card, fields Fields) (Item, error) {
	body := write(c, fields)
	body["singleValueExtendedProperties"] = m.property(mark)
	var changed wire
	if err := m.client.do(ctx, call{scope: m.scope(), method: http.MethodPatch, url: m.at(nil, "contacts", id), body: body}, &changed); err != nil {
		return Item{}, fmt.Errorf("change a contact: %w", err)
	}
	it := changed.item(m.mark)
	it.Mark = mark
	return it, nil
}

// Delete removes a contact. One that is gone already is no error.
func (m *Mailbox) Delete(ctx context.Context, id string) error {
	err := m.client.do(ctx, call{scope: m.scope(), method: http.MethodDelete, url: m.at(nil, "contacts", id)}, nil)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return fmt.Errorf("remove a contact: %w", err)
	}
	return nil
}

func (m *Mailbox) property(mark string) []property { return []property{{ID: m.mark, Value: mark}} }

// Item returns a contact by its id, NotFound if it is gone.
func (m *Mailbox) Item(ctx context.Context, id string) (Item, error) {
	var w wire
	err := m.client.do(ctx, call{scope: m.scope(), method: http.MethodGet, url: m.at(url.Values{"$expand": {m.marked()}}, "contacts", id)}, &w)
	if err != nil {
		return Item{}, fmt.Errorf("read a contact: %w", err)
	}
	return w.item(m.mark), nil
}
