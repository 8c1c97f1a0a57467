// Package storetest gives a test a fresh database, once on SQLite and once on
// PostgreSQL.
//
// PostgreSQL runs where KEPT_TEST_POSTGRES holds the address of a server that
// the tests may fill with schemas of their own (make test starts one); without
// it those subtests are skipped and say so.
package storetest
