// Package mailtest is the far side of the post room in tests: a mail server that
// keeps what it is given, on a port of this machine's loopback. It speaks real
// SMTP, so what a test reads is what a relay would have got.
package mailtest
