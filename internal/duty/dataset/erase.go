package dataset

import (
	"context"
	"fmt"
	"slices"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/remote/records"
)

// Erase takes from the other systems what is the person's and nothing keeps:
// rows go, children first, or their values are masked. It bears being killed
// anywhere, and being asked for again under the same key. At the end it asks
// every system what is left; if something is, the erasure is not done.
func (e *Estate) Erase(ctx context.Context, p rights.Person, key string) ([]rights.Part, error) {
	if e.DB == nil {
		return nil, fault.New(fault.Invalid, "an estate without a store erases nothing")
	}
	ids := identifiers(p)
	if len(ids) == 0 {
		return nil, nil
	}
	e.refresh()
	holds, err := e.holdsOn(ctx, p.Subjects)
	if err != nil {
		return nil, err
	}
	all, err := e.treatments(ctx, holds)
	if err != nil {
		return nil, err
	}
	j, walk, err := e.begin(ctx, ids, key, all)
	if err != nil {
		return nil, err
	}
	defer walk.spool.Close()
	if err := e.at("journal written"); err != nil {
		return nil, err
	}
	parts, err := e.take(ctx, j, walk, all)
	if err != nil {
		return nil, err
	}
	if err := walk.verify(ctx, all); err != nil {
		return nil, err
	}
	return parts, e.close(ctx, j, parts)
}

// begin walks, or takes up the journal of an erasure that was broken off.
func (e *Estate) begin(ctx context.Context, ids []Identifier, key string, all []*treatment) (*journal, *walk, error) {
	j, err := e.journal(ctx, key)
	if err != nil {
		return nil, nil, err
	}
	walk, err := e.newWalk(ctx)
	if err != nil {
		return nil, nil, err
	}
	if j.known {
		err = e.recall(ctx, j, walk)
	} else if err = walk.follow(ctx, ids); err == nil {
		if err = walk.findAlone(ctx, all); err == nil {
			err = e.record(ctx, j, walk)
		}
	}
	if err != nil {
		walk.spool.Close()
		return nil, nil, err
	}
	return j, walk, nil
}

// take erases collection by collection. What another table still holds on to is
// tried again when others have gone; if nothing goes any more, that is told.
func (e *Estate) take(ctx context.Context, j *journal, walk *walk, all []*treatment) ([]rights.Part, error) {
	var parts []rights.Part
	m := newMasker()
	for rest := all; len(rest) > 0; {
		var stuck []*treatment
		var last error
		for _, t := range rest {
			n, err := e.takeOne(ctx, j, walk, t, m)
			if fault.Is(err, fault.Conflict) && t.deletes {
				stuck, last = append(stuck, t), err
				continue
			} else if err != nil {
				return nil, err
			}
			if n > 0 {
				parts = append(parts, rights.Part{Activity: keyOf(entryOf(t.fates)), Table: t.c.Name, Rows: n})
			}
		}
		if len(stuck) == len(rest) {
			return nil, fmt.Errorf("%s: rows of a table that no dataset names, or that stays, refer to it; name that table in the dataset: %w", stuck[0].c, last)
		}
		rest = stuck
	}
	return parts, nil
}

func (e *Estate) takeOne(ctx context.Context, j *journal, walk *walk, t *treatment, m *masker) (n int64, err error) {
	if slices.Contains(j.done, t.c.String()) {
		return 0, nil
	}
	shared := !e.graph.Own(t.c)
	switch {
	case t.deletes && !shared && len(t.c.Key()) == 0:
		n, err = walk.deleteWays(ctx, t)
	case t.deletes:
		n, err = walk.deleteKeys(ctx, t)
	case len(t.masks)+len(t.cuts) > 0:
		n, err = walk.mask(ctx, t, m)
	}
	if err != nil {
		return n, err
	}
	if err := e.at("took " + t.c.String()); err != nil {
		return n, err
	}
	return n, e.through(ctx, j, t.c)
}

