// Package rights answers a person about their data: a copy of all of it
// (Art. 15, 20 GDPR), its erasure (Art. 17), its restriction (Art. 18) and the
// objection against processing (Art. 21).
//
// It reads manifests, so a table that a room declares is in every copy and in
// every erasure, and one that it does not declare cannot exist. A request goes
// through fixed states, and none is skipped: received, planned, executing,
// verified, done; or refused with a reason; or waiting, visibly, until what is
// missing is there. A state outlives crashes, deadlines and failing rooms.
//
// Erasure is a job that bears being killed anywhere: a leaf states the intent,
// the vault's keys are destroyed (what they sealed is gone from every copy of
// the data at once), rows go, children first, then events; then everything is
// asked again. Where several nodes serve, all of this is done once more when none
// can take anything in any more (retain.SecondLook); until then the keys by which
// events are found stay. Only when nothing answers they go, the request is done
// and a second leaf says so. What a rule or a hold keeps stays, and the person is
// told which and until when. What a hold keeps is owed, and erased by a request of
// its own when the hold ends. A row that is kept by a rule which counts from an
// end (the revocation, the end of the contract) begins to count with the erasure.
//
// Copies are written as JSON for machines and as HTML for people. Whatever a
// visitor wrote is text in both, never markup.
//
// The room refuses to skip a state, to call an erasure done that it has not
// re-checked, and to keep a link from a finished request to the person.
package rights
