// Package store opens the database and is the only room that knows which of
// the two it is.
//
// Kept runs on SQLite by default and on PostgreSQL for several nodes and large
// data, with one SQL text: $1 placeholders, ids as text made in Go, times as
// bigint UTC milliseconds, JSON as text decoded in Go. A room brings its
// migrations and writes plain SQL against its own tables; it never asks for the
// dialect unless a lock or a partition forces it to.
//
// The room refuses to be an ORM, to hide SQL, and to answer before a commit is
// on the disk: SQLite runs in WAL mode with synchronous=FULL, or, for the events,
// with a sync of the log by this room before anybody is answered; PostgreSQL with
// synchronous_commit=on. All three are asserted when the database is opened.
package store
