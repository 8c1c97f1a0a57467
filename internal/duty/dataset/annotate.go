package dataset

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"kept/internal/fault"
	"kept/internal/remote/records"
)

// Proposal is a column that no dataset names yet, with what it may hold.
type Proposal struct {
	Table string `json:"table"`
	Field string `json:"field"`
	Guess
	Key       bool   `json:"primary_key,omitempty"`
	Identity  string `json:"identity,omitempty"`
	Length    int    `json:"length,omitempty"`
	Reference string `json:"references,omitempty"` // table.column

	fresh bool // the table is new too
}

// Annotation is what a dataset lacks, and what it has too much.
type Annotation struct {
	Dataset   string     `json:"dataset"`
	File      string     `json:"file,omitempty"`
	Proposals []Proposal `json:"proposals"`
	Gone      []string   `json:"gone,omitempty"` // collection or collection.field that is no more
}

// sampled is how many rows of a table are looked at.
const sampled = 50

// Annotate reads the live schema of a system and some of its rows, and proposes
// what its dataset should say. Values are looked at on this machine and appear in
// no proposal.
func (e *Estate) Annotate(ctx context.Context, system string) (Annotation, error) {
	i := slices.IndexFunc(e.Config.Systems, func(s *System) bool { return s.Name == system })
	if i < 0 {
		return Annotation{}, fault.New(fault.NotFound, "there is no connection %s; there are: %s", system, strings.Join(e.Systems(), ", "))
	}
	s := e.Config.Systems[i]
	a := Annotation{Dataset: s.Datasets[0], Proposals: []Proposal{}}
	var known []*Collection
	for _, d := range e.Datasets {
		if slices.Contains(s.Datasets, d.Key) {
			a.File = d.File
			known = append(known, d.Collections...)
		}
	}
	tables, err := s.Source.Tables(ctx)
	if err != nil {
		return a, fmt.Errorf("%s: %w", s.Name, err)
	}
	for i := range tables {
		at := slices.IndexFunc(known, func(c *Collection) bool { return c.Name == tables[i].Name })
		var c *Collection
		if at >= 0 {
			c = known[at]
		}
		found, err := s.propose(ctx, &tables[i], c)
		if err != nil {
			return a, err
		}
		a.Proposals = append(a.Proposals, found...)
	}
	a.Gone = gone(known, tables)
	return a, nil
}

