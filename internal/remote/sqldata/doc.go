// Package sqldata reads and changes rows of another system's SQL database:
// PostgreSQL, MySQL and MariaDB, SQLite, SQL Server.
//
// Values travel as parameters, never in the text of a statement. Names of tables
// and columns are quoted as the database wants it, and only after the live schema
// has been found to have them. Rows are streamed: however many there are, one is
// in memory. Connections are made by the dialer that the caller hands in and to
// the address that it configured; what a server says of other addresses leads
// nowhere.
//
// The package refuses to run a statement on a table or column that is not there,
// and to print an address with its password.
package sqldata
