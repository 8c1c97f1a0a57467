package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"kept/internal/postgres"
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
	admin, err := postgres.Open(address)
	if err != nil {
		t.Fatal(err)
	}
	schema := "t" + store.NewID()
	if _, err := admin.Exec("create schema " + schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dropSchemas(admin, schema); err != nil {
			t.Error(err)
		}
		admin.Close()
	})
	return store.Config{Dir: t.TempDir(), URL: store.Schema(address, schema)}
}

// dropSchemas drops the schema and those that event partitions lie in beside it,
// whose names begin with its own.
func dropSchemas(admin *sql.DB, schema string) error {
	rows, err := admin.Query("select nspname from pg_namespace where starts_with(nspname, $1) order by length(nspname)", schema)
	if err != nil {
		return err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return err
		}
		names = append(names, name)
	}
	for _, name := range names {
		if err := dropSchema(admin, name); err != nil {
			return err
		}
	}
	return rows.Err()
}

// dropSchema drops one. A session that has just been closed may be in the way for a
// moment; the server then ends one of the two as a deadlock, and it is tried again.
func dropSchema(admin *sql.DB, name string) (err error) {
	for range 5 {
		if _, err = admin.Exec("drop schema if exists " + name + " cascade"); err == nil || !strings.Contains(err.Error(), "40P01") {
			return err
		}
	}
	return err
}

// Dump writes every value of every table of the main database in readable form,
// bytes both as text and in hexadecimal: a test searches it for what must be
// nowhere. Event partitions are dumped by their store.
func Dump(t testing.TB, db *store.DB) string {
	t.Helper()
	tables, err := db.Columns(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		if err := dumpTable(&b, db, table, tables[table]); err != nil {
			t.Fatalf("dump %s: %v", table, err)
		}
	}
	return b.String()
}

func dumpTable(b *strings.Builder, db *store.DB, table string, columns []string) error {
	rows, err := db.QueryContext(context.Background(), "select "+strings.Join(columns, ", ")+" from "+table)
	if err != nil {
		return err
	}
	defer rows.Close()
	values, dests := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		dests[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(dests...); err != nil {
			return err
		}
		b.WriteString(table)
		for i, v := range values {
			if raw, ok := v.([]byte); ok {
				v = fmt.Sprintf("%s %x", raw, raw)
			}
			fmt.Fprintf(b, "\t%s=%v", columns[i], v)
		}
		b.WriteByte('\n')
	}
	return rows.Err()
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
