// Package ask sends a request to a service that answers in JSON, and reads the answer:
// never more of it than its caller says, and nothing of one that says no but what its
// caller sorts it by.
//
// It refuses to try again: who asks knows what may be asked twice.
package ask
