// Package mail is the post room: what the house writes to people, and what
// comes in.
//
// A message is stored in the transaction that makes it necessary and leaves by a
// job, so it exists exactly if that transaction committed. It is sealed under a
// key of its own among the person's keys; once the relay has taken it, the text
// and its key are gone, and what stays for a while is the record: when, by which
// activity, with which outcome. A message leaves at least once; killed between
// the relay's answer and the record, the one message of that connection leaves
// again with the same Message-ID, by which its receiver knows it.
//
// What comes in, by a receiver of our own or from a mailbox, is stored before it
// is acknowledged, read with bounds on every part of it, and handed to whoever
// asked for its address: an activity for its conversations, this room itself
// for bounces (RFC 3464) and complaints (RFC 5965).
//
// The room refuses to write for an activity that the policy does not have, to
// send in the clear over a network, to relay for others, to take mail for an
// address that nobody asked for, and to let a line of a name or a title become a
// header. It answers no mail by itself. It knows nothing of newsletters or
// contact forms: they bring the texts, this room adds why a person gets a mail
// and how to stop it.
package mail
