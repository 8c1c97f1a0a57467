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

// insertion writes rows into a table, many in a statement: that saves PostgreSQL
// the way there and back, and SQLite a tenth of the work. It is kept for the next
// rows, since to write the statement took as long as to bind its values. One
// caller at a time may use it.
type insertion struct {
	db      *store.DB
	table   string
	columns []string
	ending  string         // on conflict …
	texts   map[int]string // the statements so far, by their rows
	args    []any
}

func newInsertion(db *store.DB, table, ending string, columns ...string) *insertion {
	return &insertion{db: db, table: table, columns: columns, ending: ending, texts: map[int]string{}}
}

// run writes n rows and returns how many are new. bind appends the values of the
// i-th.
func (ins *insertion) run(ctx context.Context, tx *store.Tx, n int, bind func(args []any, i int) []any) (written int64, err error) {
	defer func() { clear(ins.args[:cap(ins.args)]) }() // nobody's values are kept
	for i := 0; i < n; {
		size := chunk(n - i)
		ins.args = ins.args[:0]
		for end := i + size; i < end; i++ {
			ins.args = bind(ins.args, i)
		}
		done, err := tx.ExecContext(ctx, ins.statement(size), ins.args...)
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

func (ins *insertion) statement(rows int) string {
	text := ins.texts[rows]
	if text == "" {
		text = "insert into " + ins.table + " (" + strings.Join(ins.columns, ", ") + ") values " +
			tuples(ins.db, rows, len(ins.columns)) + " " + ins.ending
		ins.texts[rows] = text
	}
	return text
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
