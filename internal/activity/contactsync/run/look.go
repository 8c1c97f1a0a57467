package run

import (
	"context"
	"errors"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/remote/card"
)

// Seen is a contact of the folder as it stands.
type Seen struct {
	ID   string
	Card card.Card
}

// ErrExpired says that a mailbox does not know any more what changed since a token.
var ErrExpired = errors.New("what changed since then is not known any more")

// Look looks at what changed in the folder since a token of an earlier look, at
// everything if there is none or the mailbox does not know any more, and returns
// the steps that bring contacts of ours to what the rules want: what their owner
// changed and may not is written again, what they removed is written anew. next is
// the token for the next look; it is good once the steps are done.
func Look(ctx context.Context, rules roster.Rules, m Mailbox, since string, written []roster.Written, known []roster.Known) (steps []roster.Step, next string, err error) {
	items := make(map[string]string, len(known)) // of ours: person by item
	for _, k := range known {
		items[k.Item] = k.Person
	}
	found, next, err := changed(ctx, m, since, items)
	if errors.Is(err, ErrExpired) && since != "" {
		since = ""
		found, next, err = changed(ctx, m, "", items)
	}
	if err != nil {
		return nil, "", err
	}
	wanted := make(map[string]*roster.Written, len(written))
	for i := range written {
		wanted[written[i].Person] = &written[i]
	}
	for _, k := range known {
		w := wanted[k.Person]
		is, changed := found[k.Item]
		switch {
		case w == nil: // it goes with the next run
		case changed && is == nil, !changed && since == "":
			steps = append(steps, roster.Anew(w))
		case changed && len(rules.Spoiled(*is, w.Card)) > 0:
			steps = append(steps, roster.Step{Act: roster.Update, Written: w, Item: k.Item})
		}
	}
	return steps, next, nil
}

// changed reads which of the items changed and how they stand now; nil: it is gone.
func changed(ctx context.Context, m Mailbox, since string, items map[string]string) (map[string]*card.Card, string, error) {
	found := map[string]*card.Card{}
	ours := func(item string) bool { return items[item] != "" }
	next, err := m.Changes(ctx, since, ours, func(s Seen) error {
		if ours(s.ID) {
			found[s.ID] = &s.Card
		}
		return nil
	}, func(item string) error {
		if ours(item) {
			found[item] = nil
		}
		return nil
	})
	return found, next, err
}
