package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"kept/internal/clock"
)

// conn is one connection. As database/sql promises, one goroutine uses it at a time.
type conn struct {
	pg    *pgconn.PgConn
	ready *ready
	used  time.Time // when it was last given out
}

const (
	closing = 5 * time.Second // that saying goodbye may take
	idle    = time.Second     // after which a connection is tried before it is used
)

// Close says goodbye.
func (c *conn) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	return c.pg.Close(ctx)
}

// IsValid reports whether the connection may go back into the pool.
func (c *conn) IsValid() bool { return !c.pg.IsClosed() }

// ResetSession refuses a connection that broke, or that somebody left inside a
// transaction.
func (c *conn) ResetSession(ctx context.Context) error {
	if c.pg.IsClosed() || c.pg.TxStatus() != 'I' {
		return driver.ErrBadConn
	}
	now := clock.System.Now()
	if now.Sub(c.used) > idle && c.pg.Ping(ctx) != nil {
		return driver.ErrBadConn
	}
	c.used = now
	return nil
}

// Ping asks whether the server answers.
func (c *conn) Ping(ctx context.Context) error {
	if c.pg.Ping(ctx) != nil {
		return errors.Join(driver.ErrBadConn, c.Close())
	}
	return nil
}

// again lets database/sql try another connection where the server cannot have
// seen the statement.
func again(err error) error {
	if err != nil && pgconn.SafeToRetry(err) {
		return driver.ErrBadConn
	}
	return err
}

// script runs SQL without parameters, one statement or several.
func (c *conn) script(ctx context.Context, query string) (tag pgconn.CommandTag, err error) {
	results := c.pg.Exec(ctx, query)
	for results.NextResult() {
		tag, _ = results.ResultReader().Close() // Close below says what failed
	}
	return tag, results.Close()
}

// ExecContext runs a statement whose rows nobody reads; without arguments it may
// be several.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if c.pg.IsClosed() {
		return nil, driver.ErrBadConn
	}
	if len(args) == 0 {
		tag, err := c.script(ctx, query)
		return driver.RowsAffected(tag.RowsAffected()), again(err)
	}
	s, result, err := c.run(ctx, query, args)
	if err != nil {
		return nil, again(err)
	}
	tag, err := result.Close()
	return driver.RowsAffected(tag.RowsAffected()), again(c.failed(s, err))
}

// QueryContext runs a statement and reads its first row: what fails at once fails
// here.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if c.pg.IsClosed() {
		return nil, driver.ErrBadConn
	}
	s, result, err := c.run(ctx, query, args)
	if err != nil {
		return nil, again(err)
	}
	r := &rows{conn: c, statement: s, result: result, fields: result.FieldDescriptions()}
	if r.first = result.NextRow(); !r.first {
		if err := r.Close(); err != nil {
			return nil, again(err)
		}
	}
	return r, nil
}

// run sends a statement; the caller closes the result.
func (c *conn) run(ctx context.Context, query string, args []driver.NamedValue) (*statement, *pgconn.ResultReader, error) {
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, nil, err
	}
	if len(args) != len(s.about.ParamOIDs) {
		return nil, nil, fmt.Errorf("the statement has %d parameters and %d arguments", len(s.about.ParamOIDs), len(args))
	}
	values, formats := make([][]byte, len(args)), make([]int16, len(args))
	for i, a := range args {
		if values[i], formats[i], err = encode(a.Value, s.about.ParamOIDs[i]); err != nil {
			return nil, nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
	}
	return s, c.pg.ExecStatement(ctx, s.about, values, formats, s.formats), nil
}

// PrepareContext prepares a statement, which stays as the connection's others do.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if c.pg.IsClosed() {
		return nil, driver.ErrBadConn
	}
	s, err := c.statement(ctx, query)
	if err != nil {
		return nil, again(err)
	}
	return &prepared{conn: c, query: query, inputs: len(s.about.ParamOIDs)}, nil
}

// Prepare is what database/sql wants beside PrepareContext.
func (c *conn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// Begin is what database/sql wants beside BeginTx.
func (c *conn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

var isolations = map[sql.IsolationLevel]string{
	sql.LevelDefault: "", sql.LevelReadUncommitted: " isolation level read uncommitted", sql.LevelReadCommitted: " isolation level read committed",
	sql.LevelRepeatableRead: " isolation level repeatable read", sql.LevelSnapshot: " isolation level repeatable read", sql.LevelSerializable: " isolation level serializable",
}

// BeginTx begins a transaction.
func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	if c.pg.IsClosed() {
		return nil, driver.ErrBadConn
	}
	level, known := isolations[sql.IsolationLevel(o.Isolation)]
	if !known {
		return nil, fmt.Errorf("PostgreSQL has no isolation level %v", sql.IsolationLevel(o.Isolation))
	}
	begin := "begin" + level
	if o.ReadOnly {
		begin += " read only"
	}
	if _, err := c.script(ctx, begin); err != nil {
		_ = c.Close() // whatever state it is in; err says why
		return nil, again(err)
	}
	return &tx{conn: c, ctx: ctx}, nil
}

// tx is a transaction. Its end is bound to the context of its begin, since
// database/sql gives none.
type tx struct {
	conn *conn
	ctx  context.Context
}

// errRolledBack is PostgreSQL's answer to the commit of a transaction in which a
// statement failed.
var errRolledBack = errors.New("the transaction was rolled back, since a statement in it had failed")

// Commit ends the transaction. Unless it returns nil, nothing may be taken as kept.
func (t *tx) Commit() error {
	tag, err := t.conn.script(t.ctx, "commit")
	if err != nil {
		if t.conn.pg.TxStatus() != 'I' {
			_ = t.conn.Close() // still inside; err says why
		}
		return err
	}
	if tag.String() == "ROLLBACK" {
		return errRolledBack
	}
	return nil
}

// Rollback ends the transaction as if it had not been. A connection that cannot
// say so is closed, which does the same.
func (t *tx) Rollback() error {
	_, err := t.conn.script(t.ctx, "rollback")
	if err != nil {
		_ = t.conn.Close() // err says why
	}
	return err
}
