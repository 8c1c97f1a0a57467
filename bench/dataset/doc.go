// Command dataset measures the rights of one person in another system: a shop of
// 15 tables in PostgreSQL, with an index on everything that a reference leads to.
//
//	go run ./bench/dataset -database postgres://… -rows 10000000
//
// It makes a schema bench_dataset and keeps it for the next run with the same
// number of rows; -clean drops it at the end.
package main
