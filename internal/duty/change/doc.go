// Package change says what becomes different for people when one policy replaces
// another: what is new, what is kept longer or shorter, whose consent lapses, and
// what has to be done before.
//
// It compares what the policies mean, not how they are written: comments, layout
// and the order of entries are no change. Every key of the language is weighed in
// one table, and a key that the table does not hold yet is shown all the same, so
// that nothing changes silently.
//
// It refuses to say what would happen to stored data: that depends on what is
// stored, and the take-over plans it (internal/duty/retain).
package change
