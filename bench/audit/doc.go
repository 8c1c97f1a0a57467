// Audit measures how long the nine guarantees take to check over many events:
// months of analytics with a decision, a leaf and a key for every visitor.
//
//	go run ./bench/audit                       # small, some seconds
//	go run ./bench/audit -rows 10000000        # the size of docs/performance.md
//	go run ./bench/audit -database postgres://…
//
// The baseline is one plain count over the same events in the same run.
package main