// deleteWays deletes what the ways find, where rows have no key.
func (w *walk) deleteWays(ctx context.Context, t *treatment) (n int64, err error) {
	ways, err := w.used(t.c)
	for _, way := range ways {
		err = w.spool.each(w.number[way], records.Batch, func(tuples [][]string) error {
			gone, err := t.system.Source.Delete(ctx, t.c.Name, t.system.match(way, tuples))
			n += gone
			return t.system.failed(t.c, err)
		})
		if err != nil {
			break
		}
	}
	return n, err
}

// deleteKeys deletes rows by their keys.
func (w *walk) deleteKeys(ctx context.Context, t *treatment) (n int64, err error) {
	err = w.keys(ctx, t, func(keys [][]string) error {
		gone, err := t.system.Source.Delete(ctx, t.c.Name, records.Match{Fields: t.keyNames(), Tuples: keys})
		n += gone
		return t.system.failed(t.c, err)
	})
	return n, err
}

// mask masks row by row, a batch at a time, and reads back what it wrote.
func (w *walk) mask(ctx context.Context, t *treatment, m *masker) (n int64, err error) {
	fields := t.selection()
	masking := &masking{treatment: t, masker: m, fields: fields}
	err = w.keys(ctx, t, func(keys [][]string) error {
		query := records.Query{Table: t.c.Name, Fields: fields.tops, Match: records.Match{Fields: t.keyNames(), Tuples: keys}}
		var changes []records.Change
		err := t.system.Source.Read(ctx, query, func(row records.Row) error {
			fields.unfold(t.c, row)
			if set := masking.change(row); len(set) > 0 {
				changes = append(changes, records.Change{Key: t.keyOf(fields, row), Set: set})
			}
			return nil
		})
		if err == nil && len(changes) > 0 {
			err = t.system.Source.Change(ctx, t.c.Name, changes)
		}
		if n += int64(len(changes)); err != nil {
			return t.system.failed(t.c, err)
		}
		return t.wereMasked(ctx, m, fields, keys)
	})
	return n, err
}

// wereMasked reads rows back: a trigger, or a value that the system keeps
// otherwise, must not pass for an erasure.
func (t *treatment) wereMasked(ctx context.Context, m *masker, fields *selection, keys [][]string) error {
	n, err := t.unmasked(ctx, m, fields, keys)
	if err == nil && n > 0 {
		err = fault.New(fault.Internal, "%d rows of %s are as they were after they were masked; look for a trigger that writes them again", n, t.c)
	}
	return err
}

func (t *treatment) keyNames() []string {
	var names []string
	for _, f := range t.c.Key() {
		names = append(names, f.Name())
	}
	return names
}

func (t *treatment) keyOf(fields *selection, row records.Row) map[string]string {
	key := map[string]string{}
	for _, f := range t.c.Key() {
		if w := fields.words(row, f); len(w) == 1 {
			key[f.Name()] = w[0]
		}
	}
	return key
}

// keys hands over the keys of the rows that are the person's alone, in batches.
func (w *walk) keys(ctx context.Context, t *treatment, f func([][]string) error) error {
	if !w.graph.Own(t.c) {
		return w.spool.marks(w.alone(t.c), records.Batch, f)
	}
	return w.everyKey(ctx, t, f)
}

// everyKey hands over the keys of the rows that the walk found. They are written
// down before the first row changes: no reading is open while something is written.
func (w *walk) everyKey(ctx context.Context, t *treatment, f func([][]string) error) error {
	room := len(w.graph.Collections) + w.room(t.c)
	if err := w.spool.clear(room); err != nil {
		return err
	}
	err := w.rows(ctx, t.c, t.tops(), func(fields *selection, row records.Row) error {
		var key []string
		for _, k := range t.c.Key() {
			key = append(key, fields.words(row, k)...)
		}
		_, err := w.spool.mark(room, key)
		return err
	})
	if err != nil {
		return err
	}
	return w.spool.marks(room, records.Batch, f)
}
