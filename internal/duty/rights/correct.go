package rights

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

// Corrected is told, in the transaction that corrects, which fields of whom were:
// a kind that has handed them on, or keeps a note of changes, does its part.
type Corrected func(ctx context.Context, tx *store.Tx, activity, subject string, fields []string) error

// OnCorrected has f told of corrections in the rows of a kind. Call it before
// serving.
func (d *Desk) OnCorrected(kind string, f Corrected) {
	if d.corrected == nil {
		d.corrected = map[string][]Corrected{}
	}
	d.corrected[kind] = append(d.corrected[kind], f)
}

// place is a column in which a correction finds values of a person.
type place struct {
	*holding
	column *manifest.Column
	new    string // as it is stored
}

// wrong is a row that holds a wrong value, with the key that sealed it, or none
// yet.
type wrong struct {
	key any
	ref vault.Ref
	at  time.Time // when a row without a value came about, if its table knows that
}

// name is the row's key as a plan writes it.
func (w wrong) name() string {
	if b, ok := w.key.([]byte); ok {
		return string(b)
	}
	return fmt.Sprint(w.key)
}

// places returns where a correction acts, and the parts in which it cannot.
func (e *estate) places(c Correction) (found []place, cannot []Planned, err error) {
	for _, h := range e.holdings {
		if c.Activity != "" && h.entry.Key != c.Activity {
			continue
		}
		for i := range h.table.Columns {
			column := &h.table.Columns[i]
			f := fieldOf(h.manifest, column)
			if f == nil || f.Name != c.Field || column.Class == manifest.Indexed {
				continue
			}
			does, why := corrects(h.table, column, f)
			if does != Corrects {
				cannot = append(cannot, Planned{Does: does, Part: Part{Activity: h.entry.Key, Table: h.table.Name, Text: why}})
				continue
			}
			value, err := formed(f.Category, c.New)
			if err != nil {
				return nil, nil, fmt.Errorf("correct %s: %w", c.Field, err)
			}
			found = append(found, place{h, column, value})
		}
	}
	return found, cannot, nil
}

// planCorrections says of each correction where it changes what.
func (d *Desk) planCorrections(ctx context.Context, p Person, who string, all []Correction) ([]Planned, error) {
	e, err := d.estate(ctx, who, "")
	if err != nil {
		return nil, err
	}
	var parts []Planned
	for _, c := range all {
		if c.System != "" {
			continue
		}
		places, cannot, err := e.places(c)
		if err != nil {
			return nil, err
		}
		for _, at := range places {
			planned, err := d.planPlace(ctx, p, who, at, c)
			if err != nil {
				return nil, err
			}
			parts = append(parts, planned...)
		}
		for _, part := range cannot {
			h := e.holdings[slices.IndexFunc(e.holdings, func(h *holding) bool { return h.entry.Key == part.Activity && h.table.Name == part.Table })]
			if part.Rows, err = d.count(ctx, h, who, ""); err != nil {
				return nil, err
			}
			if part.Rows > 0 {
				parts = append(parts, part)
			}
		}
	}
	return parts, nil
}

// planPlace says what a correction does in one place: to the rows that hold another
// value, and to those that hold none.
func (d *Desk) planPlace(ctx context.Context, p Person, who string, at place, c Correction) (parts []Planned, err error) {
	rows, err := d.other(ctx, who, at, c.Old)
	if err != nil {
		return nil, err
	}
	empty, err := d.lacking(ctx, who, at, c)
	if err != nil {
		return nil, err
	}
	add := func(n int, x Planned) {
		x.Part = Part{Activity: at.entry.Key, Table: at.table.Name, Rows: int64(n), Text: x.Text}
		if !proven(p, at) {
			x = Planned{Does: Confirms, Field: c.Field, Part: x.Part}
			x.Text = sentences["confirm"]
		}
		if x.Value = at.new; n > 0 {
			parts = append(parts, x)
		}
	}
	add(len(rows), Planned{Does: Corrects, Field: c.Field})
	added := Planned{Does: Adds, Choices: []string{ChooseAdd, ChooseLeave}, Chosen: ChooseAdd, Field: c.Field, Part: Part{Text: sentences["added"]}}
	for _, w := range empty {
		added.Empty = append(added.Empty, Row{Key: w.name(), At: w.at})
	}
	add(len(empty), added)
	return parts, nil
}

// Elsewheres are the fields of other systems that a correction can name.
func (d *Desk) Elsewheres() (all []Place) {
	for _, e := range d.Elsewhere {
		if c, ok := e.(Correctable); ok {
			all = append(all, c.Correctable()...)
		}
	}
	return all
}

