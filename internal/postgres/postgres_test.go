package postgres_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"kept/internal/postgres"
)

// open returns a pool on the test server.
func open(t testing.TB) *sql.DB {
	t.Helper()
	address := os.Getenv("KEPT_TEST_POSTGRES")
	if address == "" {
		t.Skip("KEPT_TEST_POSTGRES is not set; make test starts a server")
	}
	db, err := postgres.Open(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// one returns a single connection, with its temporary tables.
func one(t testing.TB) *sql.Conn {
	t.Helper()
	c, err := open(t).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func exec(t testing.TB, c *sql.Conn, query string, args ...any) {
	t.Helper()
	if _, err := c.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// code is what PostgreSQL calls an error.
func code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return fmt.Sprint(err)
}

func TestValuesComeBackAsTheyWent(t *testing.T) {
	c := one(t)
	moment := time.Date(2024, 2, 29, 23, 59, 58, 123456000, time.FixedZone("", 5*3600+1800))
	for _, v := range []struct {
		typ       string
		in, wants any
	}{
		{"int2", -3, int64(-3)}, {"int4", math.MinInt32, int64(math.MinInt32)}, {"int8", int64(math.MinInt64), int64(math.MinInt64)}, {"int8", uint32(7), int64(7)},
		{"oid", uint32(4000000000), int64(4000000000)}, {"float8", math.Pi, math.Pi}, {"float8", 1e300, 1e300}, {"float8", math.Inf(-1), math.Inf(-1)}, {"float4", 0.5, 0.5},
		{"int8", float64(1e6), int64(1e6)}, {"numeric", "12.340", "12.340"}, {"numeric", 12.5, "12.5"}, {"bool", true, true}, {"bool", false, false},
		{"text", "Ä' \\ \n", "Ä' \\ \n"}, {"text", "", ""}, {"text", 12, "12"}, {"varchar(3)", "abc", "abc"}, {"text", nil, nil}, {"bytea", []byte(nil), nil},
		{"bytea", []byte{}, []byte{}}, {"bytea", []byte{0, 255, '\\'}, []byte{0, 255, '\\'}}, {"bytea", `\x00ff`, []byte{0, 255}},
		{"jsonb", []byte(`{"a": 1}`), []byte(`{"a": 1}`)}, {"json", `[1]`, []byte(`[1]`)}, {"uuid", "7f6bd9cd-08ae-4f56-9cd3-6a5b0c1b2a3d", "7f6bd9cd-08ae-4f56-9cd3-6a5b0c1b2a3d"},
		{"text[]", `{a,"b c"}`, `{a,"b c"}`}, {"date", moment, time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)}, {"date", "0044-03-15", time.Date(44, 3, 15, 0, 0, 0, 0, time.UTC)},
		{"date", "-infinity", "-infinity"}, {"timestamptz", moment, moment.Local()}, {"timestamptz", "infinity", "infinity"},
		{"timestamp", moment, time.Date(2024, 2, 29, 23, 59, 58, 123456000, time.UTC)}, {"timestamptz", time.Date(1893, 4, 1, 0, 0, 0, 999, time.UTC), time.Date(1893, 4, 1, 0, 0, 0, 0, time.UTC).Local()},
		{"interval", "1 day", "1 day"},
	} {
		for range 2 { // the second time the statement is ready
			var got any
			if err := c.QueryRowContext(t.Context(), "select $1::"+v.typ, v.in).Scan(&got); err != nil {
				t.Errorf("%s %v: %v", v.typ, v.in, err)
			} else if at, ok := v.wants.(time.Time); ok && (!at.Equal(got.(time.Time)) || at.Location() != got.(time.Time).Location()) {
				t.Errorf("%s %v came back as %v, want %v", v.typ, v.in, got, v.wants)
			} else if !ok && !reflect.DeepEqual(got, v.wants) {
				t.Errorf("%s %v came back as %T %v", v.typ, v.in, got, got)
			}
		}
	}
	if _, err := c.ExecContext(t.Context(), "select $1::text[]", []string{"a"}); err == nil {
		t.Error("a slice of texts was taken")
	}
	if _, err := c.ExecContext(t.Context(), "select $1::text, $2::text", "a"); err == nil {
		t.Error("an argument too few was taken")
	}
}

func TestRowsStayAfterTheNextIsRead(t *testing.T) {
	rows, err := one(t).QueryContext(t.Context(), "select convert_to(repeat(chr(64 + n), 9), 'UTF8'), repeat(chr(64 + n), 9) from generate_series(1, 3) n")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var kept []any
	for rows.Next() {
		var raw, text any
		if err := rows.Scan(&raw, &text); err != nil {
			t.Fatal(err)
		}
		kept = append(kept, raw, text)
	}
	if rows.Err() != nil || len(kept) != 6 || string(kept[0].([]byte)) != "AAAAAAAAA" || kept[3] != "BBBBBBBBB" {
		t.Errorf("%s %v", kept, rows.Err())
	}
}

func TestSeveralStatementsWithoutArguments(t *testing.T) {
	c := one(t)
	exec(t, c, "create temp table a (n int); insert into a values (1), (2)")
	result, err := c.ExecContext(t.Context(), "update a set n = n + 1")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := result.RowsAffected(); n != 2 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	if _, err := c.ExecContext(t.Context(), "insert into a values (9); select 1/0"); code(err) != "22012" {
		t.Errorf("a division by zero: %v", err)
	}
}

// A failure that only a later row meets reaches the reader.
func TestAFailureAmongTheRows(t *testing.T) {
	rows, err := one(t).QueryContext(t.Context(), "select 1 / (3 - n) from generate_series(1, $1::int) n", 9)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	if n != 2 || code(rows.Err()) != "22012" {
		t.Errorf("%d rows, %v", n, rows.Err())
	}
}

// What would be prepared for a table as it was is prepared anew after the table
// changed, from the second try on.
func TestATableThatChangesBehindAStatement(t *testing.T) {
	c := one(t)
	exec(t, c, "create temp table a (n int)")
	const query = "select * from a where n = $1 or true"
	exec(t, c, "insert into a values ($1)", 1)
	var n, more any
	if err := c.QueryRowContext(t.Context(), query, 1).Scan(&n); err != nil {
		t.Fatal(err)
	}
	exec(t, c, "alter table a add column more text default 'x'")
	if err := c.QueryRowContext(t.Context(), query, 1).Scan(&n, &more); code(err) != "0A000" {
		t.Errorf("the first try: %v", err)
	}
	if err := c.QueryRowContext(t.Context(), query, 1).Scan(&n, &more); err != nil || more != "x" {
		t.Errorf("the second try: %v %v", more, err)
	}
}

// A connection keeps a bounded number of statements, and the server too.
func TestStatementsAreForgotten(t *testing.T) {
	c := one(t)
	for n := range 600 {
		exec(t, c, fmt.Sprintf("select %d where $1", n), true)
	}
	var kept int
	if err := c.QueryRowContext(t.Context(), "select count(*) from pg_prepared_statements").Scan(&kept); err != nil || kept > 513 {
		t.Errorf("%d statements are prepared, %v", kept, err)
	}
}

func TestAStatementServesManyConnections(t *testing.T) {
	db := open(t)
	s, err := db.Prepare("select $1::int + 1")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for n := range 4 {
		rows, err := s.Query(n)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close() // each holds a connection meanwhile
		var got int
		if !rows.Next() || rows.Scan(&got) != nil || got != n+1 {
			t.Errorf("%d + 1 is %d, %v", n, got, rows.Err())
		}
	}
}

func TestTransactions(t *testing.T) {
	c := one(t)
	exec(t, c, "create temp table a (n int primary key)")
	tx, err := c.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelSerializable, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	var level string
	if err := tx.QueryRow("show transaction_isolation").Scan(&level); err != nil || level != "serializable" {
		t.Errorf("the level is %s, %v", level, err)
	}
	if _, err := tx.Exec("create table b (n int)"); code(err) != "25006" {
		t.Errorf("a transaction that reads wrote: %v", err)
	}
	if err := tx.Commit(); err == nil {
		t.Error("the commit of a transaction that failed is taken for one")
	}
	tx, err = c.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec("insert into a values ($1)", 1); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := c.QueryRowContext(t.Context(), "select count(*) from a").Scan(&n); n != 0 || err != nil {
		t.Errorf("%d rows after the rollback, %v", n, err)
	}
	if _, err := c.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelLinearizable}); err == nil {
		t.Error("a level that PostgreSQL has not was taken")
	}
}

