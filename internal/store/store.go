package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/postgres"
)

// Dialect tells the two databases apart where they differ.
type Dialect int

// The dialects.
const (
	SQLite Dialect = iota
	Postgres
)

// String returns the database's name.
func (d Dialect) String() string {
	if d == Postgres {
		return "PostgreSQL"
	}
	return "SQLite"
}

// Config says where the data lies.
type Config struct {
	Dir  string // a folder of its own; SQLite keeps its file in it
	URL  string // postgres://…; empty means SQLite
	File string // name of the SQLite file; empty means kept.db
	// Deferred lets the commits of a SQLite file not wait for the disk one by one:
	// Write syncs the log itself, and WriteDeferred leaves that to Sync.
	Deferred bool
}

// Querier runs one statement: a *DB outside a transaction, a *Tx inside one.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	dialect Dialect
	dir     string
	read    *sql.DB // SQLite: readers; PostgreSQL: the same pool as write
	write   *sql.DB // SQLite: the one writer
	often   *often
	log     *syncedLog // of a SQLite file whose commits are deferred; nil: each commit waits for the disk
}

// Tx is a transaction. It commits when the function given to Write returns nil.
type Tx struct {
	*sql.Tx
	dialect    Dialect
	often      *often
	statements map[string]*sql.Stmt // that were ready
	committed  []func()
}

// Dialect tells which database the transaction runs on.
func (tx *Tx) Dialect() Dialect { return tx.dialect }

// OnCommit has f called once the transaction is committed, and never if it is
// rolled back. f wakes somebody up; it must not block and cannot fail.
func (tx *Tx) OnCommit(f func()) { tx.committed = append(tx.committed, f) }

// Open opens the database that c names and checks that it keeps what it
// acknowledges. It runs no migration.
func Open(ctx context.Context, c Config) (*DB, error) {
	if c.URL != "" {
		return openPostgres(ctx, c)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fault.New(fault.Unavailable, "the data folder %s cannot be made: %w", c.Dir, err)
	}
	db := &DB{dialect: SQLite, dir: c.Dir, often: newOften()}
	path, level := filepath.Join(c.Dir, cmp.Or(c.File, "kept.db")), full
	if c.Deferred {
		db.log, level = &syncedLog{path: path + "-wal"}, normal
	}
	var err error
	if db.read, db.write, err = openFile(ctx, path, level); err != nil {
		return nil, err
	}
	return db, nil
}

// The levels of SQLite's pragma synchronous that are in use.
const (
	normal = 1 // the log is synced before it is folded into the file; commits are synced by syncedLog
	full   = 2 // every commit waits for the disk
)

// OpenFile opens one SQLite file with the settings that every file of Kept
// has, as a pool of readers and a single writer. The caller closes both.
func OpenFile(ctx context.Context, path string) (read, write *sql.DB, err error) {
	return openFile(ctx, path, full)
}

func openFile(ctx context.Context, path string, level int) (read, write *sql.DB, err error) {
	defer func() {
		if err != nil {
			err = fault.New(fault.Unavailable, "the database file %s cannot be opened: %w", path, err)
		}
	}()
	write, err = sql.Open("sqlite", sqliteURL(path, "immediate", level))
	if err != nil {
		return nil, nil, err
	}
	write.SetMaxOpenConns(1)
	write.SetMaxIdleConns(1)
	var mode string
	var sync int
	if err = write.QueryRowContext(ctx, "pragma journal_mode").Scan(&mode); err == nil {
		err = write.QueryRowContext(ctx, "pragma synchronous").Scan(&sync)
	}
	if err == nil && (mode != "wal" || sync != level) {
		err = fmt.Errorf("journal_mode is %s and synchronous %d, wanted wal and %d", mode, sync, level)
	}
	if err == nil {
		read, err = sql.Open("sqlite", sqliteURL(path, "deferred", level)+"&_pragma=query_only(1)")
	}
	if err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(max(4, runtime.NumCPU()))
	read.SetMaxIdleConns(max(4, runtime.NumCPU())) // to open one takes longer than most questions
	read.SetConnMaxIdleTime(idleTime)
	return read, write, nil
}

// idleTime is how long a reader with nothing to do keeps what it has of the file in
// memory.
const idleTime = time.Minute

// busyTimeout is how long, in milliseconds, a connection waits for another
// process.
const busyTimeout = "busy_timeout(10000)"

// logPages is how many pages of 4 KiB the write-ahead log holds before they are
// folded into the file, which keeps writers waiting for some milliseconds. With
// SQLite's own 1,000 that met one commit in a hundred under load.
const logPages = "wal_autocheckpoint(4000)"

func sqliteURL(path, lock string, level int) string {
	q := url.Values{"_txlock": {lock}, "_pragma": {
		busyTimeout, "journal_mode(wal)", logPages, fmt.Sprintf("synchronous(%d)", level), "foreign_keys(1)", "secure_delete(1)", "temp_store(memory)",
	}}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

func openPostgres(ctx context.Context, c Config) (*DB, error) {
	address, err := pgconn.ParseConfig(c.URL)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the database address is not a PostgreSQL one: %w", err)
	}
	pool := postgres.OpenConfig(address)
	pool.SetMaxOpenConns(16)
	pool.SetMaxIdleConns(8)
	var commit string
	if err := pool.QueryRowContext(ctx, "show synchronous_commit").Scan(&commit); err != nil {
		return nil, errors.Join(refusal(address, err), pool.Close())
	}
	if commit == "off" || commit == "local" {
		return nil, errors.Join(fault.New(fault.Invalid, "PostgreSQL runs with synchronous_commit=%s; Kept acknowledges only what is on the disk, set it to on", commit), pool.Close())
	}
	db := &DB{dialect: Postgres, dir: c.Dir, read: pool, write: pool, often: newOften()}
	if err := db.checkSchema(ctx, address); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return db, nil
}

