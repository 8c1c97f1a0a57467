// Package accesslog is the kind "access-log": what the server notes about each
// request, and the limit that holds load peaks of one address off.
//
// An entry holds the fields that the policy lists, in the form in which their
// rules let them lie: what a rule would anonymise or delete at once is
// anonymised or left out before the write. The full address lies in a table of
// its own, in daily partitions, and only while a rule keeps it; the entry
// beside it knows the truncated address. A declared incident (an attack) lifts
// a keep of zero for a stated time, is recorded in the ledger and lifted by
// itself.
//
// The room refuses to delay a response: entries wait in a bounded queue, and
// what does not fit is counted and dropped. It never stores a query string, a
// user name or a user-agent text, and never logs an address.
package accesslog
