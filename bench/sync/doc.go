// Package sync measures a synchronisation of contacts against the stand-in for
// Microsoft Graph, under its throttling and on a clock of its own:
//
//	go test ./bench/sync -run TestFirstRun -v -timeout 1h -contacts 1000 -mailboxes 1000
//
// It prints how long the run would take, beside the cost model, how many calls it
// made and how many were wasted on refusals.
package sync
