// Package job runs durable work: what leaves the house, what takes long, what
// comes back every day. A job is enqueued in the transaction that makes it
// necessary, so it exists exactly if that transaction committed.
//
// A job runs at least once. A worker takes it under a lease; if the worker dies,
// the lease ends and another takes it up. A job that fails comes back later and
// later, and after a bounded number of attempts, crashes counted, it is set
// aside where a person sees it. So a handler must bear being run twice.
//
// The room refuses payloads with anything but ids, names and numbers, for a job
// may outlast the data it is about, and keeps of an error only a short text
// without addresses.
package job
