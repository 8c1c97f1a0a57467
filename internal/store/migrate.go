package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"

	"kept/internal/fault"
)

// Migration tables. Every room numbers its own migrations.
const migrationTable = `create table if not exists store_migration (
	room text not null,
	name text not null,
	hash text not null,
	primary key (room, name)
)`

// Migrate brings room's tables up to date with the *.sql files in the folder
// migrations of fsys, in the order of their names, each together with its record
// and all in one transaction. A
// file NAME-sqlite.sql or NAME-postgres.sql runs on that database only. An
// applied file that has changed since is refused: what ran cannot be rewritten.
func (db *DB) Migrate(ctx context.Context, room string, fsys fs.FS) error {
	names, err := fs.Glob(fsys, "migrations/*.sql")
	if err == nil && len(names) == 0 {
		err = errors.New("there are none")
	}
	if err != nil {
		return fmt.Errorf("migrations of %s: %w", room, err)
	}
	sort.Strings(names)
	err = db.Write(ctx, func(ctx context.Context, tx *Tx) error {
		if err := tx.lockSchema(ctx); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, migrationTable); err != nil {
			return err
		}
		for _, name := range names {
			if !forDialect(name, db.dialect) {
				continue
			}
			text, err := fs.ReadFile(fsys, name)
			if err != nil {
				return err
			}
			if err := tx.migrate(ctx, room, path.Base(name), string(text)); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("migrate %s: %w", room, err)
	}
	return nil
}

func forDialect(name string, d Dialect) bool {
	switch {
	case strings.HasSuffix(name, "-sqlite.sql"):
		return d == SQLite
	case strings.HasSuffix(name, "-postgres.sql"):
		return d == Postgres
	}
	return true
}

// lockSchema keeps two nodes from migrating at once. SQLite's immediate
// transaction is lock enough.
func (tx *Tx) lockSchema(ctx context.Context) error {
	if tx.dialect == SQLite {
		return nil
	}
	_, err := tx.ExecContext(ctx, "select pg_advisory_xact_lock(5352151)")
	return err
}

func (tx *Tx) migrate(ctx context.Context, room, name, text string) error {
	sum := sha256.Sum256([]byte(text))
	hash := hex.EncodeToString(sum[:])
	var applied string
	err := Classify(tx.QueryRowContext(ctx, "select hash from store_migration where room = $1 and name = $2", room, name).Scan(&applied))
	switch {
	case err == nil && applied == hash:
		return nil
	case err == nil:
		return fault.New(fault.Conflict, "this migration ran with another text; add a new file instead of changing it")
	case !fault.Is(err, fault.NotFound):
		return err
	}
	for _, statement := range statements(text) {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return errors.Join(err, fmt.Errorf("in: %s", statement))
		}
	}
	_, err = tx.ExecContext(ctx, "insert into store_migration (room, name, hash) values ($1, $2, $3)", room, name, hash)
	return err
}

// statements splits a migration at semicolons that end a line, so that a
// trigger or function body can hold others.
func statements(text string) []string {
	var found []string
	for _, s := range strings.Split(text+"\n", ";\n") {
		if s = strings.TrimSpace(s); s != "" {
			found = append(found, s)
		}
	}
	return found
}
