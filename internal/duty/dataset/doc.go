// Package dataset carries people's rights into other systems: databases and
// interfaces beside Kept that hold data of the same people.
//
// Files in fideslang's dataset format say what lies where and how it hangs
// together; files that Fides works with are read as they are. A file of
// connections says how each system is reached; its secrets stand in files or in
// the environment. From the identifiers that a person has proven, references are
// followed across collections, datasets and systems. What leads from one
// collection to another counts together: a customer number finds the orders of
// its own tenant and of no other, since all parts of a key must fit. Systems that
// many people share (a tenant, a product) never widen what is found.
//
// Nothing is held in memory but one batch: what is to be followed lies in a file
// of its own that is gone when the walk ends. An erasure first writes down what
// it found, sealed, in Kept's own store; it can then be killed anywhere and goes
// on, although what led to a row may be erased already. It ends with a question
// of its own: what is left?
//
// The room refuses to guess: an ambiguous key, an unknown field or a table that
// is not there is an error that says what to write. It never names a table or a
// field that the live schema does not have, and never says that something is
// erased which it has not asked for again. A system that does not answer is
// fault.Unavailable; nothing is then closed.
package dataset
