package dataset

import (
	"context"
	"slices"
	"strings"

	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/remote/records"
	"kept/internal/subject"
)

// Correct writes corrected values wherever the person's rows hold the old ones, and
// adds them in the rows that the plan names. Done twice it changes nothing more. A
// collection in which a constraint forbids it is told with the reason rights.Taken.
func (e *Estate) Correct(ctx context.Context, p rights.Person, corrections []rights.Correction, plan []rights.Planned, _ string) ([]rights.Part, error) {
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
		part := rights.Part{Activity: keyOf(entryOf(e.fates(c, nil))), Table: c.Name}
		part.Rows, err = walk.correct(ctx, c, p, corrections, plan)
		switch {
		case fault.Is(err, fault.Conflict):
			parts = append(parts, rights.Part{Activity: part.Activity, Table: part.Table, Reason: rights.Taken})
		case err != nil:
			return nil, err
		}
		if part.Rows > 0 {
			parts = append(parts, part)
		}
	}
	return parts, nil
}

// meant reports whether a correction is about the field: by its data category, that of
// a field here too, or by collection.field.
func (t fate) meant(c rights.Correction) bool {
	f := t.field
	if f.Key || c.Activity != "" && !concerns([]fate{t}, c.Activity) {
		return false
	}
	category := f.Category()
	return c.Field == label(f) || f.Personal() && (c.Field == category || slices.Contains(c.Categories, category))
}

// label is how a plan names a field.
func label(f *Field) string { return f.Collection.Name + "." + f.Name() }

// correction is one field with what it is to become.
type correction struct {
	field *Field
	rights.Correction
}

// corrections are what of the wanted is about a collection, and its system. Rows that
// are not the person's alone are not theirs to correct.
func (w *walk) corrections(c *Collection, wanted []rights.Correction) (all []correction, s *System, err error) {
	if s, err = w.estate.system(c); err != nil || !w.graph.Own(c) {
		return nil, s, err
	}
	for _, t := range w.estate.fates(c, nil) {
		for _, x := range wanted {
			if t.meant(x) && (x.System == "" || x.System == s.Name) {
				all = append(all, correction{t.field, x})
			}
		}
	}
	return all, s, nil
}

// writable reports whether a program can write the new value, and if not why.
func (x correction) writable(t *records.Table) (does rights.Does, why rights.Words) {
	column, known := t.Column(x.field.Path[0])
	most := limit(x.field, column)
	switch {
	case len(x.field.Collection.Key()) == 0 || t.NoChange || x.field.ReadOnly || known && (column.Fixed || column.Array || column.Kind == records.Nested) || x.field.listed() || len(x.field.Path) > 1:
		return rights.Cannot, byHand
	case most > 0 && len([]rune(x.New)) > most:
		return rights.Cannot, tooLong
	}
	return rights.Corrects, nil
}

// proven reports whether the new value may be stored: an address only once the person
// has proven to control it.
func (x correction) proven(p rights.Person) bool {
	if !within(x.field.Category(), "user.contact.email") {
		return true
	}
	address, err := mail.Normalise(x.New)
	return err == nil && slices.ContainsFunc(p.Identifiers, func(i subject.Identifier) bool { return i.Kind == subject.Email && i.Value == address })
}

// wrong reports whether what stands in a field is another value than the right one, and
// the one that is said to be wrong if one is.
func (x correction) wrong(now string) bool {
	return now != "" && !stands(now, x.New) && (x.Old == "" || same(now, x.Old))
}

// look reports whether a row holds another value than the right one, or none where one
// may be added.
func (x correction) look(fields *selection, row records.Row) (wrong, lacks bool) {
	v := fields.value(row, x.field)
	wrong = slices.ContainsFunc(fields.words(row, x.field), x.wrong)
	return wrong, x.Old == "" && len(x.field.Path) == 1 && (v == nil || v == "")
}

// stands compares a stored value with the right one; a database may have filled it up
// with spaces.
func stands(now, right string) bool {
	return strings.TrimRight(now, " ") == strings.TrimRight(right, " ")
}

// same compares a stored value with what the person says it is.
func same(stored, said string) bool {
	return strings.EqualFold(strings.Join(strings.Fields(stored), " "), strings.Join(strings.Fields(said), " "))
}

func (w *walk) correct(ctx context.Context, c *Collection, p rights.Person, wanted []rights.Correction, plan []rights.Planned) (n int64, err error) {
	all, s, err := w.corrections(c, wanted)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	table, err := s.table(ctx, c)
	if err != nil {
		return 0, err
	}
	all = slices.DeleteFunc(all, func(x correction) bool {
		does, _ := x.writable(table)
		return does != rights.Corrects || !x.proven(p)
	})
	if len(all) == 0 {
		return 0, nil
	}
	t := &rectification{treatment: treatment{c: c, system: s, table: table}, all: all, plan: plan}
	for _, x := range all {
		t.masks = append(t.masks, x.field)
	}
	fields := t.selection()
	err = w.keys(ctx, &t.treatment, func(keys [][]string) error {
		changed, err := t.batch(ctx, fields, keys)
		n += changed
		return s.failed(c, err)
	})
	return n, err
}

// rectification is what becomes of the person's rows of one collection.
type rectification struct {
	treatment
	all  []correction
	plan []rights.Planned
}

// batch corrects the rows of keys and looks at them again.
func (t *rectification) batch(ctx context.Context, fields *selection, keys [][]string) (int64, error) {
	changes, err := t.changes(ctx, fields, keys)
	if err != nil || len(changes) == 0 {
		return 0, err
	}
	if err := t.system.Source.Change(ctx, t.c.Name, changes); err != nil {
		return 0, err
	}
	left, err := t.changes(ctx, fields, keys)
	if err == nil && slices.ContainsFunc(left, func(c records.Change) bool { return t.texts(c) }) {
		err = fault.New(fault.Internal, "%d rows still hold another value after it was corrected", len(left))
	}
	return int64(len(changes)), err
}

// texts reports whether a change is of a text, which is read as it was written; a number
// or a day may be written in other ways.
func (t *rectification) texts(c records.Change) bool {
	for name := range c.Set {
		if column, known := t.table.Column(name); !known || column.Kind == records.Text {
			return true
		}
	}
	return false
}

// changes are what has to change in the rows of keys.
func (t *rectification) changes(ctx context.Context, fields *selection, keys [][]string) (changes []records.Change, err error) {
	query := records.Query{Table: t.c.Name, Fields: fields.tops, Match: records.Match{Fields: t.keyNames(), Tuples: keys}}
	err = t.system.Source.Read(ctx, query, func(row records.Row) error {
		set := map[string]any{}
		for _, x := range t.all {
			wrong, lacks := x.look(fields, row)
			if wrong || lacks && t.adds(x.field, keyText(t.c, fields, row)) {
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

// adds reports whether the plan that was approved adds a value to a field of the row.
func (t *rectification) adds(f *Field, key string) bool {
	return slices.ContainsFunc(t.plan, func(p rights.Planned) bool {
		return p.Does == rights.Adds && p.Chosen == rights.ChooseAdd && p.System == t.system.Name && p.Table == t.c.Name && p.Field == label(f) &&
			slices.ContainsFunc(p.Empty, func(r rights.Row) bool { return r.Key == key })
	})
}

// keyText names a row in its collection.
func keyText(c *Collection, fields *selection, row records.Row) string {
	var key []string
	for _, f := range c.Key() {
		key = append(key, fields.words(row, f)...)
	}
	return strings.Join(key, "/")
}
