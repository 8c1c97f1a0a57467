// Package consent measures how many decisions a second one node stores over
// HTTP on loopback: each with its person, its record, its sealed proof and its
// pending leaf on the disk before the signed acknowledgement goes out. In the
// same run, a handler that reads the same body and answers 204 gives the
// measure; callers and server share the cores, and sequencer and poll run as in
// service.
//
//	go test ./bench/consent -run '^$' -bench . -benchtime 1x
package consent
