// Package contactsync is the kind "contact-sync": contacts of a customer's
// directory, kept up to date in its people's mailboxes.
//
// It is done on the customer's behalf: the customer says which contacts go where
// and answers for it. Only what the room itself has written is ever changed or
// removed; passwords and mailbox addresses of the customer are sealed.
//
// The room refuses to touch a contact that it did not write, to read a mailbox
// beyond its own items, and a run that would remove more than the brake allows.
package contactsync
