// Package newsletter is the kind "newsletter": mail that people asked for, with
// the proof that they did.
//
// Whoever signs up confirms by a link that reached only them (double opt-in).
// The sign-up, the text that was shown and the confirmation are the proof of the
// consent; they are a named set of their own, because they outlive the
// subscription. Unsubscribing takes one step and works by link, by the mail
// program's own button and by mail.
//
// The room refuses addresses that nobody confirmed, imports without proof, and
// counting who opened what unless the consent says so.
package newsletter
