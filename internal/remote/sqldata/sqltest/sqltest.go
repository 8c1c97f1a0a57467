// Package sqltest gives a test a fresh database of another system, once on each
// product that can be had here: SQLite always, PostgreSQL where KEPT_TEST_POSTGRES
// holds the address of a server, MariaDB where mariadbd is installed. What cannot
// be had is skipped, and the test says so.
package sqltest

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"kept/internal/postgres"
	"kept/internal/remote/sqldata"
	"kept/internal/store"
	"kept/internal/vault"
)

// Server is one database of a test.
type Server struct {
	Config sqldata.Config
	Source *sqldata.Source
	db     *sql.DB
}

// Each runs f on every product.
func Each(t *testing.T, f func(t *testing.T, s *Server)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, Postgres(t)) })
	t.Run("mariadb", func(t *testing.T) { f(t, MariaDB(t)) })
}

// SQLite makes a file.
func SQLite(t testing.TB) *Server {
	t.Helper()
	file := filepath.Join(t.TempDir(), "other.db")
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: file}).EscapedPath()+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)")
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, db, sqldata.Config{Kind: sqldata.SQLite, File: file})
}

// Postgres makes a schema on the server for tests.
func Postgres(t testing.TB) *Server {
	t.Helper()
	address := os.Getenv("KEPT_TEST_POSTGRES")
	if address == "" {
		t.Skip("no PostgreSQL: KEPT_TEST_POSTGRES is not set (make test sets it)")
	}
	schema := "other_" + store.NewID()
	config, err := pgconn.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	db, err := postgres.Open(store.Schema(address, schema))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("create schema " + schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		admin, err := postgres.Open(address)
		if err != nil {
			t.Error(err)
			return
		}
		defer admin.Close()
		if _, err := admin.Exec("drop schema " + schema + " cascade"); err != nil {
			t.Error(err)
		}
	})
	return serve(t, db, sqldata.Config{
		Kind: sqldata.Postgres, Address: net.JoinHostPort(config.Host, fmt.Sprint(config.Port)), Database: config.Database,
		Schema: schema, User: config.User, Password: vault.NewSecret(config.Password),
	})
}

func serve(t testing.TB, db *sql.DB, c sqldata.Config) *Server {
	t.Helper()
	c.Dial = (&net.Dialer{}).DialContext
	source, err := sqldata.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(); source.Close() })
	return &Server{Config: c, Source: source, db: db}
}

// Exec runs statements, one for each line that ends with a semicolon. {text},
// {bytes} and {moment} are the product's types.
func (s *Server) Exec(t testing.TB, script string, args ...any) {
	t.Helper()
	types := map[sqldata.Kind]*strings.Replacer{
		sqldata.MySQL:    strings.NewReplacer("{bytes}", "blob", "{moment}", "datetime(3)", "{json}", "json", "{bool}", "tinyint(1)"),
		sqldata.Postgres: strings.NewReplacer("{bytes}", "bytea", "{moment}", "timestamptz", "{json}", "jsonb", "{bool}", "boolean"),
		sqldata.SQLite:   strings.NewReplacer("{bytes}", "blob", "{moment}", "datetime", "{json}", "json", "{bool}", "boolean"),
	}
	script = types[s.Config.Kind].Replace(script)
	if len(args) > 0 {
		if s.Config.Kind == sqldata.MySQL {
			for i := range args {
				script = strings.ReplaceAll(script, fmt.Sprintf("$%d", i+1), "?")
			}
		}
		if _, err := s.db.Exec(script, args...); err != nil {
			t.Fatalf("%v\n%s", err, script)
		}
		return
	}
	for _, statement := range strings.Split(script, ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := s.db.Exec(statement); err != nil {
			t.Fatalf("%v\n%s", err, statement)
		}
	}
}

// Text returns the rows of a query, values joined by bars, rows by line ends.
func (s *Server) Text(t testing.TB, query string) string {
	t.Helper()
	rows, err := s.db.Query(query)
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for rows.Next() {
		cells := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		texts := make([]string, len(cells))
		for i, c := range cells {
			if texts[i] = c.String; !c.Valid {
				texts[i] = "∅"
			}
		}
		lines = append(lines, strings.Join(texts, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(lines, "\n")
}

// DB is a connection that does not go through the source.
func (s *Server) DB() *sql.DB { return s.db }

// Begin is for a connection that holds a lock meanwhile.
func (s *Server) Begin(t testing.TB) *sql.Tx {
	t.Helper()
	tx, err := s.db.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback() })
	return tx
}
