package contactsync

import (
	"context"
	"errors"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/fault"
	"kept/internal/remote/graph"
)

// drawer is a folder for contacts of a shared mailbox as a source. Contacts that a
// synchronisation wrote there are none of it.
type drawer struct {
	box    *graph.Mailbox
	folder string // its path; empty: the usual one
}

// read reads what changed by one call, and each contact that did by one more: a list of
// changes does not tell whose a contact is.
func (d *drawer) read(ctx context.Context, since string, each func(roster.Entry) error, gone func(id string) error) (next string, err error) {
	if since == "" {
		return d.readAll(ctx, each, gone)
	}
	next, err = d.box.Changes(ctx, "", since, func(it graph.Item) error {
		now, err := d.box.Item(ctx, it.ID)
		switch {
		case fault.Is(err, fault.NotFound):
			return gone(it.ID)
		case err != nil:
			return err
		case isOurs(now):
			return gone(it.ID)
		}
		return each(filed(now))
	}, gone)
	if errors.Is(err, graph.ErrExpired) || fault.Is(err, fault.NotFound) { // the folder may be another one of the same name
		return "", errExpired
	}
	return next, err
}

// readAll reads which contacts are ours first, and then all others.
func (d *drawer) readAll(ctx context.Context, each func(roster.Entry) error, gone func(id string) error) (string, error) {
	folder := ""
	if d.folder != "" {
		f, err := d.box.FolderAt(ctx, d.folder)
		if err != nil {
			return "", err
		}
		folder = f.ID
	}
	written := map[string]bool{}
	err := d.box.Items(ctx, folder, true, func(it graph.Item) error {
		written[it.ID] = isOurs(it)
		return nil
	})
	if err != nil {
		return "", err
	}
	return d.box.Changes(ctx, folder, "", func(it graph.Item) error {
		if written[it.ID] {
			return nil
		}
		return each(filed(it))
	}, gone)
}

func isOurs(it graph.Item) bool { _, ours := roster.ParseMark(it.Mark); return ours }

// filed is a contact of a mailbox as an entry of a source. Its categories are its
// groups.
func filed(it graph.Item) roster.Entry {
	return roster.Entry{ID: it.ID, Card: it.Card, Groups: it.Card.Categories}
}

func (d *drawer) photo(ctx context.Context, id, known string) ([]byte, string, error) {
	raw, err := d.box.Photo(ctx, id)
	if err != nil {
		return nil, "", err
	}
	return tagged(raw, known)
}
