package store

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"kept/internal/fault"
)

// deferred opens a file whose commits do not wait for the disk.
func deferred(t *testing.T) *DB {
	t.Helper()
	db, err := Open(t.Context(), Config{Dir: t.TempDir(), Deferred: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // after a failure there is nothing left to say
	if _, err := db.ExecContext(t.Context(), "create table t (n integer)"); err != nil {
		t.Fatal(err)
	}
	return db
}

func add(ctx context.Context, tx *Tx) error {
	_, err := tx.ExecContext(ctx, "insert into t (n) values (1)")
	return err
}

func TestDeferredCommitIsSeenAtOnce(t *testing.T) {
	db := deferred(t)
	if err := db.WriteDeferred(t.Context(), add); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRowContext(t.Context(), "select count(*) from t").Scan(&n); err != nil || n != 1 {
		t.Fatalf("%d rows, %v", n, err)
	}
	if err := db.Sync(); err != nil {
		t.Fatal(err)
	}
}

// After a sync that failed nobody knows which part of the log is on the disk:
// nothing is acknowledged any more, not even what a later sync would take.
func TestNothingIsAcknowledgedAfterAFailedSync(t *testing.T) {
	db := deferred(t)
	log := db.log.path
	db.log.path = t.TempDir() // a folder cannot be opened to write
	called := false
	err := db.Write(t.Context(), func(ctx context.Context, tx *Tx) error {
		tx.OnCommit(func() { called = true })
		return add(ctx, tx)
	})
	if !fault.Is(err, fault.Unavailable) || called {
		t.Fatalf("a write that the disk did not take: %v; called back: %v", err, called)
	}
	db.log.path = log
	if err := db.Write(t.Context(), add); !fault.Is(err, fault.Unavailable) {
		t.Errorf("the write after it: %v", err)
	}
	if _, err := db.ExecContext(t.Context(), "delete from t"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("the statement after it: %v", err)
	}
}

// A log that was folded begins anew with the next commit, and nothing is lost.
func TestAFoldedLogBeginsAnew(t *testing.T) {
	db := deferred(t)
	var size int64
	for range 20 {
		if err := db.WriteDeferred(t.Context(), add); err != nil {
			t.Fatal(err)
		}
		if err := db.Fold(t.Context()); err != nil {
			t.Fatal(err)
		}
		log, err := os.Stat(db.log.path)
		if err != nil {
			t.Fatal(err)
		}
		if size = max(size, log.Size()); size > 10*4096 {
			t.Fatalf("the log has grown to %d bytes", size)
		}
	}
	var n int
	if err := db.QueryRowContext(t.Context(), "select count(*) from t").Scan(&n); err != nil || n != 20 {
		t.Errorf("%d rows, %v", n, err)
	}
}

// SQLite removes the log when the last connection goes: it has synced both then.
func TestALogThatIsGoneIsOnTheDisk(t *testing.T) {
	db := deferred(t)
	db.log.path = filepath.Join(t.TempDir(), "none")
	if err := db.Sync(); err != nil {
		t.Error(err)
	}
}
