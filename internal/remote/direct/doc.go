// Package direct calls a stand-in for a service without a network, in the caller's
// goroutine: for tests whose time is not the machine's.
//
// It refuses to stream: an answer is whole before it is read.
package direct
