package storetest

import (
	"context"
	"database/sql"
	"os"
	"testing"

	"kept/internal/store"
)

// Each runs f as a subtest on a fresh database of each kind.
func Each(t *testing.T, f func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, Open(t, SQLite(t))) })
	t.Run("postgres", func(t *testing.T) { f(t, Open(t, Postgres(t))) })
}

// EachConfig is Each for a test that opens, kills and reopens by itself.
func EachConfig(t *testing.T, f func(t *testing.T, c store.Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, Postgres(t)) })
}

// SQLite returns the configuration of an empty SQLite database.
func SQLite(t testing.TB) store.Config { return store.Config{Dir: t.TempDir()} }

// Postgres returns the configuration of an empty schema on the test server and
// drops it afterwards; it skips the test where there is no server.
func Postgres(t testing.TB) store.Config {
	t.Helper()
	address := os.Getenv("KEPT_TEST_POSTGRES")
	if address == "" {
		t.Skip("KEPT_TEST_POSTGRES is not set; make test starts a server")
	}
	admin, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	schema := "t" + store.NewID()
	if _, err := admin.Exec("create schema " + schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("drop schema " + schema + " cascade"); err != nil {
			t.Error(err)
		}
		admin.Close()
	})
	return store.Config{Dir: t.TempDir(), URL: store.Schema(address, schema)}
}

// Open opens c and closes it at the end of the test.
func Open(t testing.TB, c store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
