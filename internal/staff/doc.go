// Package staff knows the operator's own people: who may sign in to the
// console, with which role, and which sessions are open.
//
// The first person comes in by a one-time link that the command prints; a GET
// of the link changes nothing. Passwords are kept as argon2id, sessions and
// links as the hash of a 128-bit token, so that a copy of the database opens no
// door. A changed password ends every session and open link of that person, and
// so does a departure, after which at least one owner remains. Guesses are
// bounded by client, never so that a stranger could lock an owner out. Whether an
// address is known can be told neither from the answer nor from the time that
// the answer takes. What a role may do is said in package access, not here.
package staff
