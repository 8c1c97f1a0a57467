package activity

import "context"

// Notified is a kind at work that knows addresses at which somebody is told that
// something of theirs is going to end (a retention rule's "notify"). The address of
// the registration the register of customers knows (Customers.Registered).
type Notified interface {
	// Addresses returns the addresses of a subject for those of the rule's words
	// (notify: {to: …}) that the kind knows and has one for.
	Addresses(ctx context.Context, activity, subject string, to []string) ([]string, error)
}
