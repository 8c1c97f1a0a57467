// Package ews speaks with Exchange Server about the contacts in mailboxes, as one
// service account that acts for many of them (Exchange Web Services, by
// ExchangeImpersonation).
//
// What it writes carries one extended property, by which it is found again whatever
// a person renames; it can be told to write some fields and leave the others, one
// contact at a time or many in one call. Calls wait for their turn at a
// throttle.Limiter, and a refusal for the rate is no error but a longer wait. The
// account proves itself by NTLM or, where the server offers nothing else, by Basic,
// under TLS in either case.
//
// The room knows SOAP and the service's documentation (version Exchange2010_SP2,
// which later servers speak too) and nothing of policies, customers or runs. It
// refuses to send a password over an open network, to read an answer without a
// bound, and to show a secret in an error.
package ews
