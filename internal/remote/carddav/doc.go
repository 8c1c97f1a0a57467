// Package carddav reads and writes address books by CardDAV (RFC 6352, 6578).
//
// A card is written by one PUT, under a condition: a new one only where none is, a
// known one only if nobody changed it meanwhile. Of a card that stands, the lines
// that are written are replaced, and all others stay as they are, also those that
// nobody here understands. What changed is told by the collection's sync token, or,
// where the server knows none, by the tag of the collection and a list.
//
// The room knows no policy and no database. It refuses to send a password over an
// open network, and to follow a link to another server.
package carddav
