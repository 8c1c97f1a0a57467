// Package newsletter is the kind "newsletter": who ordered mail, with the proof
// that they did, and every way to end it.
//
// Whoever signs up confirms by a link that reached only them (double opt-in).
// The sign-up, the text that was shown and the confirmation are the proof of the
// consent. They lie in a table of their own under a key of their own, because they
// outlive the subscription; what belongs to the subscription goes in the
// transaction that ends it. Unsubscribing takes one step and works by link, by the
// mail program's own button (RFC 8058) and by mail.
//
// A sign-up is stored before anybody looks whose it is, and a job does the rest: a
// request costs the same work and gets the same answer whether the address is
// known or not. Only a mail, which its owner alone reads, tells the difference.
// Links carry secrets of 128 bits that are stored nowhere; a GET shows, a POST acts.
//
// The room refuses addresses that nobody confirmed, forms whose text has changed
// since they were loaded, and keeping in clear whose address must not be written
// to any more.
package newsletter
