// Package collector measures how many events the collector takes: over HTTP on
// loopback, one event a request, consent checked, on the disk before the
// answer. In the same run, a handler that reads the same body and answers 204
// gives the measure.
//
//	go test -pgo=bench/collector/kept.pgo ./bench/collector -run '^$' -bench . -benchtime 1x
//
// The profile is the one that make build compiles the program with; without it the
// figures are those of a program built by hand, which takes more processor time.
//
// Where KEPT_BENCH_GOATCOUNTER names the program of another collector, it is
// measured in the same run, by the same load on the same machine: how many hits it
// accepts a second once it stores as much as it accepts, and the processor time that
// it takes for a hit until it rests. What it answers is not on the disk yet, and it
// closes the connection after each hit, which the load then dials anew; both are its
// own ways and count as they are.
package collector
