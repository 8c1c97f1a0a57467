// Package vault keeps a key for each person and retention rule, so that
// destroying the key erases what it sealed wherever a copy of the data lies:
// backups, replicas, write-ahead logs.
//
// Values are sealed with AES-256-GCM under a key derived from the data key of a
// Ref (subject and rule); data keys are wrapped by the master key and lie apart
// from the data: in keys.db on SQLite, on another server on PostgreSQL. A data
// key is on the disk before its first use. The room keeps nothing about a
// destroyed key, not even that it existed.
//
// What Destroy promises, exactly: no copy of the *data*, whenever it was made,
// can be read any more by anyone who holds the master key and the keys as they
// are after Destroy. A copy of the *keys* made before can still read; that is
// why a backup of the data never holds keys and a backup of keys has a short
// declared life, which the person is told. Other processes over the same keys
// may use a destroyed key from memory for at most one second. On PostgreSQL the
// bytes of a deleted row stay in the server's pages and write-ahead log until
// vacuum and recycling reach them; the migration sets autovacuum to the
// shortest threshold for the table.
//
// The room refuses to seal without a subject and a rule, to answer under a key
// that it cannot check for destruction, to start with a master key that does
// not fit, and to print a secret.
package vault
