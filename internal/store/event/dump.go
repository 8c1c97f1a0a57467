package event

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"time"

	"kept/internal/store"
)

// Schema returns the live columns of the partitions' tables by plain table name:
// every column that stands in at least one partition. The held tables stand in
// the main database and in its schema.
func (s *Store) Schema(ctx context.Context) (map[string][]string, error) {
	live := map[string][]string{}
	for name := range s.tables {
		err := s.each(ctx, name, time.Time{}, time.Time{}, func(p *partition) error {
			columns, err := s.place.columns(ctx, p)
			for _, table := range p.names() {
				for _, c := range columns[table] {
					if !slices.Contains(live[table], c) {
						live[table] = append(live[table], c)
					}
				}
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read the live schema: %w", err)
		}
	}
	return live, nil
}

// Dump writes every value of every partition in readable form, bytes both as
// text and in hexadecimal. It is for tests that search for what must be nowhere.
func (s *Store) Dump(ctx context.Context, w io.Writer) error {
	names := make([]string, 0, len(s.tables))
	for name := range s.tables {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		err := s.each(ctx, name, time.Time{}, time.Time{}, func(p *partition) error {
			for _, table := range p.names() {
				if err := dumpTable(ctx, w, p.db, p.prefix+table); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("dump: %w", err)
		}
	}
	return nil
}

func dumpTable(ctx context.Context, w io.Writer, q store.Querier, table string) error {
	rows, err := q.QueryContext(ctx, "select * from "+table)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values := make([]any, len(columns))
	dests := make([]any, len(columns))
	for i := range values {
		dests[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(dests...); err != nil {
			return err
		}
		var b strings.Builder
		b.WriteString(table)
		for i, v := range values {
			if raw, ok := v.([]byte); ok {
				v = fmt.Sprintf("%s %x", raw, raw)
			}
			fmt.Fprintf(&b, "\t%s=%v", columns[i], v)
		}
		if _, err := fmt.Fprintln(w, b.String()); err != nil {
			return err
		}
	}
	return rows.Err()
}
