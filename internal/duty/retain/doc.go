// Package retain ends what the policy says must end.
//
// It turns rules and manifests into a plan (which rows and partitions of which
// table are past their time under which rule, and which of them a hold or a
// restriction keeps), carries the plan out in bounded chunks, and writes what
// ran to the ledger as one leaf. Every step can be repeated: a run that was
// killed is finished by the next one.
//
// How a rule meets a row. A rule with data governs the columns that store that
// data; a rule without data governs the whole row except columns whose own
// rule has begun to run and is not over. A rule begins when its moment stands
// in the row and ends a period later; "unless" suspends it for rows in which
// that moment has come. A row goes as a whole once nothing in it has time left
// and a rule says delete. An anonymising rule that would drop every value it
// governs deletes instead: an empty shell helps nobody.
//
// With "every" a rule sweeps once in each calendar period, in the first run of
// it. An event table then loses whole partitions, each in the run of the period
// after its last row is over. Without "every" (or with one shorter than a
// partition) rows go as soon as they are over, in chunks.
//
// The brake. A run waits for a person when the clock stands more than a day
// past the last run (or, before the first, past the last leaf). One rule in one
// table waits, and everything else goes on, when it would end more than a set
// share of a table that holds more than a thousand rows, counting only rows that
// the run before did not foresee: a monthly rule that takes the fourteenth part,
// or the busiest month of the year, was foreseen; rows that turn up old, or a
// rule that became shorter, were not. What waits is stored as a plan of its own,
// under the id by which a person confirms or rejects it.
//
// A policy that shortens a period or drops an activity is taken over only after
// a person has confirmed what that ends (TakeOver). A longer period holds for
// what is collected from then on; the former one keeps running for older data.
//
// A rule with "notify" has people told before it acts, once for each row and each
// time of its moment, whatever the kind (announce.go); the addresses come from the
// kinds that know them.
//
// On withdrawal and for "keep: 0 days" the rows of ordinary tables go in the
// caller's own transaction. Events lie in files of their own and no transaction
// spans files, so they go by a job enqueued in that transaction, behind an
// intent leaf. Where several nodes serve, a second look some seconds later ends
// what another took in before it knew; their key and the leaf that says done wait
// for it. Other keys of the vault are destroyed after the commit, by a job too:
// a key destroyed for a transaction that then fails could not be brought back.
//
// What a hold or a restriction keeps from a withdrawal is owed: it ends as soon
// as nothing keeps it any more, unless the person has consented again. What has
// reached its time meanwhile goes then too.
//
// The room refuses to run a plan that a person has to confirm first, to end
// what a hold keeps, and to name anybody: its own tables and leaves hold counts.
package retain
