// Ledger measures the log of proofs: how fast leaves are appended in batches
// and sequenced, how long a proof takes, and how long the whole log takes to
// verify.
//
//	go run ./bench/ledger                       # a million leaves
//	go run ./bench/ledger -leaves 10000000      # the size of docs/performance.md
//	go run ./bench/ledger -database postgres://…
//
// Appending counts from the first transaction to the last signed head: every
// leaf is durable, in its place, hashed and covered by a checkpoint.
package main
