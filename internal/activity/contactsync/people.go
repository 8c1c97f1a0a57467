package contactsync

import (
	"cmp"
	"context"
	"encoding/hex"
	"slices"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/store"
)

// people returns a function that joins the entries of some sources, without those who
// leave. A person's number is the least that any of its entries has.
func (y *Synchroniser) people(ctx context.Context, s Sync) (func([]roster.Source) []roster.Wanted, error) {
	known, err := y.entries(ctx, s)
	if err != nil {
		return nil, err
	}
	var entries []roster.Entry
	numbers, heirs := map[string]int64{}, s.Setup.heirs(known)
	for source, all := range known {
		for id, e := range all {
			if e.Leaving {
				continue
			}
			entries = append(entries, e.Entry)
			numbers[source+"/"+id] = e.Person
			if n, turned := heirs[e.Row]; turned {
				numbers[source+"/"+id] = n
			}
		}
	}
	return func(sources []roster.Source) []roster.Wanted {
		people := roster.Join(sources, entries)
		least := func(p roster.Person) int64 {
			n := numbers[p.From[0]]
			for _, key := range p.From[1:] {
				n = min(n, numbers[key])
			}
			return n
		}
		// In the order of their numbers: rows that are written in the order of their
		// keys lie close together.
		slices.SortFunc(people, func(a, b roster.Person) int { return cmp.Compare(least(a), least(b)) })
		wanted := make([]roster.Wanted, len(people))
		for i, p := range people {
			wanted[i] = roster.Wanted{Person: number(least(p)), Card: p.Card}
		}
		return wanted
	}, nil
}

// sizes returns the bytes of the photos by their sums.
func (y *Synchroniser) sizes(ctx context.Context, s Sync) (map[string]int64, error) {
	rows, err := y.env.DB.QueryContext(ctx, "select sum, size from sync_photo where setup = $1", s.ID)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	sizes := map[string]int64{}
	for rows.Next() {
		var sum string
		var size int64
		if err := rows.Scan(&sum, &size); err != nil {
			return nil, store.Classify(err)
		}
		sizes[sum] = size
	}
	return sizes, store.Classify(rows.Err())
}

// marks returns a function that turns the first bytes of a photo's sum into the
// whole sum, where there still is such a photo.
func marks(sizes map[string]int64) func(string) string {
	byMark := map[string]string{}
	for sum := range sizes {
		byMark[hex.EncodeToString(unhex(sum))] = sum
	}
	return func(mark string) string {
		if sum, ok := byMark[mark]; ok {
			return sum
		}
		return mark
	}
}

func (y *Synchroniser) photoOf(ctx context.Context, s Sync, sum string) ([]byte, error) {
	var sealed []byte
	if err := y.env.DB.QueryRowContext(ctx, "select photo from sync_photo where setup = $1 and sum = $2", s.ID, sum).Scan(&sealed); err != nil {
		return nil, store.Classify(err)
	}
	open := y.env.Opener(ctx, s.Customer)
	return open.Bytes(photoTable+".photo", sealed), open.Err()
}
