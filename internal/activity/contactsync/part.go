package contactsync

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/store"
)

// part takes those out who are in the sources no longer. They were kept until it was seen
// that so many may go: a source that is empty for a while would else come back as
// strangers.
func (y *Synchroniser) part(ctx context.Context, s Sync) error {
	known, err := y.entries(ctx, s)
	if err != nil {
		return err
	}
	var acts []func(ctx context.Context, tx *store.Tx) error
	for row, number := range s.Setup.heirs(known) {
		acts = append(acts, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.ExecContext(ctx, "update sync_entry set person = $1 where id = $2", number, row)
			return store.Classify(err)
		})
	}
	for _, entries := range known {
		for _, e := range entries {
			if e.Leaving {
				acts = append(acts, func(ctx context.Context, tx *store.Tx) error { return y.gone(ctx, tx, s, e) })
			}
		}
	}
	for some := range slices.Chunk(acts, most) {
		err := y.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, act := range some {
				if err := act(ctx, tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("take out who left the sources: %w", err)
		}
	}
	return nil
}

// heirs returns the numbers of entries that exchange theirs, by row: both are of one person,
// and the one that leaves has the person's. So the contact stays, with what people typed
// into it.
func (s Setup) heirs(known map[string]map[string]stored) map[string]int64 {
	var all []roster.Entry
	var sources []roster.Source
	rows, leaves := map[string]stored{}, false
	for name, entries := range known {
		sources = append(sources, roster.Source{Key: name})
		for id, e := range entries {
			all, rows[name+"/"+id] = append(all, e.Entry), e
			leaves = leaves || e.Leaving
		}
	}
	if !leaves {
		return nil
	}
	numbers := map[string]int64{}
	for _, p := range roster.Join(sources, all) {
		slices.SortFunc(p.From, func(a, b string) int { return cmp.Compare(rows[a].Person, rows[b].Person) })
		next := slices.IndexFunc(p.From, func(key string) bool { return !rows[key].Leaving })
		if next <= 0 {
			continue
		}
		if from, heir := rows[p.From[0]], rows[p.From[next]]; s.inherits(heir.Source, from.Source) {
			numbers[from.Row], numbers[heir.Row] = heir.Person, from.Person
		}
	}
	return numbers
}

// inherits reports whether the entries of one source may get numbers of another: if they
// meet in every target, so that there too the number is the person's.
func (s Setup) inherits(heir, from string) bool {
	for _, t := range s.Targets {
		if len(t.Sources) > 0 && slices.Contains(t.Sources, heir) && !slices.Contains(t.Sources, from) {
			return false
		}
	}
	return true
}
