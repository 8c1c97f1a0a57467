package rights

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kept/internal/duty/retain"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
)

// Sheet is a table of what is held, as a stream hands over its rows.
type Sheet struct {
	System   string   // empty: here
	Activity Activity // without tables
	Table    Table    // without rows
	// What makes a row an appointment or a letter, by column; nil: it is none.
	Appointment *manifest.Appointment
	Letter      *manifest.Letter
	// Above is what rows above the one at hand hold that Letter names, by its names.
	Above map[string]any
}

// ErrSkip, returned for a row, has the rest of its sheet left out.
var ErrSkip = errors.New("the rest of the sheet is not wanted")

// Stream hands over everything that is held of a person, row by row, here and
// elsewhere: all of it (Access), or what the person provided under consent or a
// contract (Portability). The rows of a sheet come one after the other, under the
// same pointer; a sheet without rows does not come. It holds no more than a row.
// fault.Unavailable if a system does not answer: then it was not everything.
func (d *Desk) Stream(ctx context.Context, p Person, r Right, f func(*Sheet, []any) error) error {
	pick := everything
	if r == Portability {
		pick = provided
	}
	for _, who := range p.Subjects {
		if err := d.stream(ctx, who, pick, f); err != nil {
			return err
		}
	}
	for _, e := range d.Elsewhere {
		if err := d.streamFrom(ctx, e, p, r, f); err != nil {
			return err
		}
	}
	return nil
}

func everything(*policy.Activity, *policy.Field) bool { return true }

// stream hands over what is held here of one subject.
func (d *Desk) stream(ctx context.Context, who string, pick picks, f func(*Sheet, []any) error) error {
	p := d.Policy()
	named := keys(p)
	for i := range d.Manifests {
		m := &d.Manifests[i]
		for _, s := range sharesOf(p, m) {
			about := about(p, m, s.entry, nil)
			for j := range m.Tables {
				if err := d.streamTable(ctx, s, &m.Tables[j], who, pick, about, named, f); err != nil {
					return fmt.Errorf("copy what %s holds: %s: %w", m.Name, m.Tables[j].Name, err)
				}
			}
		}
	}
	return nil
}

func (d *Desk) streamTable(ctx context.Context, s share, t *manifest.Table, who string, pick picks, about Activity, named map[string]Words, f func(*Sheet, []any) error) error {
	which, ok := s.in(t)
	if !ok || t.Impersonal != "" {
		return nil
	}
	columns := slices.DeleteFunc(shown(t), func(c *manifest.Column) bool { return !pick(s.entry, fieldOf(s.manifest, c)) })
	if len(columns) == 0 {
		return nil
	}
	mask, err := d.masker(ctx, s.manifest, t, who)
	if err != nil {
		return err
	}
	sheet := &Sheet{Activity: about, Table: Table{Name: t.Name, About: t.About, Columns: describeAll(s.manifest, columns), events: t.Shape != manifest.Rows, called: named}, Appointment: t.Appointment, Letter: t.Letter}
	asked := columns
	if mask != nil {
		asked = withShared(t, columns)
	}
	err = d.rowsWith(ctx, s, t, asked, lent(s, t, pick), who, which, func(row []any, above map[string]any) error {
		sheet.Above = above
		if mask != nil {
			if err := mask.row(t, asked, row); err != nil {
				return err
			}
			sheet.Table.Masked = mask.count
		}
		return f(sheet, row[:len(columns)])
	})
	if errors.Is(err, ErrSkip) {
		return nil
	}
	return err
}

// raised is a column of a row above that a letter takes something from.
type raised struct {
	name   string
	table  *manifest.Table
	column *manifest.Column
}

// lent are the columns above that make rows of t letters, as far as they are picked.
// What can be about others is masked where it stands, and not lent.
func lent(s share, t *manifest.Table, pick picks) (all []raised) {
	if t.Letter == nil {
		return nil
	}
	for _, name := range t.Letter.Columns() {
		table, column, ok := s.manifest.Above(t, name)
		if ok && column.Others == manifest.OwnOnly && pick(s.entry, fieldOf(s.manifest, column)) {
			all = append(all, raised{name, table, column})
		}
	}
	return all
}

// rowsWith reads the subject's rows of t, each with what is lent from above.
func (d *Desk) rowsWith(ctx context.Context, s share, t *manifest.Table, columns []*manifest.Column, above []raised, who, which string, f func([]any, map[string]any) error) error {
	if t.Shape != manifest.Rows {
		return d.eachEvent(ctx, s.manifest, t, columns, who, func(row []any) error { return f(row, nil) })
	}
	return d.each(ctx, s.manifest, t, columns, above, who, which, func(row []any) error {
		lent := make(map[string]any, len(above))
		for i, a := range above {
			lent[a.name] = row[len(columns)+i]
		}
		return f(row[:len(columns)], lent)
	})
}

// withShared adds the column that says what a row shares, if it is not there.
func withShared(t *manifest.Table, columns []*manifest.Column) []*manifest.Column {
	c, ok := t.Column(t.Shared)
	if !ok {
		return columns
	}
	return append(slices.Clone(columns), c)
}

