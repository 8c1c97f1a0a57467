package event

import (
	"context"
	"strconv"
	"strings"

	"kept/internal/store"
)

// Long statements have few different lengths, so that PostgreSQL prepares them
// once.

// most is how many items go into one list of parameters.
const most = 256

// chunk is how many of n rows go into the next statement: a power of two up to 64.
func chunk(n int) int {
	size := 64
	for size > n {
		size /= 2
	}
	return size
}

// parameter is how a statement says its n-th parameter where there are many:
// SQLite reads names, $1 among them, in time that grows with their square.
func parameter(db *store.DB, n int) string {
	if db.Dialect() == store.SQLite {
		return "?"
	}
	return "$" + strconv.Itoa(n)
}

// tuples writes n groups of width parameters: ($1, $2), ($3, $4).
func tuples(db *store.DB, n, width int) string {
	var b strings.Builder
	for i := range n * width {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%width == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString(parameter(db, i+1))
	}
	b.WriteString(")")
	return b.String()
}

// insertion writes n rows into a table. bind appends the values of the i-th.
type insertion struct {
	table   string
	columns []string
	ending  string // on conflict …
	n       int
	bind    func(args []any, i int) []any
}

// run writes the rows, many in a statement, and returns how many are new. That
// saves PostgreSQL the way there and back, and SQLite a tenth of the work.
func (ins *insertion) run(ctx context.Context, db *store.DB, tx *store.Tx) (written int64, err error) {
	args := make([]any, 0, chunk(ins.n)*len(ins.columns))
	for i := 0; i < ins.n; {
		size := chunk(ins.n - i)
		args = args[:0]
		for end := i + size; i < end; i++ {
			args = ins.bind(args, i)
		}
		done, err := tx.ExecContext(ctx, ins.statement(db, size), args...)
		if err != nil {
			return 0, err
		}
		n, err := done.RowsAffected()
		if err != nil {
			return 0, err
		}
		written += n
	}
	return written, nil
}

func (ins *insertion) statement(db *store.DB, rows int) string {
	return "insert into " + ins.table + " (" + strings.Join(ins.columns, ", ") + ") values " +
		tuples(db, rows, len(ins.columns)) + " " + ins.ending
}

// list writes "in" parameters for items from the from-th on; those before stand
// before it in the statement. It fills up to a power of two with the last item.
func list[T any](db *store.DB, from int, items []T) (string, []any) {
	size := 1
	for size < len(items) {
		size *= 2
	}
	var b strings.Builder
	args := make([]any, size)
	for i := range size {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(parameter(db, from+i))
		args[i] = items[min(i, len(items)-1)]
	}
	return "(" + b.String() + ")", args
}
