package postgres

import (
	"database/sql/driver"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgconn"
)

// rows are read as the server sends them; the connection has room for nothing else
// meanwhile.
type rows struct {
	conn      *conn
	statement *statement
	result    *pgconn.ResultReader
	fields    []pgconn.FieldDescription
	first     bool // a row was read and not handed over
}

// Columns returns the names of the columns.
func (r *rows) Columns() []string {
	names := make([]string, len(r.fields))
	for i, f := range r.fields {
		names[i] = f.Name
	}
	return names
}

// Next hands the next row over, io.EOF after the last.
func (r *rows) Next(dest []driver.Value) error {
	if !r.first && !r.result.NextRow() {
		if err := r.Close(); err != nil {
			return err
		}
		return io.EOF
	}
	r.first = false
	for i, raw := range r.result.Values() {
		value, err := decode(raw, r.fields[i])
		if err != nil {
			return fmt.Errorf("column %s: %w", r.fields[i].Name, err)
		}
		dest[i] = value
	}
	return nil
}

// Close reads what is left.
func (r *rows) Close() error {
	_, err := r.result.Close()
	return r.conn.failed(r.statement, err)
}