// categorised adds to corrections the categories of the fields that they name, by which
// other systems know them.
func (d *Desk) categorised(w Wish) Wish {
	w.Corrections = slices.Clone(w.Corrections)
	for i := range w.Corrections {
		c := &w.Corrections[i]
		c.Categories = nil
		for _, m := range d.Manifests {
			for _, f := range m.Fields {
				if f.Name == c.Field && f.Source == "person" && len(d.Policy().OfKind(m.Name)) > 0 && !slices.Contains(c.Categories, f.Category) {
					c.Categories = append(c.Categories, f.Category)
				}
			}
		}
	}
	return w
}

// proven reports whether the new value may be stored: an address only once the
// person has proven to control it.
func proven(p Person, at place) bool {
	if !is(fieldOf(at.manifest, at.column).Category, email) {
		return true
	}
	return slices.ContainsFunc(p.Identifiers, func(i subject.Identifier) bool { return i.Kind == subject.Email && i.Value == at.new })
}

// wrong returns the rows of who that a correction changes: those that hold another
// value than the new one, old if it is given, and those that hold none, as far as the
// plan that was approved names them (Art. 16, second sentence).
func (d *Desk) wrong(ctx context.Context, who string, at place, c Correction, plan []Planned) ([]wrong, error) {
	found, err := d.other(ctx, who, at, c.Old)
	if err != nil {
		return nil, err
	}
	empty, err := d.lacking(ctx, who, at, c)
	if err != nil {
		return nil, err
	}
	for _, w := range empty {
		if slices.ContainsFunc(plan, func(p Planned) bool {
			return p.Does == Adds && p.Chosen == ChooseAdd && p.System == "" && p.Activity == at.entry.Key && p.Table == at.table.Name && p.Field == c.Field &&
				slices.ContainsFunc(p.Empty, func(r Row) bool { return r.Key == w.name() })
		}) {
			found = append(found, w)
		}
	}
	return found, nil
}

// lacking returns the rows of who in which nothing is stored and something may be:
// none for a correction that says what stands there.
func (d *Desk) lacking(ctx context.Context, who string, at place, c Correction) (found []wrong, err error) {
	if c.Old != "" || !at.completes() {
		return nil, nil
	}
	moment := "null"
	if column, ok := at.table.Moments["collection"]; ok {
		moment = column
	}
	none := "not " + retain.Filled([]*manifest.Column{at.column})
	rows, err := d.DB.QueryContext(ctx, fmt.Sprintf("select %s, %s from %s where %s order by 2, 1", retain.RowKey(at.table), moment, at.table.Name,
		rowsOf(at.manifest, at.table, at.which, none, retain.Storable(d.Clock.Now(), at.entry, at.manifest, at.table, at.column))), who)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		w := wrong{ref: at.key(who)}
		var began store.Time
		if err := rows.Scan(&w.key, &began); err != nil {
			return nil, err
		}
		w.at = began.Time
		found = append(found, w)
	}
	return found, store.Classify(rows.Err())
}

// completes reports whether a value can be added where none is stored: the policy
// lists the field, the person is who says it, and it is one word about them, which
// every kind can read.
func (at place) completes() bool {
	f := fieldOf(at.manifest, at.column)
	text := at.column.Class == manifest.Sealed || at.column.Type == manifest.TextType
	return text && f.Source == "person" && at.entry.Has(f.Name) && slices.ContainsFunc(plain, func(c string) bool { return is(f.Category, c) })
}

// plain are the categories whose values are a word or a line.
var plain = []string{"user.name", "user.contact", "user.demographic", "user.job_title"}

// key is the key under which a new value is sealed: that of the rule that ends it.
func (at place) key(who string) vault.Ref {
	if r := at.entry.RuleFor(at.column.Field); r != nil {
		return vault.Ref{Subject: who, Rule: r.ID}
	}
	return vault.Ref{Subject: who, Rule: at.manifest.Name}
}

// other returns the rows of who that hold another value than the new one.
func (d *Desk) other(ctx context.Context, who string, at place, old string) ([]wrong, error) {
	rows, err := d.DB.QueryContext(ctx, fmt.Sprintf("select %s, %s from %s where %s", retain.RowKey(at.table), at.column.Name, at.table.Name,
		rowsOf(at.manifest, at.table, at.which, at.column.Name+" is not null")), who)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var found []wrong
	open := d.opener(who)
	for rows.Next() {
		var w wrong
		var cell any
		if err := rows.Scan(&w.key, &cell); err != nil {
			return nil, err
		}
		present, ref, err := open.present(ctx, at, cell)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", at.column.Name, err)
		}
		if present == "" || present == at.new || old != "" && !strings.EqualFold(strings.TrimSpace(old), strings.TrimSpace(present)) {
			continue
		}
		w.ref = ref
		found = append(found, w)
	}
	return found, store.Classify(rows.Err())
}

