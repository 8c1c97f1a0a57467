// Package ewstest is an Exchange Server for tests, as far as contacts in mailboxes
// go: written from the published documentation of Exchange Web Services, with the
// order of its schema, its pages, its rights of impersonation, its refusals for the
// rate, Basic and NTLM. Debian's python3-exchangelib, which knows real servers, is
// held against it in a test.
//
// Where the documentation is silent it does what makes a client's life harder: it
// takes a picture within a new contact and does not store it, keeps a second picture
// beside the first, and changes a contact's key with each change.
package ewstest