// row masks a row; its last column says what is shared, if anything is.
func (m *masker) row(t *manifest.Table, columns []*manifest.Column, row []any) (err error) {
	shared := ""
	if t.Shared != "" && len(row) > 0 {
		shared = fmt.Sprint(row[len(row)-1])
	}
	for i, c := range columns {
		if c.Others == manifest.OwnOnly {
			continue
		}
		if row[i], err = m.value(row[i], c.Others, shared); err != nil {
			return fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	return nil
}

func describeAll(m *manifest.Manifest, columns []*manifest.Column) []Column {
	all := make([]Column, len(columns))
	for i, c := range columns {
		all[i] = describe(m, c)
	}
	return all
}

// each reads the subject's rows of an ordinary table, one after the other; what is
// above stands behind the columns.
func (d *Desk) each(ctx context.Context, m *manifest.Manifest, t *manifest.Table, columns []*manifest.Column, above []raised, subject, which string, f func([]any) error) error {
	if retain.Whose(m, t) == "" || len(columns) == 0 {
		return nil
	}
	asked, tables := names(columns), slices.Repeat([]*manifest.Table{t}, len(columns))
	for _, a := range above {
		asked += ", " + retain.Above(m, t, a.table.Name, a.column.Name)
		columns, tables = append(slices.Clip(columns), a.column), append(tables, a.table)
	}
	rows, err := d.DB.QueryContext(ctx, fmt.Sprintf("select %s from %s where %s order by 1", asked, t.Name, rowsOf(m, t, which)), subject)
	if err != nil {
		return store.Classify(err)
	}
	defer rows.Close()
	open := d.opener(subject)
	cells, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		row := make([]any, len(columns))
		for i, c := range columns {
			if row[i], err = open.value(ctx, m, tables[i], c, cells[i]); err != nil {
				return fmt.Errorf("column %s: %w", c.Name, err)
			}
		}
		if err := f(row); err != nil {
			return err
		}
	}
	return store.Classify(rows.Err())
}

// eachEvent reads the subject's rows of an event table, which name no entry.
func (d *Desk) eachEvent(ctx context.Context, m *manifest.Manifest, t *manifest.Table, columns []*manifest.Column, subject string, f func([]any) error) error {
	if t.Subject == "" {
		return nil
	}
	open := d.opener(subject)
	return d.Events.Of(ctx, t.Name, subject, func(r event.Row) error {
		values := map[string]any{"id": r.ID, "at": r.At.Format(time.RFC3339Nano)}
		at := 0
		for i := range t.Columns {
			switch c := &t.Columns[i]; c.Name {
			case "id", "at", manifest.PersonColumn:
			default:
				v, err := open.value(ctx, m, t, c, r.Values[at])
				if err != nil {
					return fmt.Errorf("column %s: %w", c.Name, err)
				}
				values[c.Name] = v
				at++
			}
		}
		row := make([]any, len(columns))
		for i, c := range columns {
			row[i] = values[c.Name]
		}
		return f(row)
	})
}

// streamFrom hands over what other systems hold.
func (d *Desk) streamFrom(ctx context.Context, e Elsewhere, p Person, r Right, f func(*Sheet, []any) error) error {
	var sheet *Sheet
	skip := false
	err := e.Read(ctx, p, r, func(rec Record) error {
		if sheet == nil || sheet.System != rec.System || sheet.Table.Name != rec.Table || !sameColumns(sheet.Table.Columns, rec.Values) {
			sheet, skip = d.sheetOf(rec), false
		}
		if skip {
			return nil
		}
		row := make([]any, len(rec.Values))
		for i, v := range rec.Values {
			row[i] = v.Value
			if at, ok := v.Value.(time.Time); ok {
				row[i] = at.UTC().Format(time.RFC3339Nano)
			}
		}
		err := f(sheet, row)
		if skip = errors.Is(err, ErrSkip); skip {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("copy what other systems hold: %w", err)
	}
	return nil
}

func sameColumns(columns []Column, values []Field) bool {
	return slices.EqualFunc(columns, values, func(c Column, v Field) bool { return c.Name == v.Name })
}

// sheetOf describes the table of a record.
func (d *Desk) sheetOf(rec Record) *Sheet {
	s := &Sheet{System: rec.System, Activity: Activity{Key: rec.Activity, Title: Words{"en": rec.System, "de": rec.System}}, Table: Table{Name: rec.Table, About: rec.Title.In("en")}}
	if a := d.Policy().Activity(rec.Activity); a != nil {
		s.Activity = about(d.Policy(), &manifest.Manifest{Kind: *a.Words()}, a, nil)
	}
	for _, v := range rec.Values {
		s.Table.Columns = append(s.Table.Columns, Column{Name: v.Name, Title: Words{"en": v.Name, "de": v.Name}, Category: rec.Category[v.Name], Source: "person"})
	}
	return s
}
