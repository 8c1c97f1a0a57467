package rights

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/duty/retain"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
)

// Access returns a copy of everything that is held about subject (Art. 15). A
// subject that nothing is known of gets a copy that says so.
func (d *Desk) Access(ctx context.Context, subject string) (Copy, error) {
	return d.copy(ctx, subject, Access, func(*policy.Activity, *policy.Field) bool { return true })
}

// Portable returns what the person provided or the device sent, under consent or
// a contract (Art. 20).
func (d *Desk) Portable(ctx context.Context, subject string) (Copy, error) {
	return d.copy(ctx, subject, Portability, provided)
}

// picks chooses the fields of a copy; the field is nil for a technical column.
type picks func(*policy.Activity, *policy.Field) bool

func (d *Desk) copy(ctx context.Context, subject string, right Right, pick picks) (Copy, error) {
	p := d.Policy()
	c := Copy{Schema: Schema, Made: d.Clock.Now(), Right: right, Controller: p.Controller.Name, Contact: p.Controller.Email, Activities: []Activity{}}
	if p.Controller.Authority != nil {
		c.Authority = p.Controller.Authority.Name
	}
	for i := range d.Manifests {
		m := &d.Manifests[i]
		for _, s := range sharesOf(p, m) {
			tables, err := d.tables(ctx, s, subject, pick)
			if err != nil {
				return Copy{}, fmt.Errorf("copy what %s holds: %w", m.Name, err)
			}
			if len(tables) > 0 {
				c.Activities = append(c.Activities, about(p, m, s.entry, tables))
			}
		}
	}
	c.Nothing = len(c.Activities) == 0
	return c, nil
}

// about says of an activity what Art. 15(1) wants said.
func about(p *policy.Policy, m *manifest.Manifest, a *policy.Activity, tables []Table) Activity {
	out := Activity{Key: m.Name, Title: Words(m.Title), Tables: tables, names: called(&m.Kind)}
	if a == nil {
		return out
	}
	out.Key, out.Purpose, out.Basis = a.Key, a.Purpose, string(a.Basis)
	if len(a.Title) > 0 {
		out.Title = Words(a.Title)
	}
	for _, delivery := range a.Recipients {
		r := Recipient{Name: delivery.Recipient}
		if named := p.Recipient(delivery.Recipient); named != nil {
			r.Name, r.Country = named.Name, named.Country
		}
		for _, f := range delivery.Fields {
			r.Fields = append(r.Fields, f.Name)
		}
		out.Recipients = append(out.Recipients, r)
	}
	for i := range a.Retention {
		r := &a.Retention[i]
		period := Period{From: r.From, Keep: r.Keep.String(), Then: string(r.Then), Until: r.Until, Reason: Words(r.Reason)}
		for _, ref := range r.Data {
			period.Data = append(period.Data, ref.Name)
		}
		out.Periods = append(out.Periods, period)
	}
	return out
}

// called returns what people call the words of a kind.
func called(k *policy.Kind) map[string]Words {
	names := map[string]Words{}
	for _, f := range k.Fields {
		names[f.Name] = Words(f.Title)
	}
	for _, s := range k.Sets {
		names[s.Name] = Words(s.Title)
	}
	for _, m := range k.Moments {
		names[m.Name] = Words(m.Title)
	}
	return names
}

// keys returns what the groups and services of p are called.
func keys(p *policy.Policy) map[string]Words {
	named := map[string]Words{}
	for _, service := range p.Services {
		named[service.Key] = Words(service.Name)
	}
	for _, group := range p.Groups {
		named[group.Key] = Words(group.Title)
	}
	return named
}

// tables returns the subject's rows in every table that has some in the share.
func (d *Desk) tables(ctx context.Context, s share, subject string, pick picks) ([]Table, error) {
	var found []Table
	m := s.manifest
	named := keys(d.Policy())
	for i := range m.Tables {
		t := &m.Tables[i]
		which, ok := s.in(t)
		if !ok || t.Impersonal != "" {
			continue
		}
		read := d.rows
		if t.Shape != manifest.Rows {
			read = d.events
		}
		columns := slices.DeleteFunc(shown(t), func(c *manifest.Column) bool { return !pick(s.entry, fieldOf(m, c)) })
		rows, err := read(ctx, m, t, columns, subject, which)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.Name, err)
		}
		if len(rows) == 0 || len(columns) == 0 {
			continue
		}
		out := Table{Name: t.Name, About: t.About, Rows: rows, events: t.Shape != manifest.Rows, called: named}
		for _, c := range columns {
			out.Columns = append(out.Columns, describe(m, c))
		}
		found = append(found, out)
	}
	return found, nil
}

// shown returns the columns of a copy: all but the one that says whose row it is
// and those that only help to find what another column says.
func shown(t *manifest.Table) []*manifest.Column {
	var columns []*manifest.Column
	for i := range t.Columns {
		c := &t.Columns[i]
		if c.Name == t.Subject || c.Class == manifest.Indexed {
			continue
		}
		columns = append(columns, c)
	}
	return columns
}

func fieldOf(m *manifest.Manifest, c *manifest.Column) *policy.Field {
	i := slices.IndexFunc(m.Fields, func(f policy.Field) bool { return c.Field != "" && f.Name == c.Field })
	if i < 0 {
		return nil
	}
	return &m.Fields[i]
}

func describe(m *manifest.Manifest, c *manifest.Column) Column {
	out := Column{Name: c.Name, Title: Words(c.Show.Title), Why: c.Why, show: c.Show}
	f := fieldOf(m, c)
	switch {
	case f != nil:
		out.Category, out.Source = f.Category, f.Source
		if len(out.Title) == 0 {
			out.Title = Words(f.Title)
		}
	case len(out.Title) == 0:
		out.Title, out.Why = Words{"en": c.Why}, ""
	}
	return out
}

// rows reads the subject's rows of an ordinary table.
func (d *Desk) rows(ctx context.Context, m *manifest.Manifest, t *manifest.Table, columns []*manifest.Column, subject, which string) ([][]any, error) {
	if retain.Whose(m, t) == "" || len(columns) == 0 {
		return nil, nil
	}
	rows, err := d.DB.QueryContext(ctx, fmt.Sprintf("select %s from %s where %s order by 1", names(columns), t.Name, rowsOf(m, t, which)), subject)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var found [][]any
	for rows.Next() {
		cells := make([]any, len(columns))
		into := make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		found = append(found, cells)
	}
	if err := rows.Err(); err != nil {
		return nil, store.Classify(err)
	}
	open := d.opener(subject)
	for _, cells := range found {
		for i, c := range columns {
			if cells[i], err = open.value(ctx, m, t, c, cells[i]); err != nil {
				return nil, fmt.Errorf("column %s: %w", c.Name, err)
			}
		}
	}
	return found, nil
}

func names(columns []*manifest.Column) string {
	text := ""
	for i, c := range columns {
		if i > 0 {
			text += ", "
		}
		text += c.Name
	}
	return text
}

// events reads the subject's rows of an event table, whose rows name no entry.
func (d *Desk) events(ctx context.Context, m *manifest.Manifest, t *manifest.Table, columns []*manifest.Column, subject, _ string) ([][]any, error) {
	if t.Subject == "" {
		return nil, nil
	}
	var found [][]any
	open := d.opener(subject)
	err := d.Events.Of(ctx, t.Name, subject, func(r event.Row) error {
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
		found = append(found, row)
		return nil
	})
	return found, err
}
