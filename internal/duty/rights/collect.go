package rights

import (
	"context"
	"slices"

	"kept/internal/i18n"
	"kept/internal/manifest"
	"kept/internal/policy"
)

// Access returns a copy of everything that is held about subject (Art. 15). A
// subject that nothing is known of gets a copy that says so.
func (d *Desk) Access(ctx context.Context, subject string) (Copy, error) {
	return d.copy(ctx, subject, Access, everything)
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
	c := Copy{Schema: Schema, Made: d.Clock.Now(), Right: right, Controller: p.Controller.Name, Contact: p.Controller.Email, Activities: []Activity{}, Zone: p.Zone()}
	if p.Controller.Authority != nil {
		c.Authority = p.Controller.Authority.Name
	}
	var err error
	if c.Suspended, err = d.SuspendedFor(ctx, subject); err != nil {
		return Copy{}, err
	}
	var last *Sheet
	err = d.stream(ctx, subject, pick, func(s *Sheet, row []any) error {
		if s != last {
			last = s
			if n := len(c.Activities); n == 0 || c.Activities[n-1].Key != s.Activity.Key {
				c.Activities = append(c.Activities, s.Activity)
			}
			a := &c.Activities[len(c.Activities)-1]
			a.Tables = append(a.Tables, s.Table)
		}
		tables := c.Activities[len(c.Activities)-1].Tables
		t := &tables[len(tables)-1]
		t.Rows, t.Masked = append(t.Rows, row), s.Table.Masked
		return nil
	})
	if err != nil {
		return Copy{}, err
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
		out.Title, out.Why = Words{"en": c.Why, "de": i18n.Sentence(i18n.German, c.Why)}, ""
	}
	return out
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
