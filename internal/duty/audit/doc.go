// Package audit checks the nine guarantees against what is really stored.
//
// It writes SQL of its own from the policy and the manifests' columns and knows
// nothing of the planner that deletes: an error there must not repeat itself
// here. Per guarantee and rule it says what was counted, the oldest item, and
// one of four words: verified (everything was counted), sampled (a part was),
// not verifiable here (why), or broken (what, where, how many, since when, and
// what to do). A rule is given its own rhythm ("every") as tolerance, else one
// hour.
//
// The report goes to a person (Text), to a program (JSON), and as counts into a
// table and a leaf of the ledger. The room refuses to repair, to name a person
// and to call verified what it has not counted.
package audit
