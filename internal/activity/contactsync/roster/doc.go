// Package roster decides who stands in a mailbox's contacts and how: it joins what
// several sources say about a person into one card, chooses who is meant, and tells
// what has to change in a mailbox so that it says the same.
//
// It is pure: it opens nothing, waits for nothing and knows no protocol. What a run
// does is decided here and can be shown before it is done, with how long it will
// take and what does not fit. A plan that would remove more than a share of what is
// there is not carried out unless a person says so.
//
// The room refuses to touch a contact that does not carry our mark, and to write a
// field that a rule leaves to its owner.
package roster
