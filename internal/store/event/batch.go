package event

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"kept/internal/manifest"
	"kept/internal/store"
)

// attempts is how often a transaction is tried that another node was in the
// way of.
const attempts = 3

// write commits rows to one partition.
func (s *Store) write(l *layout, sp span, rows []row) error {
	ctx := context.Background() // callers may leave, the batch is of many
	var err error
	for range attempts {
		err = s.shelf.with(ctx, l, sp, func(p *partition) error { return p.write(ctx, rows) })
		if dropped(err) {
			s.shelf.reopen(l, sp)
		} else if !conflicted(err) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("write to %s: %w", l.Name+"-"+sp.label, store.Classify(err))
	}
	return nil
}

func (p *partition) write(ctx context.Context, rows []row) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	var met encounter
	err := p.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := p.share(ctx, tx, rows); err != nil {
			return err
		}
		fresh, err := p.fresh(ctx, tx, rows)
		if err != nil || len(fresh) == 0 {
			return err
		}
		if met.marks, err = p.meetPersons(ctx, tx, fresh); err != nil {
			return err
		}
		if met.words, err = p.meetWords(ctx, tx, fresh); err != nil {
			return err
		}
		return p.insert(ctx, tx, fresh, met.words)
	})
	if err != nil {
		return err
	}
	p.keep(&met)
	return nil
}

// encounter is what a batch found out about words and persons. It is remembered
// only once the transaction is committed.
type encounter struct {
	words map[string]word
	marks map[mark]int64
}

// fresh returns the rows that are not stored yet, each once, so that a retry
// counts nothing twice.
func (p *partition) fresh(ctx context.Context, q store.Querier, rows []row) ([]row, error) {
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].id
	}
	seen, err := p.existing(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	fresh := make([]row, 0, len(rows))
	for _, r := range rows {
		if !seen[r.id] {
			seen[r.id] = true
			fresh = append(fresh, r)
		}
	}
	return fresh, nil
}

func (p *partition) keep(met *encounter) {
	for text, w := range met.words {
		p.words.Add(text, w)
	}
	for m, number := range met.marks {
		p.marks.Add(m, number)
	}
}

// insert writes the rows: on PostgreSQL many in a statement, to save the way
// there and back; on SQLite one at a time with a prepared statement, since there
// is no way and reading a long statement costs more than running a short one.
func (p *partition) insert(ctx context.Context, tx *store.Tx, rows []row, words map[string]word) error {
	columns := p.stored()
	head := "insert into " + p.rows() + " (" + strings.Join(columns, ", ") + ") values "
	const tail = " on conflict (id) do nothing"
	if tx.Dialect() == store.SQLite {
		return p.insertEach(ctx, tx, rows, words, head+p.tuples(1, len(columns))+tail)
	}
	for len(rows) > 0 {
		n := chunk(len(rows))
		args := make([]any, 0, n*len(columns))
		for i := range rows[:n] {
			args = p.bind(args, &rows[i], words)
		}
		if _, err := tx.ExecContext(ctx, head+p.tuples(n, len(columns))+tail, args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func (p *partition) insertEach(ctx context.Context, tx *store.Tx, rows []row, words map[string]word, insert string) error {
	stmt, err := tx.PrepareContext(ctx, insert)
	if err != nil {
		return err
	}
	args := make([]any, 0, len(p.columns)+2)
	for i := range rows {
		args = p.bind(args[:0], &rows[i], words)
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return errors.Join(err, stmt.Close())
		}
	}
	return stmt.Close()
}

// bind appends the row's values, words and person as numbers.
func (p *partition) bind(args []any, r *row, words map[string]word) []any {
	args = append(args, r.id)
	if p.person {
		args = append(args, sql.NullInt64{Int64: r.number, Valid: r.number != 0})
	}
	for i, v := range r.values {
		if text, ok := v.(string); ok && p.columns[i].Class == manifest.Word {
			v = words[text].id
		}
		args = append(args, v)
	}
	return args
}
