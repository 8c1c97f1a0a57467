package postgres

import (
	"context"
	"database/sql/driver"
	"errors"
	"strconv"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/jackc/pgx/v5/pgconn"
)

// statement is one that the server has read.
type statement struct {
	about   *pgconn.StatementDescription
	formats []int16 // of the columns of its rows
}

// ready are the statements that a connection keeps prepared, by their text.
type ready struct {
	known *simplelru.LRU[string, *statement]
	past  []string // names that the server is still to forget
	last  int      // number of the newest name
}

// mostReady is how many statements a connection keeps prepared.
const mostReady = 512

func newReady() *ready {
	r := &ready{}
	known, err := simplelru.NewLRU(mostReady, func(_ string, s *statement) { r.past = append(r.past, s.about.Name) })
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	r.known = known
	return r
}

// statement returns query prepared: from memory, or by a round trip.
func (c *conn) statement(ctx context.Context, query string) (*statement, error) {
	r := c.ready
	for ; len(r.past) > 0; r.past = r.past[1:] {
		if err := c.pg.Deallocate(ctx, r.past[0]); err != nil {
			return nil, err
		}
	}
	if s, ok := r.known.Get(query); ok {
		return s, nil
	}
	r.last++
	about, err := c.pg.Prepare(ctx, "kept_"+strconv.Itoa(r.last), query, nil)
	if err != nil {
		return nil, err
	}
	s := &statement{about: about, formats: make([]int16, len(about.Fields))}
	for i, f := range about.Fields {
		s.formats[i] = formatOf(f.DataTypeOID)
	}
	r.known.Add(query, s)
	return s, nil
}

// failed forgets a statement whose tables have changed since it was prepared, and
// returns err.
func (c *conn) failed(s *statement, err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "0A000" || pg.Code == "26000") {
		c.ready.known.Remove(s.about.SQL)
	}
	return err
}

// prepared is a statement that database/sql holds. What it holds is the text: the
// connection may have to prepare it again.
type prepared struct {
	conn   *conn
	query  string
	inputs int
}

// Close leaves the statement to the connection, which forgets what is not used.
func (p *prepared) Close() error { return nil }

// NumInput returns the number of parameters.
func (p *prepared) NumInput() int { return p.inputs }

// ExecContext runs the statement.
func (p *prepared) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return p.conn.ExecContext(ctx, p.query, args)
}

// QueryContext runs the statement and returns its rows.
func (p *prepared) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return p.conn.QueryContext(ctx, p.query, args)
}

var errContext = errors.New("a statement runs with a context")

// Exec is what database/sql wants beside ExecContext, and does not call.
func (p *prepared) Exec([]driver.Value) (driver.Result, error) { return nil, errContext }

// Query is what database/sql wants beside QueryContext, and does not call.
func (p *prepared) Query([]driver.Value) (driver.Rows, error) { return nil, errContext }
