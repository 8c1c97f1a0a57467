// Package contact is the kind "contact": a message that somebody sends by a form
// or by mail, and the correspondence that follows from it.
//
// What is sent serves to answer it and nothing else. Concluding the
// correspondence starts the clock of its deletion; a wish for deletion that
// comes by mail ends it at once.
//
// The room refuses to guard its form by a third party, to keep what a spam guard
// saw, and to hand anything to a recipient that the policy does not name.
package contact
