package dataset

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kept/internal/remote/records"
)

// memory is a system in a few maps, for properties of the walk.
type memory struct {
	tables []records.Table
	rows   map[string][]map[string]any
	err    error // that every call returns
	most   int   // the largest match that was asked for
}

func (m *memory) Close() error { return nil }

func (m *memory) Tables(context.Context) ([]records.Table, error) { return m.tables, m.err }

func (m *memory) matching(table string, match records.Match) []map[string]any {
	m.most = max(m.most, len(match.Tuples))
	var found []map[string]any
	for _, row := range m.rows[table] {
		if slices.ContainsFunc(match.Tuples, func(t []string) bool {
			for i, f := range match.Fields {
				equal := func(w string) bool { return w == t[i] || match.Fold && strings.EqualFold(w, t[i]) }
				if !slices.ContainsFunc(words(map[string]any(row), strings.Split(f, ".")), equal) {
					return false
				}
			}
			return true
		}) {
			found = append(found, row)
		}
	}
	return found
}

func (m *memory) Read(_ context.Context, q records.Query, f func(records.Row) error) error {
	if m.err != nil {
		return m.err
	}
	for _, row := range m.matching(q.Table, q.Match) {
		values := make(records.Row, len(q.Fields))
		for i, name := range q.Fields {
			values[i] = row[name]
		}
		if err := f(values); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) Count(_ context.Context, table string, match records.Match) (int64, error) {
	return int64(len(m.matching(table, match))), m.err
}

func (m *memory) Delete(_ context.Context, table string, match records.Match) (int64, error) {
	gone := m.matching(table, match)
	m.rows[table] = slices.DeleteFunc(m.rows[table], func(row map[string]any) bool {
		return slices.ContainsFunc(gone, func(g map[string]any) bool { return &g == &row || same1(g, row) })
	})
	return int64(len(gone)), m.err
}

// same1 reports whether two maps are one.
func same1(a, b map[string]any) bool {
	a["\x00"] = true
	_, one := b["\x00"]
	delete(a, "\x00")
	return one
}

func (m *memory) Change(_ context.Context, table string, changes []records.Change) error {
	for _, c := range changes {
		match := records.Match{Tuples: [][]string{nil}}
		for name, v := range c.Key {
			match.Fields, match.Tuples[0] = append(match.Fields, name), append(match.Tuples[0], v)
		}
		for _, row := range m.matching(table, match) {
			for name, v := range c.Set {
				row[name] = v
			}
		}
	}
	return m.err
}

// Whatever a folder is called, the file of a walk lies in it and goes with the walk.
func TestTheFileOfAWalkLiesInItsFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "50% of #1?")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s, err := newSpool(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	for _, folder := range []string{dir, filepath.Dir(dir)} {
		if left, err := os.ReadDir(folder); err != nil || len(left) > 1 || len(left) == 1 && left[0].Name() != filepath.Base(dir) {
			t.Errorf("%s holds %v, %v", folder, left, err)
		}
	}
}
