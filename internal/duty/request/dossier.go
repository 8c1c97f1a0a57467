package request

import (
	"context"
	"fmt"
	"slices"

	"kept/internal/store"
)

// Look returns everything of a case for a person of the staff. That it was looked
// at stands in the ledger.
func (d *Desk) Look(ctx context.Context, name, by string) (Dossier, error) {
	x, err := d.dossier(ctx, name)
	if err != nil {
		return x, err
	}
	err = d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := d.Ledger.Append(ctx, tx, "request.opened", map[string]any{"request": x.ID, "by": by})
		return err
	})
	if err != nil {
		return Dossier{}, fmt.Errorf("open a request: %w", err)
	}
	return x, nil
}

func (d *Desk) dossier(ctx context.Context, name string) (x Dossier, err error) {
	if x.Case, err = d.Case(ctx, name); err != nil {
		return x, err
	}
	read := func(f func() error) {
		if err == nil {
			err = f()
		}
	}
	read(func() (err error) { x.Contact, err = d.contact(ctx, d.DB, x.ID); return err })
	read(func() (err error) { x.Wish, err = d.wish(ctx, d.DB, x.ID); return err })
	read(func() (err error) { x.Identities, err = d.identities(ctx, d.DB, x.ID); return err })
	read(func() (err error) { x.Parts, err = d.parts(ctx, d.DB, x.ID); return err })
	read(func() (err error) { x.Plans, err = d.plans(ctx, d.DB, x.ID); return err })
	read(func() (err error) { x.Letters, err = d.letters(ctx, d.DB, x.ID); return err })
	read(func() (err error) { x.Packages, err = d.packages(ctx, d.DB, x.ID); return err })
	read(func() (err error) { x.Notes, err = d.notes(ctx, x.ID); return err })
	x.PlanHash = PlanHash(x.Case, x.Plans)
	return x, err
}

// notes returns the history of a case, the oldest line first.
func (d *Desk) notes(ctx context.Context, id string) ([]Note, error) {
	rows, err := d.DB.QueryContext(ctx, "select at, what, coalesce(by_whom, ''), body from request_note where request = $1 order by at, id", id)
	if err != nil {
		return nil, fmt.Errorf("read the history of a request: %w", store.Classify(err))
	}
	defer rows.Close()
	var all []Note
	for rows.Next() {
		var n Note
		var at store.Time
		var body []byte
		if err := rows.Scan(&at, &n.What, &n.By, &body); err != nil {
			return nil, fmt.Errorf("read the history of a request: %w", err)
		}
		if n.Text, err = d.openText(ctx, id, "request_note.body", body); err != nil {
			return nil, err
		}
		n.At = at.Time
		all = append(all, n)
	}
	slices.SortStableFunc(all, func(a, b Note) int {
		if by := a.At.Compare(b.At); by != 0 {
			return by
		}
		return placeOf(a.What) - placeOf(b.What)
	})
	return all, store.Classify(rows.Err())
}

// course is the order of what happens to a case at the same moment.
var course = []string{
	string(Received), "proof", string(Identify), "restricted", string(Plan), string(Approve), string(Execute), string(Carry), string(Answer), string(Close),
}

func placeOf(what string) int {
	if i := slices.Index(course, what); i >= 0 {
		return i
	}
	return len(course)
}
