// Package records says what a client of another system's data can do, whatever
// protocol it speaks: show what is there, find rows by the values of fields, and
// change or delete what was found.
//
// Rows are found by matches: in one tuple every field must have its value (AND),
// between tuples any may hold (OR). Values in a match are text; the client turns
// them into what the field holds, so that a number here finds the same number
// that another system writes as text.
//
// The package refuses to know what a person, a right or a policy is.
package records
