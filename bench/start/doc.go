// Start measures the binary from outside: how large it is, how long it takes
// from the command to the first answer, on a fresh folder and on one that is
// there, what it holds in memory when idle, how long it checks a policy, and how
// much code a browser loads.
//
//	make build
//	go run ./bench/start
//
// Times are medians; processor time beside them, which a busy machine changes
// less.
package main
