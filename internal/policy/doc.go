// Package policy is the language in which an offer says what it does with
// personal data: it reads a file, checks it, explains what it finds and
// compares two files.
//
// It is pure: no clock (the day of checking is passed in), no network, no
// database, no other room of the house. It does not know any kind of activity
// either; the words that a kind brings come in as a Vocabulary.
package policy
