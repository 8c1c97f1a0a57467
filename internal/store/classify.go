package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
	sqlite "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"kept/internal/fault"
)

// Classify gives a database error its kind: NotFound for no row, Conflict for a
// broken uniqueness or reference, Unavailable for a lost, busy or full database.
// Other errors come back as they are. Both databases are told apart by code,
// never by text.
func Classify(err error) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, sql.ErrNoRows):
		return fault.New(fault.NotFound, "there is no such entry: %w", err)
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case lib.SQLITE_CONSTRAINT:
			return fault.New(fault.Conflict, "the entry exists already or is in use: %w", err)
		case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN:
			return fault.New(fault.Unavailable, "the database does not answer, try again: %w", err)
		case lib.SQLITE_FULL:
			return fault.New(fault.Unavailable, "the disk is full; nothing was stored: %w", err)
		}
		return err
	}
	var refused *pgconn.ConnectError // whatever the server says to it: nobody is connected
	var pg *pgconn.PgError
	if errors.As(err, &pg) && !errors.As(err, &refused) {
		switch pg.Code[:min(2, len(pg.Code))] {
		case "23":
			return fault.New(fault.Conflict, "the entry exists already or is in use: %w", err)
		case "08", "40", "53", "57", "58":
			return fault.New(fault.Unavailable, "the database does not answer, try again: %w", err)
		}
		if pg.Code == "25006" { // a standby, until the address leads to the new primary
			return fault.New(fault.Unavailable, "the database takes no changes now, try again: %w", err)
		}
		return err
	}
	if lost(err) {
		return fault.New(fault.Unavailable, "the database does not answer, try again: %w", err)
	}
	return err
}

// lost reports whether the connection to the server broke or never came about.
func lost(err error) bool {
	var refused *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &refused) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}
