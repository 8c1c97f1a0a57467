package dataset

import (
	"context"
	"strings"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/remote/records"
)

// Correct writes corrected values wherever the person's rows hold the old ones.
// A field is meant by its data category or, with the system named, by
// collection.field. Done twice it changes nothing more.
func (e *Estate) Correct(ctx context.Context, p rights.Person, corrections []rights.Correction, _ string) ([]rights.Part, error) {
	ids := identifiers(p)
	if len(ids) == 0 || len(corrections) == 0 {
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
		n, err := walk.correct(ctx, c, corrections)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			parts = append(parts, rights.Part{Activity: keyOf(entryOf(e.fates(c, nil))), Table: c.Name, Rows: n})
		}
	}
	return parts, nil
}

// meant reports whether a correction is about the field.
func (t fate) meant(c rights.Correction) bool {
	f := t.field
	if f.Key || f.ReadOnly || len(f.Path) > 1 || c.Activity != "" && !concerns([]fate{t}, c.Activity) {
		return false
	}
	return c.Field == f.Collection.Name+"."+f.Name() || f.Personal() && c.Field == f.Category()
}

// correction is one field with what it is to become.
type correction struct {
	field *Field
	rights.Correction
}

func (w *walk) correct(ctx context.Context, c *Collection, wanted []rights.Correction) (n int64, err error) {
	s, err := w.estate.system(c)
	if err != nil {
		return 0, err
	}
	var all []correction
	for _, t := range w.estate.fates(c, nil) {
		for _, x := range wanted {
			if t.meant(x) && (x.System == "" || x.System == s.Name) && w.graph.Own(c) {
				all = append(all, correction{t.field, x})
			}
		}
	}
	if len(all) == 0 {
		return 0, nil
	}
	if len(c.Key()) == 0 {
		return 0, fault.New(fault.Conflict, "%s has no primary_key, so its rows cannot be corrected; name the key in the dataset", c)
	}
	table, err := s.table(ctx, c)
	if err != nil {
		return 0, err
	}
	t := &treatment{c: c, system: s, table: table}
	for _, x := range all {
		t.masks = append(t.masks, x.field)
	}
	fields := t.selection()
	err = w.keys(ctx, t, func(keys [][]string) error {
		changes, err := t.corrected(ctx, fields, keys, all)
		if err == nil && len(changes) > 0 {
			err = s.Source.Change(ctx, c.Name, changes)
		}
		n += int64(len(changes))
		return s.failed(c, err)
	})
	return n, err
}

func (t *treatment) corrected(ctx context.Context, fields *selection, keys [][]string, all []correction) (changes []records.Change, err error) {
	query := records.Query{Table: t.c.Name, Fields: fields.tops, Match: records.Match{Fields: t.keyNames(), Tuples: keys}}
	err = t.system.Source.Read(ctx, query, func(row records.Row) error {
		set := map[string]any{}
		for _, x := range all {
			now, _ := word(fields.value(row, x.field))
			if now != x.New && (x.Old == "" || same(now, x.Old)) {
				set[x.field.Path[0]] = x.New
			}
		}
		if len(set) > 0 {
			changes = append(changes, records.Change{Key: t.keyOf(fields, row), Set: set})
		}
		return nil
	})
	return changes, err
}

// same compares a stored value with what the person says it is.
func same(stored, said string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(stored), " "), strings.Join(strings.Fields(said), " "))
}
