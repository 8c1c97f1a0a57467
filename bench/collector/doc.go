// Package collector measures how many events the collector takes: over HTTP on
// loopback, one event a request, consent checked, on the disk before the
// answer. In the same run, a handler that reads the same body and answers 204
// gives the measure.
//
//	go test ./bench/collector -run '^$' -bench . -benchtime 1x
package collector
