package dataset

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"kept/internal/fault"
	"kept/internal/remote/records"
)

// walk follows ways from a person's identifiers until nothing new comes up.
// Afterwards its spool says, for each way, by which values rows are found.
type walk struct {
	estate *Estate
	graph  *Graph
	spool  *spool
	number map[*Way]int
}

func (e *Estate) newWalk(ctx context.Context) (*walk, error) {
	s, err := newSpool(ctx, e.Dir)
	if err != nil {
		return nil, err
	}
	w := &walk{estate: e, graph: e.graph, spool: s, number: map[*Way]int{}}
	for i, way := range e.graph.Ways {
		w.number[way] = i
	}
	return w, nil
}

// walk walks for a person; the caller closes what it returns.
func (e *Estate) walk(ctx context.Context, ids []Identifier) (*walk, error) {
	w, err := e.newWalk(ctx)
	if err != nil {
		return nil, err
	}
	if err := w.follow(ctx, ids); err != nil {
		w.spool.Close()
		return nil, err
	}
	return w, nil
}

func (w *walk) follow(ctx context.Context, ids []Identifier) error {
	for i, way := range w.graph.Ways {
		for _, id := range ids {
			if way.From == nil && way.Identity == id.Kind {
				if err := w.spool.add(i, []string{id.Value}); err != nil {
					return err
				}
			}
		}
	}
	for {
		i, tuples, err := w.spool.next(records.Batch)
		if err != nil || len(tuples) == 0 {
			return err
		}
		if err := w.step(ctx, w.graph.Ways[i], tuples); err != nil {
			return err
		}
	}
}

// step reads what a way finds, as far as it leads on.
func (w *walk) step(ctx context.Context, way *Way, tuples [][]string) error {
	out := w.graph.OutOf(way.To)
	if len(out) == 0 {
		return nil
	}
	fields := newSelection()
	for _, o := range out {
		for _, p := range o.Pairs {
			fields.add(p.Source)
		}
	}
	for _, p := range way.Pairs {
		fields.add(p.Target)
	}
	return w.read(ctx, way, tuples, fields, func(row records.Row) error {
		row = fields.owned(way, tuples, row)
		for _, o := range out {
			if err := w.lead(o, fields, row); err != nil {
				return err
			}
		}
		return nil
	})
}

// lead remembers what a row leads to on a way. A list leads to each of its values.
func (w *walk) lead(way *Way, fields *selection, row records.Row) error {
	tuples := [][]string{nil}
	for _, p := range way.Pairs {
		var longer [][]string
		for _, v := range fields.words(row, p.Source) {
			for _, t := range tuples {
				longer = append(longer, append(t[:len(t):len(t)], v))
			}
		}
		tuples = longer
	}
	for _, t := range tuples {
		if err := w.spool.add(w.number[way], t); err != nil {
			return err
		}
	}
	return nil
}

// read reads what a batch of tuples of a way finds.
func (w *walk) read(ctx context.Context, way *Way, tuples [][]string, fields *selection, f func(records.Row) error) error {
	s, err := w.estate.system(way.To)
	if err != nil {
		return err
	}
	err = s.Source.Read(ctx, records.Query{Table: way.To.Name, Fields: fields.tops, Match: s.match(way, tuples)}, func(row records.Row) error {
		fields.unfold(way.To, row)
		return f(row)
	})
	return s.failed(way.To, err)
}

// match is the condition of a way.
func (s *System) match(way *Way, tuples [][]string) records.Match {
	m := records.Match{Tuples: tuples, Fold: way.Identity == email && !s.ExactMail}
	for _, p := range way.Pairs {
		m.Fields = append(m.Fields, p.Target.Name())
	}
	return m
}

// failed says where an error came from. A system that cannot be reached keeps its
// kind, so that a request waits.
func (s *System) failed(c *Collection, err error) error {
	switch {
	case err == nil:
		return nil
	case fault.Is(err, fault.NotFound):
		return fault.New(fault.Conflict, "%s: the dataset and the system differ, see kept dataset check: %w", c, err)
	}
	return fmt.Errorf("%s: %w", c, err)
}

// selection is top-level fields to read, and where nested ones lie in them.
type selection struct {
	tops []string
	at   map[string]int
}

func newSelection() *selection { return &selection{at: map[string]int{}} }

func (s *selection) add(f *Field) { s.addTop(f.Path[0]) }

func (s *selection) addTop(name string) {
	if _, ok := s.at[name]; !ok {
		s.at[name] = len(s.tops)
		s.tops = append(s.tops, name)
	}
}

// unfold reads JSON that a database keeps as text, where the file says that there
// is something inside.
func (s *selection) unfold(c *Collection, row records.Row) {
	for _, f := range c.Fields {
		i, selected := s.at[f.Path[0]]
		if !selected || len(f.Fields) == 0 && !f.List {
			continue
		}
		if text, ok := row[i].(string); ok && text != "" && (text[0] == '{' || text[0] == '[') {
			d := json.NewDecoder(strings.NewReader(text))
			d.UseNumber()
			var v any
			if d.Decode(&v) == nil {
				row[i] = v
			}
		}
	}
}

// value is a row's value of the top-level field that f lies in.
func (s *selection) value(row records.Row, f *Field) any { return row[s.at[f.Path[0]]] }

// words are the values of f in a row.
func (s *selection) words(row records.Row, f *Field) []string {
	return words(s.value(row, f), f.Path[1:])
}

// owned returns the row without the entries of a list that the way did not mean:
// a list through which a row was found holds other people's entries too, unless
// the file says that all of it belongs to the person.
func (s *selection) owned(way *Way, tuples [][]string, row records.Row) records.Row {
	for i, p := range way.Pairs {
		f := p.Target
		if f.Whole {
			continue
		}
		wanted := map[string]bool{}
		for _, t := range tuples {
			wanted[fold(way, t[i])] = true
		}
		at := s.at[f.Path[0]]
		if v, changed := only(row[at], f.Path[1:], func(w string) bool { return wanted[fold(way, w)] }); changed {
			row = append(row[:0:0], row...)
			row[at] = v
		}
	}
	return row
}

func fold(way *Way, word string) string {
	if way.Identity == email {
		return strings.ToLower(word)
	}
	return word
}

// only keeps in lists along a path the entries with a wanted value.
func only(v any, path []string, wanted func(string) bool) (any, bool) {
	switch x := v.(type) {
	case []any:
		var kept []any
		for _, item := range x {
			for _, w := range words(item, path) {
				if wanted(w) {
					item, _ = only(item, path, wanted)
					kept = append(kept, item)
					break
				}
			}
		}
		return kept, true
	case map[string]any:
		if len(path) == 0 {
			return v, false
		}
		inner, changed := only(x[path[0]], path[1:], wanted)
		if !changed {
			return v, false
		}
		copied := make(map[string]any, len(x))
		for k, val := range x {
			copied[k] = val
		}
		copied[path[0]] = inner
		return copied, true
	}
	return v, false
}
