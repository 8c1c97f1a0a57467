package event

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"kept/internal/store"
)

// schemas keeps each partition in a PostgreSQL schema of its own, attached to
// the table of the main schema.
type schemas struct {
	db   *store.DB
	main string
}

// schemaLock keeps two nodes from making or dropping partitions at once.
const schemaLock = 5352152

func newSchemas(ctx context.Context, db *store.DB, tables map[string]*layout) (*schemas, error) {
	s := &schemas{db: db}
	if err := db.QueryRowContext(ctx, "select current_schema()").Scan(&s.main); err != nil {
		return nil, store.Classify(err)
	}
	names := make([]string, 0, len(tables))
	for name := range tables {
		names = append(names, name)
	}
	sort.Strings(names)
	err := s.change(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, name := range names {
			l := tables[name]
			if err := run(ctx, tx, l.rowsDDL(store.Postgres, quote(s.main)+"."+name, " partition by range (id)")); err != nil {
				return err
			}
			live, err := s.liveColumns(ctx, tx, s.main)
			if err != nil {
				return err
			}
			if err := l.addMissing(ctx, tx, quote(s.main)+"."+name, live[name], typeOf); err != nil {
				return err
			}
		}
		return nil
	})
	return s, err
}

// change runs f while no other node changes partitions.
func (s *schemas) change(ctx context.Context, f func(ctx context.Context, tx *store.Tx) error) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := lockSchemas(ctx, tx); err != nil {
			return err
		}
		return f(ctx, tx)
	})
}

// lockSchemas makes nodes take turns; SQLite's transaction is lock enough.
func lockSchemas(ctx context.Context, tx *store.Tx) error {
	if tx.Dialect() == store.SQLite {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "select pg_advisory_xact_lock($1)", schemaLock); err != nil {
		return store.Classify(err)
	}
	// Waiting for an advisory lock does not tell the session what others made
	// meanwhile; opening a table does.
	_, err := tx.ExecContext(ctx, "select 1 from pg_catalog.pg_namespace limit 1")
	return store.Classify(err)
}

func run(ctx context.Context, tx *store.Tx, statements []string) error {
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, store.Classify(err))
		}
	}
	return nil
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (s *schemas) schema(sp span) string { return s.main + sp.suffix() }

func (s *schemas) spans(ctx context.Context, l *layout) ([]span, error) {
	rows, err := s.db.QueryContext(ctx, `select n.nspname from pg_inherits i
		join pg_class c on c.oid = i.inhrelid join pg_namespace n on n.oid = c.relnamespace
		where i.inhparent = (select t.oid from pg_class t join pg_namespace m on m.oid = t.relnamespace
			where t.relname = $1 and m.nspname = $2) order by n.nspname`, l.Name, s.main)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var found []span
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		label := strings.ReplaceAll(strings.TrimPrefix(name, s.main+"_"), "_", "-")
		if sp, ok := parseSpan(l.Shape, label); ok {
			found = append(found, sp)
		}
	}
	return found, store.Classify(rows.Err())
}

func (s *schemas) open(ctx context.Context, l *layout, sp span) (*partition, error) {
	p := l.partition(s.db, sp, quote(s.schema(sp))+".")
	if whole, err := s.whole(ctx, p); err != nil || whole {
		return p, err
	}
	err := s.change(ctx, func(ctx context.Context, tx *store.Tx) error {
		bounds := fmt.Sprintf(" for values from (%d) to (%d)", sp.first(), sp.end())
		return run(ctx, tx, append([]string{
			"create schema if not exists " + quote(s.schema(sp)),
			"create table if not exists " + p.rows() + " partition of " + quote(s.main) + "." + l.Name + bounds,
		}, p.ddl()...))
	})
	if err != nil {
		return nil, fmt.Errorf("make the partition %s: %w", p.id(), err)
	}
	return p, nil
}

// whole reports whether every table of the partition is there.
func (s *schemas) whole(ctx context.Context, p *partition) (bool, error) {
	for _, name := range p.names() {
		var there bool
		if err := s.db.QueryRowContext(ctx, "select to_regclass($1) is not null", p.prefix+name).Scan(&there); err != nil || !there {
			return false, store.Classify(err)
		}
	}
	return true, nil
}

// show sets the search path for one transaction, so that the plain names mean
// this partition.
func (s *schemas) show(ctx context.Context, p *partition, f func(ctx context.Context, q store.Querier) error) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		err := run(ctx, tx, []string{
			"set transaction isolation level repeatable read, read only",
			"set local search_path to " + quote(s.schema(p.span)) + ", " + quote(s.main),
		})
		if err != nil {
			return err
		}
		return f(ctx, readOnly{tx})
	})
}

func (s *schemas) bytes(ctx context.Context, p *partition) (int64, error) {
	var total int64
	for _, name := range p.names() {
		var n int64
		err := s.db.QueryRowContext(ctx, "select coalesce(pg_total_relation_size(to_regclass($1)), 0)", p.prefix+name).Scan(&n)
		if err != nil {
			return 0, store.Classify(err)
		}
		total += n
	}
	return total, nil
}

func (s *schemas) close(p *partition) error { return nil }

func (s *schemas) drop(ctx context.Context, p *partition) error {
	return s.change(ctx, func(ctx context.Context, tx *store.Tx) error {
		var there bool
		if err := tx.QueryRowContext(ctx, "select to_regclass($1) is not null", p.rows()).Scan(&there); err != nil || !there {
			return store.Classify(err)
		}
		removal := []string{"alter table " + quote(s.main) + "." + p.Name + " detach partition " + p.rows()}
		for _, name := range p.names() {
			removal = append(removal, "drop table "+p.prefix+name)
		}
		if err := run(ctx, tx, removal); err != nil {
			return err
		}
		return s.dropEmpty(ctx, tx, p.span)
	})
}

// dropEmpty removes the schema once no table is left in it.
func (s *schemas) dropEmpty(ctx context.Context, tx *store.Tx, sp span) error {
	var left int
	err := tx.QueryRowContext(ctx, `select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where n.nspname = $1 and c.relkind in ('r', 'p')`, s.schema(sp)).Scan(&left)
	if err != nil || left > 0 {
		return store.Classify(err)
	}
	return run(ctx, tx, []string{"drop schema " + quote(s.schema(sp))})
}

func (s *schemas) columns(ctx context.Context, p *partition) (map[string][]string, error) {
	return s.liveColumns(ctx, s.db, s.schema(p.span))
}

func (s *schemas) liveColumns(ctx context.Context, q store.Querier, schema string) (map[string][]string, error) {
	return schemaOf(ctx, q, `select table_name, column_name from information_schema.columns
		where table_schema = $1 order by table_name, ordinal_position`, schema)
}
