package dataset

import (
	"context"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/remote/records"
)

// Left asks every system again and returns what an erasure should have taken, and
// with a reason what it left on purpose.
func (e *Estate) Left(ctx context.Context, p rights.Person) ([]rights.Part, error) {
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
	walk, err := e.walk(ctx, ids)
	if err != nil {
		return nil, err
	}
	defer walk.spool.Close()
	var parts []rights.Part
	for _, t := range all {
		n, kept, err := walk.left(ctx, t)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			parts = append(parts, rights.Part{Activity: keyOf(entryOf(t.fates)), Table: t.c.Name, Rows: n})
		}
		if kept > 0 {
			parts = append(parts, t.stays(kept)...)
		}
	}
	return parts, nil
}

// verify asks for everything that the journal leads to.
func (w *walk) verify(ctx context.Context, all []*treatment) error {
	for _, t := range all {
		n, _, err := w.left(ctx, t)
		if err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Internal, "%d rows of %s are still there after the erasure", n, t.c)
		}
	}
	return nil
}

// left counts the rows of a collection that are as they were, and those that stay
// on purpose.
func (w *walk) left(ctx context.Context, t *treatment) (rows, kept int64, err error) {
	shared := !w.graph.Own(t.c)
	if !t.deletes && len(t.masks) == 0 {
		if len(t.kept) == 0 {
			return 0, 0, nil
		}
		kept, err = w.count(ctx, t.c)
		return 0, kept, err
	}
	m := newMasker()
	err = w.rows(ctx, t.c, t.tops(), func(fields *selection, row records.Row) error {
		if len(t.kept) > 0 {
			kept++
		}
		if t.deletes || !t.masked(m, fields, row) {
			rows++
		}
		return nil
	})
	if shared && rows > 0 && err == nil {
		rows = 0
		err = w.keys(ctx, t, func(keys [][]string) error { rows += w.unmasked(ctx, t, m, keys, &err); return err })
	}
	return rows, kept, err
}

// masked reports whether every value of the row that goes looks masked.
func (t *treatment) masked(m *masker, fields *selection, row records.Row) bool {
	for _, f := range t.masks {
		for _, v := range values(fields.value(row, f), f.Path[1:]) {
			if !m.looks(t.system, t.table, f, v) {
				return false
			}
		}
	}
	return true
}

// unmasked counts rows by their keys.
func (w *walk) unmasked(ctx context.Context, t *treatment, m *masker, keys [][]string, failed *error) (n int64) {
	fields := newSelection()
	for _, name := range append(t.keyNames(), t.tops()...) {
		fields.addTop(name)
	}
	query := records.Query{Table: t.c.Name, Fields: fields.tops, Match: records.Match{Fields: t.keyNames(), Tuples: keys}}
	*failed = t.system.Source.Read(ctx, query, func(row records.Row) error {
		fields.unfold(t.c, row)
		if t.deletes || !t.masked(m, fields, row) {
			n++
		}
		return nil
	})
	return n
}

// values are the values at a path, through objects and lists, empty ones too.
func values(v any, path []string) []any {
	if list, ok := v.([]any); ok {
		var found []any
		for _, x := range list {
			found = append(found, values(x, path)...)
		}
		return found
	}
	if len(path) == 0 {
		return []any{v}
	}
	object, _ := v.(map[string]any)
	return values(object[path[0]], path[1:])
}
