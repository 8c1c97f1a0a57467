// Package inforce keeps every policy that was ever in force, and which one is
// now.
//
// A policy changes while Kept runs; whoever acts asks for the one in force at
// that moment and gets a value that never changes. A change is one transaction:
// the new text, the end of the old one and a leaf in the ledger. Whether a
// change may happen (a shorter period deletes, a removed activity must not leave
// data behind) is the duty retain's to say, not this room's.
package inforce
