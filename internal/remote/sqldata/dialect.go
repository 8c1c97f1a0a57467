package sqldata

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"kept/internal/fault"
	"kept/internal/remote/records"
	"kept/internal/vault"
)

// dialect is what differs between the products.
type dialect interface {
	open(c Config) (*sql.DB, error)
	quote(name string) string
	parameter(n int) string // the n-th, from 1
	// top limits a query to a number of rows: text behind "select", text at the end.
	top(n int) (head, tail string)
	// column is how a column is selected, so that the driver hands over a value.
	column(c records.Column, quoted string) string
	// lower is text in small letters.
	lower(expression string) string
	// contains says that an array column holds a parameter; "" if there are none.
	contains(quoted, parameter string) string
	tables(ctx context.Context, db *sql.DB, c Config) (map[string]*records.Table, error)
	// classify tells what kind of error the database reports; Internal if unknown.
	classify(err error) fault.Kind
}

var dialects = map[Kind]dialect{Postgres: postgres{}, MySQL: mysql{}, SQLite: sqlite{}, SQLServer: sqlserver{}}

// quoted doubles the closing quote inside a name.
func quoted(name, open, shut string) string {
	return open + strings.ReplaceAll(name, shut, shut+shut) + shut
}

// unreachable reports errors that mean that nobody answered.
func unreachable(err error) bool {
	var net net.Error
	return errors.As(err, &net) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, sql.ErrConnDone) ||
		strings.Contains(err.Error(), "bad connection") || strings.Contains(err.Error(), "connection refused") || strings.Contains(err.Error(), "EOF")
}

// redact takes a secret out of the text of an error. The cause is kept only if its
// text did not hold the secret.
func redact(err error, secret vault.Secret) error {
	text := secret.Reveal()
	if text == "" || !strings.Contains(err.Error(), text) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), text, secret.String()))
}

func sortedKeys(m map[string]*records.Table) []string {
	return slices.Sorted(maps.Keys(m))
}

// gather collects tables from the rows of the schema's queries.
type gather map[string]*records.Table

func (g gather) table(name string) *records.Table {
	if g[name] == nil {
		g[name] = &records.Table{Name: name}
	}
	return g[name]
}

// each runs a query and hands over its rows as text, null as "".
func each(ctx context.Context, db *sql.DB, f func([]string) error, query string, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	cells := make([]sql.NullString, len(names))
	into := make([]any, len(names))
	for i := range cells {
		into[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("read the schema: %w", err)
		}
		texts := make([]string, len(cells))
		for i, c := range cells {
			texts[i] = c.String
		}
		if err := f(texts); err != nil {
			return err
		}
	}
	return rows.Err()
}

// keyed collects rows of table, name, kind, column, other table, other column; the
// rows of one key come in order.
func (g gather) keyed(rows [][]string) {
	type id struct{ table, name string }
	uniques, references := map[id][]string{}, map[id]*records.Refers{}
	var order []id
	for _, r := range rows {
		k := id{r[0], r[1]}
		t := g.table(r[0])
		switch strings.ToLower(r[2]) {
		case "primary key":
			t.Key = append(t.Key, r[3])
		case "unique":
			if uniques[k] == nil {
				order = append(order, k)
			}
			uniques[k] = append(uniques[k], r[3])
		case "foreign key":
			if references[k] == nil {
				references[k] = &records.Refers{Table: r[4]}
				order = append(order, k)
			}
			references[k].Fields = append(references[k].Fields, r[3])
			references[k].Target = append(references[k].Target, r[5])
		}
	}
	for _, k := range order {
		t := g.table(k.table)
		if u := uniques[k]; u != nil {
			t.Unique = append(t.Unique, u)
		}
		if f := references[k]; f != nil {
			t.Refers = append(t.Refers, *f)
		}
	}
}
