package contactsync

import (
	"context"
	"errors"
	"slices"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/fault"
	"kept/internal/remote/graph"
)

// organisation is a directory in Microsoft Entra as a source of contacts.
type organisation struct {
	client *graph.Client
	what   string   // listUsers or listContacts
	groups []string // whose members have to be known

	members map[string][]string // by id: in which of the groups
}

// guests and accounts that are switched off are no contacts of the organisation.
func (o *organisation) read(ctx context.Context, since string, each func(roster.Entry) error, gone func(id string) error) (string, error) {
	if err := o.readMembers(ctx); err != nil {
		return "", err
	}
	take := func(e graph.Entry) error {
		if !e.Enabled || e.Guest {
			return gone(e.ID)
		}
		return each(roster.Entry{ID: e.ID, Card: e.Card, Groups: o.members[e.ID]})
	}
	read := o.client.Users
	if o.what == listContacts {
		read = o.client.OrgContacts
	}
	if len(o.groups) > 0 {
		since = "" // who joined or left a group is in no list of changed users
	}
	next, err := read(ctx, since, take, gone)
	if errors.Is(err, graph.ErrExpired) {
		err = errExpired
	}
	return next, err
}

func (o *organisation) readMembers(ctx context.Context) error {
	o.members = map[string][]string{}
	for _, g := range o.groups {
		err := o.client.Members(ctx, g, func(id string) error {
			if !slices.Contains(o.members[id], g) {
				o.members[id] = append(o.members[id], g)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// photoSize is the size in which a photo is asked for, in pixels a side.
const photoSize = 360

func (o *organisation) photo(ctx context.Context, id, known string) ([]byte, string, error) {
	if o.what == listContacts {
		return nil, "", fault.New(fault.NotFound, "contacts of an organisation have no photos")
	}
	if known != "" {
		tag, err := o.client.UserPhotoTag(ctx, id)
		if err != nil || tag == known {
			return nil, known, err
		}
	}
	return o.client.UserPhoto(ctx, id, photoSize)
}

// mailboxesOf returns the mailboxes of the members of groups and of a department,
// by their addresses.
func mailboxesOf(ctx context.Context, c *graph.Client, groups []string, department string) ([]string, error) {
	o := &organisation{client: c, groups: groups}
	if err := o.readMembers(ctx); err != nil {
		return nil, err
	}
	var found []string
	f := roster.Filter{Departments: []string{department}}
	_, err := c.Users(ctx, "", func(e graph.Entry) error {
		chosen := len(o.members[e.ID]) > 0 || department != "" && f.Takes(roster.Entry{Card: e.Card})
		if chosen && e.Enabled && !e.Guest && e.Mailbox != "" {
			found = append(found, e.Mailbox)
		}
		return nil
	}, func(string) error { return nil })
	return found, err
}
