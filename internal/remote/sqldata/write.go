package sqldata

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"kept/internal/fault"
	"kept/internal/remote/records"
)

// Delete deletes rows in one transaction.
func (s *Source) Delete(ctx context.Context, table string, m records.Match) (n int64, err error) {
	t, err := s.table(ctx, table)
	if err != nil {
		return 0, err
	}
	st := &statement{dialect: s.dialect}
	st.add("delete from ", s.name(t.Name))
	if some, err := st.where(t, m); err != nil || !some {
		return 0, err
	}
	result, err := s.db.ExecContext(ctx, st.text.String(), st.args...)
	if err != nil {
		return 0, s.failed(err)
	}
	return result.RowsAffected()
}

// Change sets values of rows, all or none of them.
func (s *Source) Change(ctx context.Context, table string, changes []records.Change) error {
	t, err := s.table(ctx, table)
	if err != nil {
		return err
	}
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return s.failed(err)
	}
	defer tx.Rollback()
	for _, c := range changes {
		if err := s.change(ctx, tx, t, c); err != nil {
			return s.failed(err)
		}
	}
	return s.failed(tx.Commit())
}

func (s *Source) change(ctx context.Context, tx *sql.Tx, t *records.Table, c records.Change) error {
	st := &statement{dialect: s.dialect}
	st.add("update ", s.name(t.Name), " set ")
	names := slices.Sorted(maps.Keys(c.Set))
	set, err := columns(t, names)
	if err != nil {
		return err
	}
	for i, column := range set {
		if i > 0 {
			st.add(", ")
		}
		value, err := stored(column, c.Set[column.Name])
		if err != nil {
			return err
		}
		st.add(s.dialect.quote(column.Name), " = ")
		st.value(value)
	}
	m := records.Match{Tuples: [][]string{nil}}
	for _, name := range slices.Sorted(maps.Keys(c.Key)) {
		m.Fields = append(m.Fields, name)
		m.Tuples[0] = append(m.Tuples[0], c.Key[name])
	}
	if some, err := st.where(t, m); err != nil || !some {
		return err
	}
	if _, err := tx.ExecContext(ctx, st.text.String(), st.args...); err != nil {
		if s.dialect.classify(err) == fault.Conflict {
			return fault.New(fault.Conflict, "a value for %v is refused; name a masking_strategy_override that the column takes: %w", names, redact(err, s.config.Password))
		}
		return fmt.Errorf("change a row: %w", err)
	}
	return nil
}
