package contactsync

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"kept/internal/store"
)

// mostBoxes is how many mailboxes a plan lists for people.
const mostBoxes = 50

// Write writes the preview for people.
func (p Preview) Write(w io.Writer) error {
	c := p.Count
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "people in the sources\t%d\nmailboxes\t%d\nnew contacts\t%d\nchanged\t%d\nremoved\t%d\nphotos\t%d\nas they should be\t%d\n",
		p.People, c.Mailboxes, c.Creates, c.Updates, c.Deletes, c.Photos, c.Same)
	if p.Takes > 0 {
		fmt.Fprintf(table, "will take about\t%s\n", p.Takes.Round(time.Second))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, kind := range slices.Sorted(maps.Keys(p.Drops)) {
		fmt.Fprintf(w, "A contact has no room for %d × %s.\n", p.Drops[kind], kind)
	}
	if p.Brake != nil {
		fmt.Fprintf(w, "The brake: %v.\n", p.Brake)
	}
	if c.Creates+c.Updates+c.Deletes == 0 {
		_, err := fmt.Fprintln(w, "Nothing is to be done.")
		return err
	}
	fmt.Fprintln(w)
	table = tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "MAILBOX\tTARGET\tNEW\tCHANGED\tREMOVED")
	shown := 0
	for _, b := range p.Boxes {
		if b.Count.Creates+b.Count.Updates+b.Count.Deletes == 0 {
			continue
		}
		if shown++; shown > mostBoxes {
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%d\t%d\n", b.Address, b.Target, b.Count.Creates, b.Count.Updates, b.Count.Deletes)
	}
	if err := table.Flush(); err != nil || shown <= mostBoxes {
		return err
	}
	_, err := fmt.Fprintf(w, "… and %d more; --json has all.\n", shown-mostBoxes)
	return err
}

// Write writes the result for people.
func (r Result) Write(w io.Writer) error {
	said := map[string]string{"done": "Done", "partly": "Done in part", "stopped": "Stopped", "failed": "It could not run"}[r.State]
	c := r.Count
	_, err := fmt.Fprintf(w, "%s: %d mailboxes, %d contacts new, %d changed, %d removed, %d photos.\n", said, c.Mailboxes, c.Creates, c.Updates, c.Deletes, c.Photos)
	if err != nil {
		return err
	}
	return nil
}

// Fits says why a set-up could not be stored, nil if it could.
func (y *Synchroniser) Fits(activity string, s Setup) error {
	a, err := y.entry(activity)
	if err != nil {
		return err
	}
	return s.Check(a)
}

// writtenOf returns how many contacts stand in the mailboxes of one target.
func (y *Synchroniser) writtenOf(ctx context.Context, id, target string) (n int64, err error) {
	err = y.env.DB.QueryRowContext(ctx, "select count(*) from sync_item i join sync_mailbox m on m.id = i.mailbox where m.setup = $1 and m.target = $2", id, target).Scan(&n)
	return n, store.Classify(err)
}

// Written returns how many contacts of a synchronisation stand in how many
// mailboxes, as they are remembered.
func (y *Synchroniser) Written(ctx context.Context, id string) (contacts, boxes int64, err error) {
	if _, err := y.Get(ctx, id); err != nil {
		return 0, 0, err
	}
	err = y.env.DB.QueryRowContext(ctx, "select count(*), count(distinct i.mailbox) from sync_item i join sync_mailbox m on m.id = i.mailbox where m.setup = $1", id).Scan(&contacts, &boxes)
	if err != nil {
		return 0, 0, fmt.Errorf("count contacts: %w", store.Classify(err))
	}
	return contacts, boxes, nil
}
