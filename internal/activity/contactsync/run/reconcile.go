package run

import (
	"context"

	"kept/internal/activity/contactsync/roster"
)

// Reconcile looks at a mailbox that was begun and not ended, and brings the book to
// what is there: a contact that bears our mark and is not in the book is noted, one
// that is in the book and not there is forgotten. Of a person who stands twice the
// later contact goes. It returns what is known now.
//
// A photo that was written and not noted counts as not written: writing it again
// does no harm.
func Reconcile(ctx context.Context, owner string, m Mailbox, b Book, known []roster.Known) ([]roster.Known, error) {
	before := map[string]roster.Known{} // by item
	for _, k := range known {
		before[k.Item] = k
	}
	there := map[string]roster.Known{} // by person
	var twice []string
	err := m.Items(ctx, func(it Item) error {
		mark, ours := roster.ParseMark(it.Mark)
		if !ours || mark.Owner != owner {
			return nil
		}
		k := roster.Known{Person: mark.Person, Item: it.ID, Hash: mark.Hash, Photo: before[it.ID].Photo}
		if other, met := there[mark.Person]; met {
			if _, noted := before[it.ID]; !noted {
				twice = append(twice, it.ID)
				return nil
			}
			twice = append(twice, other.Item)
		}
		there[mark.Person] = k
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, item := range twice {
		if err := m.Delete(ctx, item); err != nil {
			return nil, err
		}
	}
	var notes []Note
	for _, k := range known {
		if _, still := there[k.Person]; !still {
			notes = append(notes, Note{Person: k.Person})
		}
	}
	now := make([]roster.Known, 0, len(there))
	for person, k := range there {
		now = append(now, k)
		if before[k.Item] != k {
			notes = append(notes, Note{Person: person, Known: k})
		}
	}
	if len(notes) > 0 {
		if err := b.Write(ctx, notes); err != nil {
			return nil, err
		}
	}
	return now, nil
}

// Undo removes what is ours from a mailbox, and nothing else, and returns how many
// contacts that were. It does not trust the book: it looks.
func Undo(ctx context.Context, o Order, m Mailbox, b Book) (removed int, problems []Problem, err error) {
	var steps []roster.Step
	err = m.Items(ctx, func(it Item) error {
		if mark, ours := roster.ParseMark(it.Mark); ours && mark.Owner == o.Owner {
			steps = append(steps, roster.Remove(mark.Person, it.ID))
		}
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	problems, err = Run(ctx, o, m, b, steps)
	return len(steps) - len(problems), problems, err
}
