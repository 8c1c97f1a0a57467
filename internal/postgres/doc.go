// Package postgres is PostgreSQL behind database/sql.
//
// The protocol, addresses, TLS, passwords and failing over to another host are
// pgx's own lower half, pgconn. This room is the thin part above it: a connection
// keeps its statements prepared, and Go's values become PostgreSQL's and come
// back. Pgx's upper half does that too, for every type and array that PostgreSQL
// has; its tables would be 3 MB of the program (docs/decisions/0024).
//
// It refuses what database/sql has no value for: arrays, ranges and composites
// travel as text, which a statement casts.
package postgres
