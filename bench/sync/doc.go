// Package sync measures a synchronisation of contacts: its run against the stand-in
// for Microsoft Graph, under its throttling and on a clock of its own, beside the
// cost model; and what the whole engine takes of disk, memory and calls:
//
//	go test ./bench/sync -run TestFirstRun -v -timeout 1h -contacts 1000 -mailboxes 1000
//	go test ./bench/sync -run TestEngine -v -timeout 1h -contacts 1000 -mailboxes 100
//	go test ./bench/sync -run TestPlan -v -contacts 10000 -mailboxes 1000
package sync
