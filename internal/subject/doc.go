// Package subject knows who is who, and what must not be touched of whom.
//
// A subject is a random id that stands for one person as far as Kept can tell:
// a browser that accepted something, an address that subscribed. The
// identifiers that lead to it are kept as a blind index (an HMAC that only the
// vault can compute) beside the value sealed under that person's key, so that
// a copy of the database names nobody once the key is gone.
//
// The room also keeps what binds retention and processing: restrictions
// (Art. 18 GDPR), objections (Art. 21) and holds (a litigation, a tax
// assessment: each with its reason, its end and who set it). It refuses a hold
// without a reason or an end, and an identifier that would lead to two people.
package subject
