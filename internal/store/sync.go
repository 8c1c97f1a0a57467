package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"

	"kept/internal/fault"
)

// A writer of many batches need not wait for the disk between them: it commits a
// batch without a sync, and while the disk takes that one it works at the next.
// Nobody is told of a batch before it is synced.

// WriteDeferred is Write for a database that was opened with Config.Deferred:
// what f wrote is seen at once and survives a power cut only after the next Sync
// that began later. Elsewhere it is Write. Functions given to OnCommit are not
// called.
func (db *DB) WriteDeferred(ctx context.Context, f func(ctx context.Context, tx *Tx) error) error {
	_, err := db.commit(ctx, f)
	return err
}

// Sync returns once everything that was committed before it was called survives a
// power cut. After a disk has failed to take something, the database takes
// nothing more and says so: which part of the log is on it is not known then.
func (db *DB) Sync() error {
	if db.log == nil {
		return nil // each commit has waited for the disk
	}
	return db.log.sync()
}

// Fold moves what the write-ahead log of a SQLite database holds into its file, as
// far as no reader needs it, and keeps nobody waiting. What is committed meanwhile
// stays in the log, which begins anew once all of it was moved. It does nothing on
// PostgreSQL.
func (db *DB) Fold(ctx context.Context) error {
	if db.dialect == Postgres {
		return nil
	}
	var busy, frames, moved int
	return Classify(db.read.QueryRowContext(ctx, "pragma wal_checkpoint(passive)").Scan(&busy, &frames, &moved))
}

// syncedLog is the write-ahead log of a file whose commits SQLite does not sync.
// SQLite syncs a log when it begins to be used and before it is folded into the
// file, and then the file; so a log that is gone is on the disk.
type syncedLog struct {
	path string

	mu     sync.Mutex
	failed error
}

func (l *syncedLog) sync() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return l.failed
	}
	// Opened each time: SQLite removes the log and makes it anew as it likes, and
	// has no lock on it that closing it could let go.
	f, err := os.OpenFile(l.path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = errors.Join(syncData(f), f.Close())
	}
	if err != nil {
		l.failed = fault.New(fault.Unavailable, "the disk did not take the log %s; nothing more is written to it until Kept starts again: %w", l.path, err)
	}
	return l.failed
}
