package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// letters makes a table to write to.
func letters(t *testing.T, db *store.DB) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), "create table letter (id text primary key, parent text references letter (id) deferrable initially deferred)")
	if err != nil {
		t.Fatal(err)
	}
}

func put(id string, parent any) func(context.Context, *store.Tx) error {
	return func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, "insert into letter (id, parent) values ($1, $2)", id, parent)
		return store.Classify(err)
	}
}

func count(t *testing.T, db *store.DB) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "select count(*) from letter").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestATransactionIsAllOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		letters(t, db)
		told := 0
		write := func(id string, end func() error) error {
			return db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				tx.OnCommit(func() { told++ })
				if err := put(id, nil)(ctx, tx); err != nil {
					return err
				}
				return end()
			})
		}
		cause := errors.New("no")
		if err := write("a", func() error { return cause }); !errors.Is(err, cause) {
			t.Errorf("the error is %v", err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			write("b", func() error { panic("no") })
		}()
		if n := count(t, db); n != 0 || told != 0 {
			t.Errorf("%d rows stayed, %d were told", n, told)
		}
		if err := write("c", func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db); n != 1 || told != 1 {
			t.Errorf("%d rows are there, %d were told", n, told)
		}
	})
}

// A commit can fail by itself: the reference is checked there. The next
// transaction must not meet the failed one.
func TestAFailedCommitLeavesTheDatabaseUsable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		letters(t, db)
		if err := db.Write(t.Context(), put("a", "nobody")); !fault.Is(err, fault.Conflict) {
			t.Errorf("the error is %v", err)
		}
		if err := db.Write(t.Context(), put("b", nil)); err != nil {
			t.Fatalf("after a failed commit: %v", err)
		}
		if n := count(t, db); n != 1 {
			t.Errorf("%d rows are there, want 1", n)
		}
	})
}

func TestACancelledTransactionLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		letters(t, db)
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			err := put("a", nil)(ctx, tx)
			cancel()
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}
		if err := db.Write(t.Context(), put("b", nil)); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db); n != 1 {
			t.Errorf("%d rows are there, want 1", n)
		}
	})
}

func TestErrorsAreClassifiedByCode(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		letters(t, db)
		if err := db.Write(t.Context(), put("a", nil)); err != nil {
			t.Fatal(err)
		}
		var id string
		_, syntax := db.ExecContext(t.Context(), "selec")
		cancelled, cancel := context.WithCancel(t.Context())
		cancel()
		_, stopped := db.ExecContext(cancelled, "select 1")
		for name, c := range map[string]struct {
			err  error
			kind fault.Kind
		}{
			"no row":           {db.QueryRowContext(t.Context(), "select id from letter where id = 'z'").Scan(&id), fault.NotFound},
			"there already":    {db.Write(t.Context(), put("a", nil)), fault.Conflict},
			"a wrong sentence": {syntax, fault.Internal},
			"cancelled":        {stopped, fault.Internal},
		} {
			if err := store.Classify(c.err); err == nil || fault.KindOf(err) != c.kind {
				t.Errorf("%s is %v (%v), want %v", name, fault.KindOf(err), err, c.kind)
			}
		}
		if store.Classify(nil) != nil {
			t.Error("nothing is an error")
		}
	})
}

func TestALostServerIsUnavailable(t *testing.T) {
	db := storetest.Open(t, storetest.Postgres(t))
	letters(t, db)
	err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		var pid int
		if err := tx.QueryRowContext(ctx, "select pg_backend_pid()").Scan(&pid); err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, "select pg_terminate_backend($1, 5000)", pid); err != nil {
			return err
		}
		first := put("a", nil)(ctx, tx)
		if !fault.Is(first, fault.Unavailable) {
			t.Errorf("the end of the connection is %v", first)
		}
		return put("b", nil)(ctx, tx)
	})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("a statement on the lost connection is %v", err)
	}
	if err := db.Write(t.Context(), put("c", nil)); err != nil {
		t.Errorf("after the connection was lost: %v", err)
	}
	_, err = store.Open(t.Context(), store.Config{URL: "postgres://kept:planted-secret@127.0.0.1:1/kept"})
	if !fault.Is(err, fault.Unavailable) || strings.Contains(fmt.Sprint(err), "planted-secret") {
		t.Errorf("a server that is not there is %v", err)
	}
}

func TestAFullDiskIsUnavailable(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	letters(t, db)
	if _, err := db.ExecContext(t.Context(), "pragma max_page_count = 8"); err != nil {
		t.Fatal(err)
	}
	var err error
	stored := 0
	for ; err == nil; stored++ {
		err = db.Write(t.Context(), put(strings.Repeat("x", 500)+fmt.Sprint(stored), nil))
	}
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("a full disk is %v", err)
	}
	if n := count(t, db); n != stored-1 {
		t.Errorf("%d rows are there, want %d", n, stored-1)
	}
}

func TestAFolderOfAnyNameHoldsADatabase(t *testing.T) {
	for _, name := range []string{"a b", "100%", "what?x=1&y", "#1", "ü/é", "a+b", "%41"} {
		dir := filepath.Join(t.TempDir(), name)
		db, err := store.Open(t.Context(), store.Config{Dir: dir})
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		letters(t, db)
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(dir, "kept.db")); err != nil {
			t.Errorf("%q: the file is elsewhere: %v", name, err)
		}
	}
}

func TestWhatIsDeletedIsNowhereInTheFiles(t *testing.T) {
	c := storetest.SQLite(t)
	db := storetest.Open(t, c)
	letters(t, db)
	if err := db.Write(t.Context(), put("planted-secret", nil)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "delete from letter"); err != nil {
		t.Fatal(err)
	}
	if err := db.Truncate(t.Context()); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(c.Dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if raw, err := os.ReadFile(name); err != nil || strings.Contains(string(raw), "planted-secret") {
			t.Errorf("%s holds it still (%v)", name, err)
		}
	}
}

// Emptying the log waits for a reader, but does not make writers wait with it.
func TestEmptyingTheLogLetsOthersWrite(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	letters(t, db)
	for _, id := range []string{"a", "b"} {
		if err := db.Write(t.Context(), put(id, nil)); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := db.QueryContext(t.Context(), "select id from letter")
	if err != nil || !rows.Next() {
		t.Fatal(err)
	}
	emptied := make(chan error, 1)
	go func() { emptied <- db.Truncate(context.Background()) }()
	began := time.Now()
	for i := range 20 {
		if err := db.Write(t.Context(), put(fmt.Sprint(i), nil)); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("20 writes took %v", took)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-emptied; err != nil {
		t.Errorf("after the reader: %v", err)
	}
}

func TestColumnsShowsDerivedOnesToo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		_, err := db.ExecContext(t.Context(), "create table sum (a bigint, b bigint, total bigint generated always as (a + b) stored)")
		if err != nil {
			t.Fatal(err)
		}
		live, err := db.Columns(t.Context())
		if err != nil || fmt.Sprint(live["sum"]) != "[a b total]" {
			t.Errorf("the columns are %v (%v)", live, err)
		}
	})
}
