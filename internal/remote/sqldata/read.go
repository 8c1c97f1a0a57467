package sqldata

import (
	"context"
	"database/sql"
	"strings"

	"kept/internal/fault"
	"kept/internal/remote/records"
)

// statement is a piece of SQL with its parameters.
type statement struct {
	dialect dialect
	text    strings.Builder
	args    []any
}

func (s *statement) add(parts ...string) {
	for _, p := range parts {
		s.text.WriteString(p)
	}
}

// value adds a parameter.
func (s *statement) value(v any) {
	s.args = append(s.args, v)
	s.add(s.dialect.parameter(len(s.args)))
}

// name quotes a table of the configured schema.
func (s *Source) name(table string) string {
	if s.config.Schema == "" {
		return s.dialect.quote(table)
	}
	return s.dialect.quote(s.config.Schema) + "." + s.dialect.quote(table)
}

// columns returns the named columns of t, all of which are there.
func columns(t *records.Table, names []string) ([]records.Column, error) {
	found := make([]records.Column, len(names))
	for i, name := range names {
		c, ok := t.Column(name)
		if !ok {
			return nil, fault.New(fault.NotFound, "table %s has no column %s", t.Name, name)
		}
		found[i] = c
	}
	return found, nil
}

// where adds the condition of a match; false if no row can meet it.
func (s *statement) where(t *records.Table, m records.Match) (bool, error) {
	fields, err := columns(t, m.Fields)
	if err != nil {
		return false, err
	}
	var rows [][]any
	for _, tuple := range m.Tuples {
		if values, ok := tupled(fields, tuple); ok {
			rows = append(rows, values)
		}
	}
	if len(rows) == 0 || len(fields) == 0 {
		return false, nil
	}
	s.add(" where ")
	if len(fields) == 1 && !fields[0].Array {
		s.among(fields[0], rows, m.Fold)
		return true, nil
	}
	for i, values := range rows {
		if i > 0 {
			s.add(" or ")
		}
		s.add("(")
		for k, c := range fields {
			if k > 0 {
				s.add(" and ")
			}
			s.equals(c, values[k], m.Fold)
		}
		s.add(")")
	}
	return true, nil
}

// tupled turns a tuple into values of the columns; false if one cannot be such a
// value, so that no row can have it.
func tupled(fields []records.Column, tuple []string) ([]any, bool) {
	if len(tuple) != len(fields) {
		return nil, false
	}
	values := make([]any, len(fields))
	for i, c := range fields {
		v, ok := parse(c, tuple[i])
		if !ok {
			return nil, false
		}
		values[i] = v
	}
	return values, true
}

func (s *statement) among(c records.Column, rows [][]any, fold bool) {
	expression := s.dialect.quote(c.Name)
	if folds(c, fold) {
		expression = s.dialect.lower(expression)
	}
	s.add(expression, " in (")
	for i, values := range rows {
		if i > 0 {
			s.add(", ")
		}
		s.value(folded(c, values[0], fold))
	}
	s.add(")")
}

func (s *statement) equals(c records.Column, v any, fold bool) {
	name := s.dialect.quote(c.Name)
	if c.Array {
		s.args = append(s.args, v)
		s.add(s.dialect.contains(name, s.dialect.parameter(len(s.args))))
		return
	}
	if folds(c, fold) {
		name = s.dialect.lower(name)
	}
	s.add(name, " = ")
	s.value(folded(c, v, fold))
}

func folded(c records.Column, v any, fold bool) any {
	if text, ok := v.(string); ok && folds(c, fold) {
		return strings.ToLower(text)
	}
	return v
}

// folds reports whether letters of either case must be made the same here.
func folds(c records.Column, fold bool) bool {
	return fold && c.Kind == records.Text && !c.Folds
}

// Read streams rows.
func (s *Source) Read(ctx context.Context, q records.Query, f func(records.Row) error) error {
	t, err := s.table(ctx, q.Table)
	if err != nil {
		return err
	}
	selected, err := columns(t, q.Fields)
	if err != nil {
		return err
	}
	st := &statement{dialect: s.dialect}
	head, tail := "", ""
	if q.Most > 0 {
		head, tail = s.dialect.top(q.Most)
	}
	st.add("select ", head)
	for i, c := range selected {
		if i > 0 {
			st.add(", ")
		}
		st.add(s.dialect.column(c, s.dialect.quote(c.Name)))
	}
	st.add(" from ", s.name(t.Name))
	if q.Match.Fields != nil {
		if some, err := st.where(t, q.Match); err != nil || !some {
			return err
		}
	}
	st.add(tail)
	rows, err := s.db.QueryContext(ctx, st.text.String(), st.args...)
	if err != nil {
		return s.failed(err)
	}
	defer rows.Close()
	if err := scan(rows, selected, f); err != nil {
		return s.failed(err)
	}
	return s.failed(rows.Err())
}

// handled is an error of whoever reads the rows, not of the database.
type handled struct{ error }

func (h handled) Unwrap() error { return h.error }

func scan(rows *sql.Rows, selected []records.Column, f func(records.Row) error) error {
	cells := make([]any, len(selected))
	into := make([]any, len(selected))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		row := make(records.Row, len(cells))
		for i, c := range selected {
			row[i] = plain(c, cells[i])
		}
		if err := f(row); err != nil {
			return handled{err}
		}
	}
	return nil
}

// Count counts rows.
func (s *Source) Count(ctx context.Context, table string, m records.Match) (n int64, err error) {
	t, err := s.table(ctx, table)
	if err != nil {
		return 0, err
	}
	st := &statement{dialect: s.dialect}
	st.add("select count(*) from ", s.name(t.Name))
	if some, err := st.where(t, m); err != nil || !some {
		return 0, err
	}
	err = s.db.QueryRowContext(ctx, st.text.String(), st.args...).Scan(&n)
	return n, s.failed(err)
}
