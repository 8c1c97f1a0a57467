package dataset

import (
	"context"
	"errors"
	"slices"

	"kept/internal/remote/records"
)

// errEnough ends a reading early.
var errEnough = errors.New("enough")

// alone numbers the marks of a shared collection's keys that only this person's
// rows refer to.
func (w *walk) alone(c *Collection) int { return 2*len(w.graph.Collections) + w.room(c) }

// findAlone remembers which shared rows only this person's rows refer to: an
// address that others live at, a tenant with other users stays as it is. It is
// found out before anything is erased, while one can tell whose a row is.
func (w *walk) findAlone(ctx context.Context, all []*treatment) error {
	for _, t := range all {
		if w.graph.Own(t.c) || !t.deletes && len(t.masks) == 0 {
			continue
		}
		err := w.everyKey(ctx, t, func(keys [][]string) error {
			for _, key := range keys {
				used, err := w.usedByOthers(ctx, t, key)
				if err != nil {
					return err
				}
				if used {
					continue
				}
				if _, err := w.spool.mark(w.alone(t.c), key); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// usedByOthers reports whether a row that is not the person's leads to the row
// with this key.
func (w *walk) usedByOthers(ctx context.Context, t *treatment, key []string) (bool, error) {
	for _, way := range w.graph.Into(t.c) {
		if way.From == nil {
			continue
		}
		var names, values []string
		for _, p := range way.Pairs {
			i := slices.Index(t.c.Key(), p.Target)
			if i < 0 {
				continue
			}
			names, values = append(names, p.Source.Name()), append(values, key[i])
		}
		if len(names) == 0 {
			continue
		}
		foreign, err := w.foreign(ctx, way.From, records.Match{Fields: names, Tuples: [][]string{values}})
		if err != nil || foreign {
			return foreign, err
		}
	}
	return false, nil
}

// foreign reports whether a match finds a row of c that the walk did not.
func (w *walk) foreign(ctx context.Context, c *Collection, m records.Match) (bool, error) {
	s, err := w.estate.system(c)
	if err != nil {
		return false, err
	}
	fields := newSelection()
	ways := w.graph.Into(c)
	for _, way := range ways {
		for _, p := range way.Pairs {
			fields.add(p.Target)
		}
	}
	found := false
	err = s.Source.Read(ctx, records.Query{Table: c.Name, Fields: fields.tops, Match: m}, func(row records.Row) error {
		mine, err := w.found(ways, fields, row)
		if err != nil || mine {
			return err
		}
		found = true
		return errEnough
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, s.failed(c, err)
}

// found reports whether the walk finds the row by one of the ways.
func (w *walk) found(ways []*Way, fields *selection, row records.Row) (bool, error) {
	for _, way := range ways {
		tuples := [][]string{nil}
		for _, p := range way.Pairs {
			var longer [][]string
			for _, v := range fields.words(row, p.Target) {
				for _, t := range tuples {
					longer = append(longer, append(t[:len(t):len(t)], fold(way, v)))
				}
			}
			tuples = longer
		}
		for _, t := range tuples {
			if known, err := w.spool.has(w.number[way], t); err != nil || known {
				return known, err
			}
		}
	}
	return false, nil
}
