// Package mongodata reads and changes documents of another system's MongoDB.
//
// Values travel as BSON, never as text of a query, and no value of a document is
// ever an operator. The driver is held to the configured hosts: what a server says
// of further members of its set leads nowhere unless the operator named them.
// Documents are streamed.
//
// What was not possible here: no MongoDB server could be had where this is built,
// so the tests speak with a small server of their own that knows the few commands
// used. Before you rely on it, run kept dataset check and plan against yours.
package mongodata
