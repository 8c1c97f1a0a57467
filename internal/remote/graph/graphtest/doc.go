// Package graphtest is a service that behaves like Microsoft Graph where package
// graph depends on it, written from the published documentation: tokens for
// applications, users, groups and contacts of an organisation, folders and contacts
// of mailboxes with extended properties, photos, lists of changes whose links grow
// old, the limits of a contact, and the refusals of a service that is asked too
// much, on the clock that it is given.
//
// It is for tests. It refuses what the documentation says is refused, and it does
// not guess: a request that it does not know is answered 501, so that a test fails
// instead of passing by luck.
package graphtest
