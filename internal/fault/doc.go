// Package fault names the kinds of error that a caller can act on.
//
// A room returns fault.New(fault.NotFound, "…") where the cause is known; the
// rooms above wrap it with %w and add where it happened. Only the edge (a page,
// a command) turns a kind into a status, an exit code or a sentence. A fault's
// message is written for the person who can act on it and holds no personal
// data and no secret. Faults are returned, never logged and returned.
package fault
