// Package httpdata reads and changes data of another system through its HTTP
// interface, as a description says: which request finds rows of a collection by
// which fields, which changes one and which deletes one.
//
// Values stand in a request only where the description has a placeholder, escaped
// for that place. What comes back is held against the question: an interface that
// ignores a filter does not hand over other people's rows. Pages are followed by
// link, cursor or offset, on the same host and up to a bound. An interface that
// says when to come back (Retry-After) is asked again then, a few times; after
// that it counts as down. Redirects are not followed.
//
// The package refuses to print a token, a password or a header that holds one.
package httpdata
