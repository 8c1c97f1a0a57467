// Package run carries steps out in a mailbox and remembers what became of them, so
// that whatever ends the process no contact stands twice and none is forgotten.
//
// Before the first call a mailbox is noted as begun; what was done is noted in
// batches behind the calls. A mailbox that was begun and not ended is looked at
// first: a contact that bears our mark and is not remembered is one whose note was
// lost, and is taken over. A call of which it is not known whether the service
// carried it out is looked up by its mark in the same way.
//
// The room knows neither protocols nor the database: it is given a mailbox and a
// book. It refuses to remove or to change what does not bear our mark.
package run