// Whoever gives up is told at once, and the pool goes on with another connection.
func TestWhoeverGivesUpIsToldAtOnce(t *testing.T) {
	db := open(t)
	db.SetMaxOpenConns(1)
	ctx, cancel := context.WithCancel(t.Context())
	rows, err := db.QueryContext(ctx, "select n, case when n > 1000 then pg_sleep(60) end from generate_series(1, 2000) n")
	if err != nil {
		t.Fatal(err)
	}
	rows.Next()
	cancel()
	for rows.Next() {
	}
	if err := rows.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("told %v", err)
	}
	rows.Close()
	var n int
	if err := db.QueryRow("select 1").Scan(&n); err != nil || n != 1 {
		t.Errorf("afterwards: %d %v", n, err)
	}
}

// A connection that the server ended is replaced before the next statement, and
// an end in the middle of a statement is never taken for a reason to run it again.
func TestConnectionsThatTheServerEnds(t *testing.T) {
	db, admin := open(t), open(t)
	db.SetMaxOpenConns(1)
	pid := func() (pid int) {
		t.Helper()
		if err := db.QueryRow("select pg_backend_pid()").Scan(&pid); err != nil {
			t.Fatal(err)
		}
		return pid
	}
	first := pid()
	var ended bool
	if err := admin.QueryRow("select pg_terminate_backend($1, 5000)", first).Scan(&ended); err != nil || !ended {
		t.Fatal(ended, err)
	}
	if _, err := db.Exec("select pg_terminate_backend(pg_backend_pid())"); errors.Is(err, driver.ErrBadConn) || err == nil {
		t.Errorf("a statement that ended its connection: %v", err)
	}
	if pid() == first {
		t.Error("the connection is still there")
	}
}

func TestWhoIsRefused(t *testing.T) {
	if _, err := postgres.Open("postgres://%zz"); err == nil {
		t.Error("an address that is none was taken")
	}
	open(t)
	db, err := postgres.Open("host=127.0.0.1 port=1 user=nobody")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var refused *pgconn.ConnectError
	if err := db.Ping(); !errors.As(err, &refused) {
		t.Errorf("nobody answers: %v", err)
	}
}
