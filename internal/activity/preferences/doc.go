// Package preferences is the kind "preferences": what the site itself remembers
// in the visitor's browser, so that a returning visitor finds it again, and
// nowhere else.
//
// The kind stores nothing: the gateway lets its declared cookies pass after
// consent and ends them without. So it has words, and neither tables nor hooks.
//
// The room refuses to learn what the cookies hold.
package preferences
