// Package throttle keeps calls to a service within what the service takes, so
// that as many as possible go through and none is wasted on a refusal.
//
// A service refuses at three levels: what one mailbox may be asked at once and
// within a time, what one tenant may, and what the whole application may. Its
// published numbers are where the room begins; what it answers is what counts: a
// refusal with Retry-After closes the level that it is about until then, a refusal
// for concurrency narrows the mailbox, and calm opens it again. Tenants take
// turns, so that one with a thousand mailboxes does not keep another waiting.
//
// The room waits by the clock that it is given and knows no protocol. It refuses
// to call again what was refused for another reason, and to try for ever.
package throttle
