// Package graph speaks with Microsoft Graph about directories and the contacts in
// mailboxes, as an application without a signed-in person.
//
// It reads users, groups and contacts of an organisation, in full or as what
// changed since a token, and it reads and writes contacts of a mailbox. What it
// writes carries one extended property, by which it is found again whatever a
// person renames; it can be told to write some fields and leave the others. Calls
// wait for their turn at a throttle.Limiter, and a refusal for the rate is no
// error but a longer wait.
//
// The room knows HTTP, JSON and the service's documentation (Graph REST API v1.0)
// and nothing of policies, customers or runs. It refuses to follow a link of an
// answer to another host, to read an answer without a bound, and to show a secret
// in an error.
package graph
