package dataset

import (
	"context"
	"slices"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/remote/records"
)

// Mark writes into the person's rows that they are restricted, or that the person
// has objected, where the dataset names the field that says so; and reads back that
// they do. Done twice it changes nothing more.
func (e *Estate) Mark(ctx context.Context, p rights.Person, r rights.Right, w rights.Wish, on bool) ([]rights.Part, error) {
	ids := identifiers(p)
	if len(ids) == 0 || !slices.ContainsFunc(e.graph.Collections, func(c *Collection) bool { return c.marking(r) != nil }) || !e.holdsFor(w.Activity) {
		return nil, nil
	}
	e.refresh()
	walk, err := e.walk(ctx, ids)
	if err != nil {
		return nil, err
	}
	defer walk.spool.Close()
	var parts []rights.Part
	for _, c := range e.graph.Collections {
		f, all := c.marking(r), e.fates(c, nil)
		if f == nil || !walk.graph.Own(c) || !concerns(all, w.Activity) {
			continue
		}
		n, err := walk.markField(ctx, c, f, f.Marks[string(r)].value(on))
		if err != nil {
			return nil, err
		}
		if n > 0 {
			parts = append(parts, rights.Part{Activity: keyOf(entryOf(all)), Table: c.Name, Rows: n})
		}
	}
	return parts, nil
}

// value is what the field says; without off it is empty then.
func (m Mark) value(on bool) string {
	if on {
		return m.On
	}
	return m.Off
}

// marking returns the field of a collection that says that a right was used; nil if
// none does.
func (c *Collection) marking(r rights.Right) *Field {
	i := slices.IndexFunc(c.Fields, func(f *Field) bool { _, ok := f.Marks[string(r)]; return ok })
	if i < 0 {
		return nil
	}
	return c.Fields[i]
}

// marked says what a restriction or an objection does to a collection: a field of
// the person's rows in the same dataset says it for all of it, else a person does it
// by hand.
func (w *walk) marked(ctx context.Context, of *Collection, r rights.Right) (rights.Does, error) {
	for _, c := range of.Dataset.Collections {
		if c.Skip || c.marking(r) == nil || !w.graph.Own(c) {
			continue
		}
		n, err := w.count(ctx, c)
		if err != nil {
			return "", err
		}
		if n > 0 && r == rights.Restriction {
			return rights.Restricts, nil
		} else if n > 0 {
			return rights.Stops, nil
		}
	}
	return rights.Cannot, nil
}

// markField writes one field of the person's rows of a collection; n counts them all,
// those that said it before too.
func (w *walk) markField(ctx context.Context, c *Collection, f *Field, value string) (n int64, err error) {
	s, err := w.estate.system(c)
	if err != nil {
		return 0, err
	}
	if len(c.Key()) == 0 {
		return 0, fault.New(fault.Conflict, "%s has no primary_key, so its rows cannot be marked; name the key in the dataset", c)
	}
	table, err := s.table(ctx, c)
	if err != nil {
		return 0, err
	}
	if table.NoChange {
		return 0, fault.New(fault.Conflict, "%s cannot be changed, so its rows cannot be marked; take the mark out of the dataset, and it is done by hand", c)
	}
	t := &treatment{c: c, system: s, table: table, masks: []*Field{f}}
	fields := t.selection()
	err = w.keys(ctx, t, func(keys [][]string) error {
		all, changes, err := t.unmarked(ctx, fields, keys, f, value)
		if err != nil {
			return err
		}
		n += all
		if len(changes) == 0 {
			return nil
		}
		if err := s.Source.Change(ctx, c.Name, changes); err != nil {
			return s.failed(c, err)
		}
		if _, left, err := t.unmarked(ctx, fields, keys, f, value); err != nil || len(left) > 0 {
			if err == nil {
				err = fault.New(fault.Internal, "%d rows of %s do not say %s after it was written", len(left), c, f.Name())
			}
			return err
		}
		return nil
	})
	return n, err
}

// unmarked returns what has to change for the rows of keys to say value, and how many
// rows there are.
func (t *treatment) unmarked(ctx context.Context, fields *selection, keys [][]string, f *Field, value string) (n int64, changes []records.Change, err error) {
	query := records.Query{Table: t.c.Name, Fields: fields.tops, Match: records.Match{Fields: t.keyNames(), Tuples: keys}}
	err = t.system.Source.Read(ctx, query, func(row records.Row) error {
		n++
		now, _ := word(fields.value(row, f))
		if !t.says(now, f, value) {
			var set any = value
			if value == "" {
				set = nil
			}
			changes = append(changes, records.Change{Key: t.keyOf(fields, row), Set: map[string]any{f.Path[0]: set}})
		}
		return nil
	})
	return n, changes, t.system.failed(t.c, err)
}

// says compares what stands in a field with what it is to say; systems write a truth
// as true or as 1.
func (t *treatment) says(now string, f *Field, value string) bool {
	truths := map[string]string{"1": "true", "0": "false"}
	if column, _ := t.table.Column(f.Path[0]); column.Kind == records.Truth || f.Type == "boolean" {
		if x, ok := truths[now]; ok {
			now = x
		}
		if x, ok := truths[value]; ok {
			value = x
		}
	}
	return now == value
}