// propose proposes the columns of a table that c lacks; all of them if c is nil.
func (s *System) propose(ctx context.Context, t *records.Table, c *Collection) ([]Proposal, error) {
	var missing []records.Column
	for _, column := range t.Columns {
		if c == nil || !c.Skip && c.Field(column.Name) == nil {
			missing = append(missing, column)
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	samples, err := s.samples(ctx, t, missing)
	if err != nil {
		return nil, err
	}
	var found []Proposal
	for _, column := range missing {
		p := Proposal{Table: t.Name, Field: column.Name, Guess: guess(t.Name, column, samples[column.Name]), Length: column.Length, fresh: c == nil}
		p.Key = slices.Contains(t.Key, column.Name)
		for _, r := range t.Refers {
			if i := slices.Index(r.Fields, column.Name); i >= 0 {
				p.Reference = r.Table + "." + r.Target[i]
			}
		}
		if p.Category == "user.contact.email" && p.Reference == "" && p.Confidence >= byWholeName {
			p.Identity = email
		}
		if p.Key && !within(p.Category, "user.contact") {
			p.Guess = Guess{technical, byWholeName, "it is the key"}
		}
		found = append(found, p)
	}
	return found, nil
}

// samples reads some values of text columns.
func (s *System) samples(ctx context.Context, t *records.Table, columns []records.Column) (map[string][]string, error) {
	var names []string
	for _, c := range columns {
		if c.Kind == records.Text || c.Kind == records.Other {
			names = append(names, c.Name)
		}
	}
	found := map[string][]string{}
	if len(names) == 0 {
		return found, nil
	}
	err := s.Source.Read(ctx, records.Query{Table: t.Name, Fields: names, Most: sampled}, func(row records.Row) error {
		for i, name := range names {
			if w, ok := word(row[i]); ok {
				found[name] = append(found[name], w)
			}
		}
		return nil
	})
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Forbidden) { // it finds single people only, or may not
		return found, nil
	}
	return found, err
}

func gone(known []*Collection, tables []records.Table) []string {
	var names []string
	for _, c := range known {
		i := slices.IndexFunc(tables, func(t records.Table) bool { return t.Name == c.Name })
		if i < 0 {
			names = append(names, c.Name)
			continue
		}
		for _, f := range c.Fields {
			if _, there := tables[i].Column(f.Path[0]); !there && !c.Skip {
				names = append(names, c.Name+"."+f.Path[0])
			}
		}
	}
	return names
}

// WriteYAML writes a dataset of the proposals, to begin a file with.
func (a Annotation) WriteYAML(w io.Writer) error {
	text := fmt.Sprintf("# Proposed from the live schema. Review each category before you use it.\ndataset:\n  - fides_key: %s\n    collections:\n", a.Dataset)
	for i, p := range a.Proposals {
		if i == 0 || a.Proposals[i-1].Table != p.Table {
			text += a.head(p.Table)
		}
		text += "          " + a.line(p) + "\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

// head begins a collection; one without data about people is left alone.
func (a Annotation) head(table string) string {
	skip := !slices.ContainsFunc(a.Proposals, func(p Proposal) bool {
		return p.Table == table && (within(p.Category, "user") || p.Reference != "")
	})
	text := "      - name: " + scalar(table) + "\n"
	if skip {
		text += "        fides_meta: {skip_processing: true}\n"
	}
	return text + "        fields:\n"
}

// line is a field with its grounds behind it.
func (a Annotation) line(p Proposal) string {
	text := "- {name: " + scalar(p.Field) + ", data_categories: [" + p.Category + "]"
	var meta []string
	if p.Key {
		meta = append(meta, "primary_key: true")
	}
	if p.Identity != "" {
		meta = append(meta, "identity: "+p.Identity)
	}
	if p.Length > 0 {
		meta = append(meta, fmt.Sprintf("length: %d", p.Length))
	}
	if p.Reference != "" {
		meta = append(meta, fmt.Sprintf("references: [{dataset: %s, field: %s}]", a.Dataset, scalar(p.Reference)))
	}
	if len(meta) > 0 {
		text += ", fides_meta: {" + strings.Join(meta, ", ") + "}"
	}
	return fmt.Sprintf("%s} # %.0f %%: %s", text, p.Confidence*100, p.Why)
}

// WriteDiff writes what to add to a file, and what to take out of it.
func (a Annotation) WriteDiff(w io.Writer) error {
	text := fmt.Sprintf("--- %s\n+++ %s, as the live schema is\n", a.File, a.File)
	for i, p := range a.Proposals {
		if i == 0 || a.Proposals[i-1].Table != p.Table {
			text += "@@ collection " + p.Table + " @@\n"
			if p.fresh {
				text += prefixed("+", a.head(p.Table))
			}
		}
		text += "+          " + a.line(p) + "\n"
	}
	for _, name := range a.Gone {
		table, field, single := strings.Cut(name, ".")
		text += "@@ collection " + table + " @@\n"
		if single {
			text += "-          - {name: " + scalar(field) + "}\n"
			continue
		}
		text += "-      - name: " + scalar(table) + "\n"
	}
	_, err := io.WriteString(w, text)
	return err
}

func prefixed(mark, lines string) string {
	return mark + strings.ReplaceAll(strings.TrimSuffix(lines, "\n"), "\n", "\n"+mark) + "\n"
}

// scalar is a name in YAML, quoted where it could mean something else.
func scalar(name string) string {
	for i, r := range name {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || i > 0 && (r >= '0' && r <= '9' || r == '.' || r == '-') {
			continue
		}
		return fmt.Sprintf("%q", name)
	}
	if slices.Contains([]string{"", "y", "n", "yes", "no", "on", "off", "true", "false", "null"}, strings.ToLower(name)) {
		return fmt.Sprintf("%q", name)
	}
	return name
}
