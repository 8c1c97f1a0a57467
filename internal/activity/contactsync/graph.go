package contactsync

import (
	"context"
	"errors"
	"fmt"

	"kept/internal/activity/contactsync/run"
	"kept/internal/remote/card"
	"kept/internal/remote/graph"
)

// online is the folder of a mailbox in Exchange Online that a run works in.
type online struct {
	box    *graph.Mailbox
	folder string
}

// propertySet is the set in which the property of our marks lies.
const (
	propertySet  = "5ad4a1e6-6a3e-4bb6-9d0c-2e6f0c6f1a77"
	propertyName = "kept"
)

// Online returns the folder of a mailbox in Exchange Online as a run works in it;
// the empty folder is the usual one.
func Online(c *graph.Client, address, folder string) run.Mailbox {
	return online{c.Mailbox(address, propertySet, propertyName), folder}
}

func (o online) Changes(ctx context.Context, since string, _ func(string) bool, each func(run.Seen) error, gone func(string) error) (string, error) {
	next, err := o.box.Changes(ctx, o.folder, since, func(it graph.Item) error {
		return each(run.Seen{ID: it.ID, Card: it.Card, Modified: it.Modified, Photo: func(ctx context.Context) ([]byte, error) { return o.box.Photo(ctx, it.ID) }})
	}, gone)
	if errors.Is(err, graph.ErrExpired) {
		err = run.ErrExpired
	}
	return next, err
}

func (o online) Items(ctx context.Context, each func(run.Item) error) error {
	return o.box.Items(ctx, o.folder, true, func(it graph.Item) error { return each(run.Item{ID: it.ID, Mark: it.Mark}) })
}

func (o online) Look(ctx context.Context, item string) (card.Card, error) {
	it, err := o.box.Item(ctx, item)
	return it.Card, err
}

func (o online) Find(ctx context.Context, mark string) (string, error) {
	it, err := o.box.Find(ctx, o.folder, mark)
	return it.ID, err
}

func (o online) Create(ctx context.Context, mark string, c card.Card) (string, error) {
	it, err := o.box.Create(ctx, o.folder, mark, c)
	return it.ID, unclear(err)
}

func (o online) Update(ctx context.Context, item, mark string, c card.Card, fields []string) error {
	_, err := o.box.Update(ctx, item, mark, c, graph.Fields(fields))
	return unclear(err)
}

func (o online) Delete(ctx context.Context, item string) error {
	err := o.box.Delete(ctx, item)
	if errors.Is(err, graph.ErrUnclear) { // to remove what is gone is no error
		err = o.box.Delete(ctx, item)
	}
	return err
}

func (o online) SetPhoto(ctx context.Context, item string, jpeg []byte) error {
	return unclear(o.box.SetPhoto(ctx, item, jpeg))
}

// unclear says in the run's words that it is not known whether a call was carried
// out.
func unclear(err error) error {
	if errors.Is(err, graph.ErrUnclear) {
		return fmt.Errorf("%w: %w", run.ErrUnclear, err)
	}
	return err
}
