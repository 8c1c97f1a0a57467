package dataset

import (
	"context"
	"slices"

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
	if err := walk.findAlone(ctx, all); err != nil {
		return nil, err
	}
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
	if !t.deletes && len(t.masks) == 0 {
		if len(t.kept) > 0 || t.cannot {
			kept, err = w.count(ctx, t.c)
		}
		return 0, kept, err
	}
	m := newMasker()
	if !w.graph.Own(t.c) {
		rows, err = w.leftAlone(ctx, t, m)
		return rows, 0, err
	}
	err = w.rows(ctx, t.c, t.tops(), func(fields *selection, row records.Row) error {
		if len(t.kept) > 0 {
			kept++
		}
		if t.deletes || !t.masked(m, fields, row) {
			rows++
		}
		return nil
	})
	return rows, kept, err
}

// leftAlone counts shared rows that nobody else uses any more.
func (w *walk) leftAlone(ctx context.Context, t *treatment, m *masker) (rows int64, err error) {
	fields := t.selection()
	err = w.keys(ctx, t, func(keys [][]string) error {
		n, err := t.unmasked(ctx, m, fields, keys)
		rows += n
		return err
	})
	return rows, err
}

// selection is the fields that tell rows apart, and those that go.
func (t *treatment) selection() *selection {
	fields := newSelection()
	for _, name := range slices.Concat(t.keyNames(), t.tops()) {
		fields.addTop(name)
	}
	return fields
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

// unmasked counts those of the rows with these keys that are as they were.
func (t *treatment) unmasked(ctx context.Context, m *masker, fields *selection, keys [][]string) (n int64, err error) {
	query := records.Query{Table: t.c.Name, Fields: fields.tops, Match: records.Match{Fields: t.keyNames(), Tuples: keys}}
	err = t.system.Source.Read(ctx, query, func(row records.Row) error {
		fields.unfold(t.c, row)
		if t.deletes || !t.masked(m, fields, row) {
			n++
		}
		return nil
	})
	return n, t.system.failed(t.c, err)
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
