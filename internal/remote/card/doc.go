// Package card is a contact as directories, mailboxes and address books carry it:
// the one form between protocols that each name its parts differently.
//
// It knows what a contact consists of, which parts a person could tell apart as
// changed, and what a place with few lines for phones and addresses can take. It
// opens nothing, and it refuses to lose a value silently: what does not fit is
// named.
package card
