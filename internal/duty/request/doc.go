// Package request is the case of a person who asks something about their data
// (Art. 7(3), 12, 15-22, 77 GDPR): who asks and how that was shown, what they
// want, by when it is answered, what was decided and by whom, and every letter.
//
// A case comes from the page below /privacy/request, from a mail to the privacy
// address, or from a person of the staff who enters a letter or a call. It goes
// through fixed states (received, identified, planned, approved, executing,
// carried, answered, closed) by a table of steps, and none is skipped in any order
// of events. What is done to data is the room rights' part: a case asks it for a
// plan, orders it once somebody has approved, and goes on when it reports what a
// second look at the data showed.
//
// Who asks proves it by controlling an identifier: a code of 128 bits in a mail,
// the browser that holds a pseudonym, a signed-in account. Whoever types an
// address, known or not, gets the same answer after the same work; nothing is
// looked up before the proof. A person of the staff can join further identifiers
// with evidence, and ask for more proof only with a doubt that they write down
// (Art. 12(6)).
//
// The clock is a month as Regulation 1182/71 counts it (Art. 12(3)), two months
// more with a reason that is given inside the first, and stands still only while
// the person has to prove who they are or say what they mean. Reminders go to the
// officer. A refusal is made by a person, with a reason and its legal ground.
//
// What a person wrote lies sealed under a key of the case. The leaves of the
// ledger name the case, never the person.
//
// The room refuses to act before it knows who asks, to refuse by itself, to ask
// for a copy of an identity card, and to call a request answered before its answer
// has left.
package request
