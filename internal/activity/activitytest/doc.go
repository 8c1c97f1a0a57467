// Package activitytest is the examination that every kind of activity passes,
// on both databases: each column of the live schema is declared, a field that
// the policy does not list is never written, the person's copy holds what was
// collected, nothing of it is left after an erasure, retention follows the
// calendar, and nothing runs without the policy's entry.
//
// A kind hands in a policy and a way to plant a person's data through its own
// doors. The house that the examination builds is a real one (vault, ledger,
// jobs, subjects, consent, events, the duties) on a clock moved by hand; nothing
// in it is imitated.
package activitytest
