// Event measures the event store: how fast rows are taken up durably, what they
// cost on the disk, how fast a person is found among many, and how fast a month
// goes.
//
//	go run ./bench/event                       # small, some seconds
//	go run ./bench/event -rows 10000000        # the size of docs/performance.md
//	go run ./bench/event -database postgres://…
//
// Ratios compare with the plain SQL on the same file in the same run.
package main
