// Package contact is the kind "contact": a message that somebody sends by a form
// or by mail, and the correspondence that follows from it.
//
// A message that comes by the form is stored before anybody looks whose it is, and
// a job does the rest: a request costs the same work and gets the same answer
// whether the address is known or not. From then on it is a conversation: what
// follows comes by mail, to an address that says by a token which one is meant, or
// is found by the mails that it refers to. Staff answers from the console. What
// people send is shown as text and its files are handed out as files, never as
// pages. All of it lies sealed under the person's key.
//
// What is sent serves to answer it and nothing else. Concluding the
// correspondence, by hand or after a pause, starts the clock of its deletion; a
// wish for deletion that comes by mail ends it at once if the mail proves whose it
// is, and after the button of a link that is sent to the address if it does not: a
// From line can be forged.
//
// The form holds spam off by itself: a field that nobody sees, a token that says
// when the form was fetched and is used once, work that the browser does, and a
// pace for each network. What is held off is counted, and nothing else is kept of
// it.
//
// The room refuses to guard its form by a third party, to keep what a spam guard
// saw, to repeat in a mail what a stranger typed into the form, and to hand
// anything to a recipient that the policy does not name.
package contact

//go:generate go run ../../../browser/bundle/write.go contact ../../../browser
