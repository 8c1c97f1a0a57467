package run

import (
	"context"
	"errors"
	"time"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/fault"
	"kept/internal/remote/card"
)

// Seen is a contact of the folder as it stands.
type Seen struct {
	ID       string
	Card     card.Card
	Modified time.Time                             // zero: nobody knows
	Photo    func(context.Context) ([]byte, error) // NotFound if it has none; nil: it cannot be read
}

// ErrExpired says that a mailbox does not know any more what changed since a token.
var ErrExpired = errors.New("what changed since then is not known any more")

// Watch is a look at one mailbox.
type Watch struct {
	Rules   roster.Rules
	Written []roster.Written
	Known   []roster.Known

	// Quiet is until when changes are taken for our own: photos of contacts that nobody
	// changed since are not read.
	Quiet time.Time
	// Same reports whether a photo as a mailbox has it is the one of a sum.
	Same func(ctx context.Context, photo []byte, sum string) (bool, error)
}

// Look looks at what changed in the folder since a token of an earlier look, at
// everything if there is none or the mailbox does not know any more, and returns
// the steps that bring contacts of ours to what the rules want: what their owner
// changed and may not is written again, what they removed is written anew. next is
// the token for the next look; it is good once the steps are done.
func (w Watch) Look(ctx context.Context, m Mailbox, since string) (steps []roster.Step, next string, err error) {
	found, next, err := w.changed(ctx, m, since)
	if errors.Is(err, ErrExpired) && since != "" {
		since = ""
		found, next, err = w.changed(ctx, m, "")
	}
	if err != nil {
		return nil, "", err
	}
	wanted := w.wanted()
	for _, k := range w.Known {
		is, changed := found[k.Item]
		switch want := wanted[k.Person]; {
		case want == nil: // it goes with the next run
		case changed && is == nil, !changed && since == "":
			steps = append(steps, roster.Anew(want))
		case changed && (is.spoiled || is.picture):
			steps = append(steps, roster.Step{Act: roster.Update, Written: want, Item: k.Item, Photo: is.picture, Only: !is.spoiled})
		}
	}
	return steps, next, nil
}

func (w Watch) wanted() map[string]*roster.Written {
	all := make(map[string]*roster.Written, len(w.Written))
	for i := range w.Written {
		all[w.Written[i].Person] = &w.Written[i]
	}
	return all
}

// harm is what the owner of a mailbox did to a contact of ours that they may not.
type harm struct{ spoiled, picture bool }

// changed reads which contacts of ours changed, and what of it they may not; nil: the
// contact is gone.
func (w Watch) changed(ctx context.Context, m Mailbox, since string) (map[string]*harm, string, error) {
	wanted, known := w.wanted(), make(map[string]roster.Known, len(w.Known)) // by item
	for _, k := range w.Known {
		known[k.Item] = k
	}
	found := map[string]*harm{}
	ours := func(item string) bool { return known[item].Person != "" }
	next, err := m.Changes(ctx, since, ours, func(s Seen) error {
		if !ours(s.ID) {
			return nil
		}
		found[s.ID] = &harm{}
		want := wanted[known[s.ID].Person]
		if want == nil {
			return nil
		}
		lost, err := w.lost(ctx, s, want, known[s.ID])
		found[s.ID] = &harm{spoiled: len(w.Rules.Spoiled(s.Card, want.Card)) > 0, picture: lost}
		return err
	}, func(item string) error {
		if ours(item) {
			found[item] = nil
		}
		return nil
	})
	return found, next, err
}

// lost reports whether a photo of ours has to be written again: it is gone, or it is
// another one and the rules do not leave it to the mailbox's owner.
func (w Watch) lost(ctx context.Context, s Seen, want *roster.Written, k roster.Known) (bool, error) {
	if want.Card.Photo == nil || k.Photo != want.Card.Photo.Sum || s.Photo == nil || !s.Modified.IsZero() && !s.Modified.After(w.Quiet) {
		return false, nil // there is none of ours, or the next run writes it anyway
	}
	photo, err := s.Photo(ctx)
	switch {
	case fault.Is(err, fault.NotFound):
		return true, nil
	case err != nil, w.Rules.Of("photo") != roster.Overwrite:
		return false, err
	}
	same, err := w.Same(ctx, photo, k.Photo)
	return !same && err == nil, err
}
