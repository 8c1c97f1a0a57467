package vault

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// The promise: a copy of the data, made before the key was destroyed, cannot be
// read by anyone who holds the master key and the keys as they are now.
func TestDestroyedMeansUnreadableInACopyMadeBefore(t *testing.T) {
	storetest.Each(t, func(t *testing.T, data *store.DB) {
		keys := store.Config{Dir: t.TempDir()}
		v, err := openAt(t, keys, Config{})
		if err != nil {
			t.Fatal(err)
		}
		proof := Ref{anna.Subject, "proof"}
		run(t, data, "create table letter (sealed bytea not null, proof bytea not null)")
		run(t, data, "insert into letter (sealed, proof) values ($1, $2)", seal(t, v, anna, "dear Anna"), seal(t, v, proof, "she agreed"))
		read := copyOf(t, data)

		if err := v.Destroy(t.Context(), anna.Subject, anna.Rule); err != nil {
			t.Fatal(err)
		}
		v.Close()
		if v, err = openAt(t, keys, Config{}); err != nil {
			t.Fatal(err)
		}
		sealed, kept := read()
		_, err = v.Open(t.Context(), anna, "table.column", sealed)
		wantKind(t, err, fault.NotFound)
		wantOpen(t, v, proof, kept, "she agreed") // another rule's key lives on

		seal(t, v, anna, "a new life") // a new key does not bring the old value back
		_, err = v.Open(t.Context(), anna, "table.column", sealed)
		wantKind(t, err, fault.NotFound)
	})
}

func run(t *testing.T, db *store.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatal(err)
	}
}

// copyOf backs the data up and returns how to read the copy: the files on
// SQLite, a table as a dump would hold it on PostgreSQL.
func copyOf(t *testing.T, data *store.DB) (read func() (sealed, proof []byte)) {
	t.Helper()
	if data.Dialect() == store.SQLite {
		dir := t.TempDir()
		for _, name := range []string{"kept.db", "kept.db-wal"} {
			copyFile(t, filepath.Join(data.Dir(), name), filepath.Join(dir, name))
		}
		data = storetest.Open(t, store.Config{Dir: dir})
	} else {
		run(t, data, "create table letter_copy as select * from letter")
		run(t, data, "drop table letter")
		run(t, data, "alter table letter_copy rename to letter")
	}
	return func() (sealed, proof []byte) {
		if err := data.QueryRowContext(t.Context(), "select sealed, proof from letter").Scan(&sealed, &proof); err != nil {
			t.Fatal(err)
		}
		return sealed, proof
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What is not promised: a backup of the keys reads as long as it exists. That
// is why it has a short declared life.
func TestABackupOfTheKeysReadsAsLongAsItExists(t *testing.T) {
	keys := store.Config{Dir: t.TempDir()}
	v, err := openAt(t, keys, Config{})
	if err != nil {
		t.Fatal(err)
	}
	sealed := seal(t, v, anna, "dear Anna")
	backup := store.Config{Dir: t.TempDir()}
	for _, name := range []string{"keys.db", "keys.db-wal"} {
		copyFile(t, filepath.Join(keys.Dir, name), filepath.Join(backup.Dir, name))
	}
	if err := v.Destroy(t.Context(), anna.Subject); err != nil {
		t.Fatal(err)
	}
	old, err := openAt(t, backup, Config{})
	if err != nil {
		t.Fatal(err)
	}
	wantOpen(t, old, anna, sealed, "dear Anna")
}

func TestADestroyedKeyIsInNoFile(t *testing.T) {
	dir := t.TempDir()
	v, err := openAt(t, store.Config{Dir: dir}, Config{})
	if err != nil {
		t.Fatal(err)
	}
	seal(t, v, anna, "x")
	var wrapped []byte
	if err := v.db.QueryRowContext(t.Context(), "select wrapped from vault_key where subject = $1", anna.Subject).Scan(&wrapped); err != nil {
		t.Fatal(err)
	}
	if found := filesHolding(t, dir, wrapped); len(found) == 0 {
		t.Fatal("the search does not find a key that is there")
	}
	if err := v.Destroy(t.Context(), anna.Subject); err != nil {
		t.Fatal(err)
	}
	for _, planted := range [][]byte{wrapped, []byte(anna.Subject)} {
		if found := filesHolding(t, dir, planted); len(found) > 0 {
			t.Errorf("after Destroy %q is still in %v", planted, found)
		}
	}
}

func filesHolding(t *testing.T, dir string, planted []byte) (found []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, planted) {
			found = append(found, f)
		}
	}
	return found
}

func TestAnotherProcessForgetsWithinASecond(t *testing.T) {
	nodes(t, func(t *testing.T, open func(Config) *Vault) {
		clk := clock.At(start)
		v, w := open(Config{Clock: clk}), open(Config{Clock: clk})
		sealed := seal(t, v, anna, "secret")
		wantOpen(t, w, anna, sealed, "secret")
		if err := v.Destroy(t.Context(), anna.Subject); err != nil {
			t.Fatal(err)
		}
		_, err := v.Open(t.Context(), anna, "table.column", sealed)
		wantKind(t, err, fault.NotFound) // here at once
		clk.Advance(Stale)
		_, err = w.Open(t.Context(), anna, "table.column", sealed)
		wantKind(t, err, fault.NotFound)
	})
}

func TestAKeyThatCannotBeCheckedIsNotUsed(t *testing.T) {
	nodes(t, func(t *testing.T, open func(Config) *Vault) {
		clk := clock.At(start)
		v := open(Config{Clock: clk})
		sealed := seal(t, v, anna, "secret")
		v.Close()
		clk.Advance(Stale)
		if plain, err := v.Open(t.Context(), anna, "table.column", sealed); err == nil {
			t.Errorf("with its database gone the vault opens %q", plain)
		}
	})
}

// A reader that fetched the key just before it was destroyed must not put it
// back into the cache.
func TestNoKeyComesBackWhileItIsDestroyed(t *testing.T) {
	nodes(t, func(t *testing.T, open func(Config) *Vault) {
		v := open(Config{})
		for range 20 {
			sealed := seal(t, v, anna, "secret")
			v.keys.forget([]Ref{anna})
			var readers sync.WaitGroup
			for range 8 {
				readers.Go(func() { v.Open(context.Background(), anna, "table.column", sealed) })
			}
			if err := v.Destroy(t.Context(), anna.Subject); err != nil {
				t.Fatal(err)
			}
			readers.Wait()
			if _, err := v.Open(t.Context(), anna, "table.column", sealed); !fault.Is(err, fault.NotFound) {
				t.Fatalf("after Destroy the value opens: %v", err)
			}
		}
	})
}

func TestDestroyMany(t *testing.T) {
	nodes(t, func(t *testing.T, open func(Config) *Vault) {
		v := open(Config{})
		refs := []Ref{{"a", "r1"}, {"a", "r2"}, {"b", "r1"}, {"b", "r2"}, {"c", "r1"}}
		if err := v.Prepare(t.Context(), refs...); err != nil {
			t.Fatal(err)
		}
		if err := v.DestroyMany(t.Context(), []Ref{{Subject: "a"}, {"b", "r1"}, {"nobody", "r1"}}); err != nil {
			t.Fatal(err)
		}
		for i, ref := range refs {
			if has, err := v.Has(t.Context(), ref); err != nil || has != (i >= 3) {
				t.Errorf("%v has a key: %v, %v", ref, has, err)
			}
		}
		wantKind(t, v.Destroy(t.Context(), ""), fault.Invalid)
		wantKind(t, v.Destroy(t.Context(), "b", ""), fault.Invalid)
	})
}
