// Package event keeps what happens often: one row an event, a partition a month
// (or a day), written durably many at a time and dropped whole.
//
// # Rows and ids
//
// An id is the event's millisecond and 22 random bits, so ids are ordered by
// time and the id of a row is its time: the column at is derived from id, the
// partition is that of the id, and retention is a range of ids. No index on at
// is needed, and a retry with the same id meets its first attempt in the same
// partition, also across midnight of a month's end. Ids may be made by a
// client; whoever takes them checks that their time is believable.
//
// # Layout
//
// SQLite keeps each partition in a file of its own, <dir>/events/<table>-2026-11.db
// (-2026-11-30.db for a day). PostgreSQL keeps it in a schema of its own,
// <schema>_2026_11, as a native range partition of <schema>.<table>. Either way
// the names inside are the same: <table>, <table>_word (the dictionary),
// <table>_person (who the numbers are) and <table>_state; on SQLite also
// <table>_trail (which rows a person has). In shows one partition
// at a time; on PostgreSQL by setting the search path of a read-only transaction
// to the partition's schema, so that the same plain SQL runs on both. No
// transaction spans partitions.
//
// # Persons
//
// A row holds a number. The partition's person table holds, for the number, a
// mark by which it is found: 16 bytes derived from the person's key and the
// partition. The subject's id stands nowhere. Once the vault has destroyed the
// key, no copy of the database tells whose rows these were, nor which rows of two
// months belong to one person - and nobody finds them any more to delete them:
// Erase comes before the key is destroyed.
//
// # Words
//
// Repeated text stands once in the partition's dictionary. When rows go, words
// that nobody else uses go with them in the same transaction. So that this takes
// no look through the month, a word knows how many rows use it as long as they
// are few, the only person who uses it as long as there is only one, and the
// first row that does; the last minute of its use tells when it has aged out.
//
// # Holds
//
// Rows of a subject under hold or restriction leave the partition before it is
// dropped, thinned or anonymised, and stay in <table>_held in the main database,
// the person marked likewise, until a later call no longer names the subject.
//
// The room refuses to acknowledge before the commit is on the disk, to queue
// without bound (it answers Unavailable), to store a value that does not fit its
// declared column, and to keep a subject's id.
package event