// present returns a stored value as text, and under which key it is sealed.
func (o *opener) present(ctx context.Context, at place, cell any) (string, vault.Ref, error) {
	if at.column.Class == manifest.Sealed {
		sealed, _ := cell.([]byte)
		plain, ref, err := o.openAs(ctx, at.table.Name+"."+at.column.Name, sealed)
		return string(plain), ref, err
	}
	v, err := plainValue(at.column, cell)
	if err != nil || v == nil {
		return "", vault.Ref{}, err
	}
	return fmt.Sprint(v), vault.Ref{}, nil
}

// correct carries one correction out, everything of one place in a transaction.
// What is already right is left alone, so it can be run again.
func (d *Desk) correct(ctx context.Context, p Person, who string, c Correction, plan []Planned) (done []Part, failed []Part, err error) {
	e, err := d.estate(ctx, who, "")
	if err != nil {
		return nil, nil, err
	}
	places, _, err := e.places(c)
	if err != nil {
		return nil, nil, err
	}
	for _, at := range places {
		rows, err := d.wrong(ctx, who, at, c, plan)
		if err != nil {
			return nil, nil, err
		}
		if len(rows) == 0 || !proven(p, at) {
			continue
		}
		part := Part{Activity: at.entry.Key, Table: at.table.Name, Rows: int64(len(rows))}
		err = d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return d.write(ctx, tx, who, at, rows, c) })
		switch {
		case fault.Is(err, fault.Conflict):
			part.Reason = Taken
			failed = append(failed, part)
		case err != nil:
			return nil, nil, fmt.Errorf("correct %s: %w", at.table.Name, err)
		default:
			done = append(done, part)
		}
		if err := d.at("corrected " + at.table.Name); err != nil {
			return nil, nil, err
		}
	}
	return done, failed, nil
}

// write puts the new value and its indexes into the rows, tells the kind, and
// leaves a leaf that says where something was corrected, not what.
func (d *Desk) write(ctx context.Context, tx *store.Tx, who string, at place, rows []wrong, c Correction) error {
	indexed := indexesOf(at)
	for _, w := range rows {
		sets := []string{at.column.Name + " = $2"}
		value, err := d.sealedAs(ctx, at, w)
		if err != nil {
			return err
		}
		args := []any{w.key, value}
		for _, x := range indexed {
			args = append(args, d.Vault.Index(x.Space, at.new))
			sets = append(sets, fmt.Sprintf("%s = $%d", x.Name, len(args)))
		}
		_, err = tx.ExecContext(ctx, fmt.Sprintf("update %s set %s where %s = $1", at.table.Name, strings.Join(sets, ", "), retain.RowKey(at.table)), args...)
		if err != nil {
			return store.Classify(err)
		}
	}
	if is(fieldOf(at.manifest, at.column).Category, email) {
		if err := d.Subjects.Move(ctx, tx, who, subject.Email, normal(c.Old), at.new); err != nil {
			return err
		}
	}
	for _, f := range d.corrected[at.manifest.Name] {
		if err := f(ctx, tx, at.entry.Key, who, []string{c.Field}); err != nil {
			return err
		}
	}
	_, err := d.Ledger.Append(ctx, tx, "rectification.done", map[string]any{"activity": at.entry.Key, "table": at.table.Name, "field": c.Field, "rows": len(rows)})
	return err
}

// normal is an address as identifiers hold it, empty if it is none.
func normal(address string) string {
	s, err := formed(email, address)
	if err != nil {
		return ""
	}
	return s
}

// indexesOf returns the columns by which the value of the same field is found.
func indexesOf(at place) (found []*manifest.Column) {
	for _, c := range at.table.Storing(at.column.Field) {
		if c.Class == manifest.Indexed && c.Space != "" {
			found = append(found, c)
		}
	}
	return found
}

// sealedAs returns the new value as the row w holds it: sealed under the key that
// sealed the old one, since the same rule ends it.
func (d *Desk) sealedAs(ctx context.Context, at place, w wrong) (any, error) {
	if at.column.Class != manifest.Sealed {
		return stored(at.column, at.new)
	}
	return d.Vault.Seal(ctx, w.ref, at.table.Name+"."+at.column.Name, []byte(at.new))
}
