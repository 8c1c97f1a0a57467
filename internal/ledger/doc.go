// Package ledger is the append-only log of what was done to personal data:
// policy versions, decisions, deletions, deliveries, staff access. Anyone who
// holds its key can verify offline that nothing was changed or taken out.
//
// A business transaction writes a pending leaf beside its own rows. One
// sequencer at a time takes whatever is pending, gives it its place in a Merkle
// tree (RFC 6962), and signs the new head as a C2SP checkpoint, after it has
// checked that the new tree continues the last signed one; head, hashes and
// places are committed together before anybody is told. A pending leaf is an
// acknowledgement, not yet a proof, and Prove says so.
//
// The log proves that it was only appended to, not that what it says is true.
// It outlives every erasure, so it refuses personal data: facts are counts,
// ids, hashes, keyed commitments and names of the language, in a bounded form.
// A log that nobody outside has seen can be rewritten by who holds the key, so
// checkpoints are published; a restore behind a published one is recorded as
// ledger.break.
package ledger
