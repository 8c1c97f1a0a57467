package contactsync

import (
	"context"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/fault"
)

// Line is what a run would do to one contact of a mailbox.
type Line struct {
	Act   roster.Act
	Name  string
	Email string
	Phone string
	Photo bool
	Drops []string // what the contact cannot take
}

// mostLines is how many contacts of a mailbox are shown.
const mostLines = 200

// Show tells what a run would write into one mailbox, from the sources as they were
// read last. NotFound if no target chooses the mailbox.
func (y *Synchroniser) Show(ctx context.Context, id, address string) (lines []Line, count roster.Count, err error) {
	w, err := y.visits(ctx, id, Options{})
	if err != nil {
		return nil, count, err
	}
	for _, v := range w.visits {
		if normal(v.box.Address) != normal(address) {
			continue
		}
		_, steps, err := y.steps(ctx, w, v)
		if err != nil {
			return nil, count, err
		}
		count.Add(roster.CountOf(steps, len(v.written()), func(sum string) int64 { return w.sizes[sum] }))
		for _, s := range steps[:min(len(steps), mostLines)] {
			lines = append(lines, lineOf(s))
		}
	}
	if count.Mailboxes == 0 {
		return nil, count, fault.New(fault.NotFound, "no target chooses this mailbox")
	}
	return lines, count, nil
}

func lineOf(s roster.Step) Line {
	l := Line{Act: s.Act, Name: s.Card.Name(), Photo: s.Photo, Drops: s.Drops}
	if len(s.Card.Emails) > 0 {
		l.Email = s.Card.Emails[0].Address
	}
	if len(s.Card.Phones) > 0 {
		l.Phone = s.Card.Phones[0].Number
	}
	return l
}
