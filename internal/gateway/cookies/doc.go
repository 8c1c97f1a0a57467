// Package cookies takes cookies out of header fields, by name.
//
// It reads names as browsers do (RFC 6265, section 5) and leaves every byte of
// what passes as it was. It refuses to know which cookie may pass: that is asked
// of a function.
package cookies
