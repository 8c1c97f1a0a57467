// Package sampling is the kind "session-sampling": a random share of visits, of
// which it is kept where people clicked and how far they read, so that pages can
// be looked at as a picture.
//
// The draw falls before anything is recorded; addresses are shortened first, and
// what is typed is never part of a record.
//
// The room refuses visits without consent, more than the declared share, and
// whatever stands in a field of a form.
package sampling
