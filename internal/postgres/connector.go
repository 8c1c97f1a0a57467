package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"kept/internal/clock"
)

// Open returns a pool of connections to the database at address, a URL or the
// keywords of libpq. It connects to nothing yet.
func Open(address string) (*sql.DB, error) {
	c, err := pgconn.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	return OpenConfig(c), nil
}

// OpenConfig is Open for an address that was read before. It takes c over.
func OpenConfig(c *pgconn.Config) *sql.DB { return sql.OpenDB(&connector{c}) }

type connector struct{ config *pgconn.Config }

// Connect opens a connection. The error is a *pgconn.ConnectError.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	pg, err := pgconn.ConnectConfig(ctx, c.config)
	if err != nil {
		return nil, err
	}
	return &conn{pg: pg, ready: newReady(), used: clock.System.Now()}, nil
}

// Driver is asked for by nobody who does not name a driver.
func (c *connector) Driver() driver.Driver { return named{} }

type named struct{}

func (named) Open(string) (driver.Conn, error) {
	return nil, errors.New("connections are opened by postgres.Open")
}
