package contactsync

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/activity/contactsync/run"
	"kept/internal/remote/card"
	"kept/internal/remote/ews"
)

// premises is the folder of a mailbox on an Exchange server that a run works in. The
// run's steps come one by one; what comes at the same time is written in one call.
type premises struct {
	box     *ews.Mailbox
	folder  string
	creates *gathered[ews.Write]
	updates *gathered[ews.Write]
	deletes *gathered[string]
}

// OnPremises returns the folder of a mailbox on an Exchange server as a run works in
// it; the empty folder is the usual one.
func OnPremises(c *ews.Client, address, folder string) run.Mailbox {
	box := c.Mailbox(address, propertySet, propertyName)
	return premises{
		box: box, folder: folder,
		creates: &gathered[ews.Write]{carry: func(ctx context.Context, all []ews.Write) []ews.Result { return box.Create(ctx, folder, all) }},
		updates: &gathered[ews.Write]{carry: box.Update},
		deletes: &gathered[string]{carry: box.Delete},
	}
}

// stepsAtOnce is how many steps a run has under way in a mailbox: while one call is
// at the server, the steps of the next gather.
const stepsAtOnce = 2 * ews.Most

// Changes asks what changed, and then for the content of what is ours among it: the
// server does not send it along.
func (p premises) Changes(ctx context.Context, since string, ours func(string) bool, each func(run.Seen) error, gone func(string) error) (string, error) {
	var ids []string
	next, err := p.box.Changes(ctx, p.folder, since, func(it ews.Item) error {
		if ours(it.ID) {
			ids = append(ids, it.ID)
		}
		return nil
	}, gone)
	if errors.Is(err, ews.ErrExpired) {
		return "", run.ErrExpired
	}
	if err != nil {
		return "", err
	}
	return next, p.box.Read(ctx, ids, func(it ews.Item) error {
		return each(run.Seen{ID: it.ID, Card: it.Card, Modified: it.Modified, Photo: func(ctx context.Context) ([]byte, error) { return p.box.Photo(ctx, it.ID) }})
	})
}

func (p premises) Items(ctx context.Context, each func(run.Item) error) error {
	return p.box.Items(ctx, p.folder, func(it ews.Item) error { return each(run.Item{ID: it.ID, Mark: it.Mark}) })
}

func (p premises) Look(ctx context.Context, item string) (card.Card, error) {
	it, err := p.box.Item(ctx, item)
	return it.Card, err
}

func (p premises) Find(ctx context.Context, mark string) (string, error) {
	it, err := p.box.Find(ctx, p.folder, mark)
	return it.ID, err
}

func (p premises) Create(ctx context.Context, mark string, c card.Card) (string, error) {
	r := p.creates.do(ctx, ews.Write{Mark: mark, Card: c})
	return r.Item.ID, notKnown(r.Err)
}

func (p premises) Update(ctx context.Context, item, mark string, c card.Card, fields []string) error {
	return notKnown(p.updates.do(ctx, ews.Write{ID: item, Mark: mark, Card: c, Fields: fields}).Err)
}

func (p premises) Delete(ctx context.Context, item string) error {
	err := p.deletes.do(ctx, item).Err
	if errors.Is(err, ews.ErrUnclear) { // to remove what is gone is no error
		err = p.deletes.do(ctx, item).Err
	}
	return err
}

func (p premises) SetPhoto(ctx context.Context, item string, jpeg []byte) error {
	return notKnown(p.box.SetPhoto(ctx, item, jpeg))
}

// notKnown says in the run's words that it is not known whether a call was carried
// out.
func notKnown(err error) error {
	if errors.Is(err, ews.ErrUnclear) {
		return fmt.Errorf("%w: %w", run.ErrUnclear, err)
	}
	return err
}

// ews returns a client of a connection to an Exchange server.
func (y *Synchroniser) ews(key string, c Connection) (*ews.Client, error) {
	return ews.New(ews.Config{
		URL: c.URL, Account: c.Account, Password: c.Password.Reveal, Limiter: y.limiter, Clock: y.env.Clock,
		Way: func() (http.RoundTripper, error) { return y.way(key, c) },
	})
}

// onPremises is the place of a target on an Exchange server. The server lists no
// mailboxes: a directory does, if the target names one.
func (y *Synchroniser) onPremises(s Setup, t Target) (place, error) {
	client, err := y.ews(t.Connection, s.Connections[t.Connection])
	if err != nil {
		return place{}, fmt.Errorf("connections.%s: %w", t.Connection, err)
	}
	return place{
		others: y.othersIn(s, t),
		takes:  ews.Limits, pace: roster.Outlook, atOnce: stepsAtOnce,
		at: func(address, folder string) run.Mailbox { return OnPremises(client, address, folder) },
		reach: func(ctx context.Context, address string) error {
			_, err := client.Mailbox(address, propertySet, propertyName).HasFolder(ctx, "")
			return err
		},
		open: func(ctx context.Context, address, folder, name string) (run.Mailbox, string, bool, error) {
			box := client.Mailbox(address, propertySet, propertyName)
			folder, made, err := standing(ctx, folder, name, box.HasFolder, func(ctx context.Context, name string) (string, bool, error) {
				f, err := box.EnsureFolder(ctx, name)
				return f.ID, f.Made, err
			})
			return OnPremises(client, address, folder), folder, made, err
		},
		clear: func(ctx context.Context, address, folder string) (bool, error) {
			return client.Mailbox(address, propertySet, propertyName).RemoveEmptyFolder(ctx, folder)
		},
	}, nil
}
