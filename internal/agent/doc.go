// Package agent reads a User-Agent header as far as Kept needs it: the browser
// with its major version, the operating system, the kind of device.
//
// The header itself is never kept: it is long, it singles people out, and
// nobody declared it. Whatever looks wrong in it is unknown, not an error.
package agent
