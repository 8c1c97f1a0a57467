// Package consent keeps decisions: what a visitor was offered, what was chosen,
// under which text, and that it can be proved and taken back.
//
// What a browser may do is read from one signed first-party cookie, without a
// database: after a refusal it holds the refusal and nothing else, after an
// acceptance the id of the decision, what was accepted and a short hash of what
// each of these covered. A hash that the policy no longer gives has lapsed: the
// banner asks again about that entry alone. The ids of ended decisions are
// shared between the nodes within a second, so that an old or copied cookie
// stops counting everywhere.
//
// An acceptance is stored with its proof, sealed under the person's key, and
// with a leaf of the ledger, in one transaction; only then is it acknowledged,
// by a receipt in the terms of ISO/IEC TS 27560. A refusal is counted without a
// person. The room refuses to believe a cookie it did not sign, to record a
// decision about a text that is not the one in force, and to make withdrawing
// depend on anything.
package consent