// Dialect tells which database this is.
func (db *DB) Dialect() Dialect { return db.dialect }

// Dir is the data folder; empty on PostgreSQL without one.
func (db *DB) Dir() string { return db.dir }

// Close closes the database. On SQLite the write-ahead log is folded into the
// file and truncated, so that nothing deleted lingers in it.
func (db *DB) Close() error {
	if db.dialect == Postgres {
		return db.read.Close()
	}
	_, truncated := db.write.Exec("pragma wal_checkpoint(truncate)")
	return errors.Join(db.read.Close(), truncated, db.write.Close())
}

// Write runs f in a transaction that may write. It commits when f returns nil
// and rolls back otherwise, also when f panics. On SQLite the transaction is
// immediate and the only one that writes. Once Write has returned nil, what f
// wrote survives a power cut.
func (db *DB) Write(ctx context.Context, f func(ctx context.Context, tx *Tx) error) error {
	tx, err := db.commit(ctx, f)
	if err == nil {
		err = db.Sync()
	}
	if err != nil {
		return err
	}
	for _, f := range tx.committed {
		f()
	}
	return nil
}

func (db *DB) commit(ctx context.Context, f func(ctx context.Context, tx *Tx) error) (_ *Tx, err error) {
	db.often.prepare(ctx, db.write)
	sqlTx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("begin: %w", Classify(err))
	}
	done := false
	defer func() {
		if !done {
			err = errors.Join(err, ignoreDone(sqlTx.Rollback()))
		}
	}()
	tx := &Tx{Tx: sqlTx, dialect: db.dialect, often: db.often}
	if err := f(ctx, tx); err != nil {
		return nil, err
	}
	done = true
	if err := sqlTx.Commit(); err != nil {
		if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
			err = ctx.Err() // it ended the transaction
		}
		return nil, fmt.Errorf("commit: %w", Classify(err))
	}
	return tx, nil
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// ExecContext runs one statement in a transaction of its own, as Write does.
func (db *DB) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	result, err := db.write.ExecContext(ctx, query, args...)
	if err == nil {
		err = db.Sync()
	}
	return result, err
}

// QueryContext reads.
func (db *DB) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return db.read.QueryContext(ctx, query, args...)
}

// QueryRowContext reads one row.
func (db *DB) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return db.read.QueryRowContext(ctx, query, args...)
}

// Truncate waits for readers a hundred turns of patience, and gives writers their
// way between the turns.
const (
	turns    = 100
	patience = 50 * time.Millisecond
)

// Truncate folds the write-ahead log of a SQLite database into its file and
// empties it: deleted content is then in neither. It waits for readers, without
// keeping writers waiting, and returns Unavailable after five seconds. It does
// nothing on PostgreSQL.
func (db *DB) Truncate(ctx context.Context) error {
	if db.dialect == Postgres {
		return nil
	}
	for range turns {
		done, err := db.truncate(ctx)
		if err != nil {
			return fmt.Errorf("truncate the write-ahead log: %w", Classify(err))
		}
		if done {
			return nil
		}
		if err := clock.System.Sleep(ctx, patience); err != nil {
			return fmt.Errorf("truncate the write-ahead log: %w", err)
		}
	}
	return fault.New(fault.Unavailable, "the write-ahead log cannot be emptied while somebody reads from it; try again")
}

// truncate tries once, without the wait in which SQLite would hold the lock of
// the writer.
func (db *DB) truncate(ctx context.Context) (done bool, err error) {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer func() {
		_, restored := conn.ExecContext(context.WithoutCancel(ctx), "pragma "+busyTimeout)
		err = errors.Join(err, restored, conn.Close())
	}()
	if _, err := conn.ExecContext(ctx, "pragma busy_timeout(0)"); err != nil {
		return false, err
	}
	var busy, frames, moved int
	err = conn.QueryRowContext(ctx, "pragma wal_checkpoint(truncate)").Scan(&busy, &frames, &moved)
	return busy == 0, err
}

// Columns returns the live schema of the main database: every table with its
// columns in order, without the database's own tables.
func (db *DB) Columns(ctx context.Context) (map[string][]string, error) {
	query := `select m.name, p.name from sqlite_master m, pragma_table_xinfo(m.name) p
		where m.type = 'table' and m.name not like 'sqlite\_%' escape '\' order by m.name, p.cid`
	if db.dialect == Postgres {
		query = `select c.table_name, c.column_name from information_schema.columns c
			where c.table_schema = current_schema() order by c.table_name, c.ordinal_position`
	}
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("read the live schema: %w", err)
	}
	defer rows.Close()
	found := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, fmt.Errorf("read the live schema: %w", err)
		}
		found[table] = append(found[table], column)
	}
	return found, rows.Err()
}

// Schema sets the search path of a PostgreSQL address to one schema, so that
// several instances (or tests) can share a server.
func Schema(address, schema string) string {
	sep := "?"
	if strings.Contains(address, "?") {
		sep = "&"
	}
	return address + sep + "search_path=" + url.QueryEscape(schema)
}
