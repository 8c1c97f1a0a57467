// Package ldap reads people from a directory by LDAP: Active Directory, OpenLDAP
// and what speaks like them.
//
// It signs in with an account, asks page by page for those that a filter chooses,
// and knows the attributes of inetOrgPerson and of Active Directory. Photos are
// asked for one by one, so that a list is never as large as all pictures.
//
// The room refuses to send a password over a connection that is not encrypted,
// except to this machine itself; to follow a referral to another server; to take
// part of a list for the list; and to show a password or the server's own words in
// an error.
package ldap
