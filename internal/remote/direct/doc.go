// Package direct calls a stand-in for a service without a network, in the caller's
// goroutine: for tests whose time is not the machine's. Where the way is part of the
// test, it starts the stand-in as a server that is called by names and speaks TLS.
//
// Without a network it refuses to stream: an answer is whole before it is read.
package direct
