package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"kept/internal/fault"
)

// refusal says what to do about a PostgreSQL that lets nobody in, by the reason
// that it gives (PostgreSQL, appendix A).
func refusal(c *pgconn.Config, err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return fault.New(fault.Unavailable, "PostgreSQL does not answer at %s:%d; check the address (--database, --vault) and that the server runs: %w", c.Host, c.Port, err)
	}
	switch pg.Code {
	case "3D000":
		return fault.New(fault.Unavailable, "PostgreSQL has no database %[1]s; make it (createdb --owner=%[2]s %[1]s) or name another in the address: %[3]w", c.Database, c.User, err)
	case "28P01", "28000":
		return fault.New(fault.Unavailable, "PostgreSQL does not let %[1]s in; make the role (createuser --pwprompt %[1]s), correct the password in the address, or allow it in pg_hba.conf: %[2]w", c.User, err)
	case "42501":
		return fault.New(fault.Unavailable, "PostgreSQL does not let %[1]s use the database %[2]s; let a superuser run: grant connect, create on database %[2]s to %[1]s: %[3]w", c.User, c.Database, err)
	}
	return fault.New(fault.Unavailable, "PostgreSQL at %s:%d lets nobody in now: %w", c.Host, c.Port, err)
}

// checkSchema returns an error unless the address leads to a schema in which the
// role may make tables.
func (db *DB) checkSchema(ctx context.Context, c *pgconn.Config) error {
	var schema string
	var may, mayBeside bool
	row := db.read.QueryRowContext(ctx, `select coalesce(current_schema(), ''), coalesce(has_schema_privilege(current_schema(), 'create'), false),
		has_database_privilege(current_database(), 'create')`)
	if err := row.Scan(&schema, &may, &mayBeside); err != nil {
		return refusal(c, err)
	}
	switch {
	case schema == "":
		return fault.New(fault.Invalid, "the database %[1]s has no schema that %[2]s may use; make the one that the address names: create schema NAME authorization %[2]s", c.Database, c.User)
	case !may:
		return fault.New(fault.Invalid, "%[2]s may make no tables in the schema %[1]s; let its owner run: grant create, usage on schema %[1]s to %[2]s", schema, c.User)
	case !mayBeside:
		return fault.New(fault.Invalid, "%[2]s may make no schema for each month of events; let the database's owner run: grant create on database %[1]s to %[2]s", c.Database, c.User)
	}
	return nil
}
