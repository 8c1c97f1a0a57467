package event

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"kept/internal/manifest"
	"kept/internal/store"
)

// found is a row as it lies in a partition: words are numbers.
type found struct {
	id     int64
	person int64 // 0 is nobody
	values []any
}

// find reads the rows that a condition selects.
func (p *partition) find(ctx context.Context, q store.Querier, where string, args ...any) ([]found, error) {
	rows, err := q.QueryContext(ctx, "select "+strings.Join(p.stored(), ", ")+" from "+p.rows()+" where "+where, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []found
	id, person, cells, dests := p.cells()
	for rows.Next() {
		if err := rows.Scan(dests...); err != nil {
			return nil, err
		}
		all = append(all, found{id: id.Int64, person: person.Int64, values: values(cells)})
	}
	return all, rows.Err()
}

// spell returns the rows with words in place of their numbers. known remembers
// them from one call to the next.
func (p *partition) spell(ctx context.Context, q store.Querier, rows []found, known map[int64]string) ([]found, error) {
	if p.layout.words {
		if err := p.texts(ctx, q, p.wordsOf(rows), known); err != nil {
			return nil, err
		}
	}
	spelled := slices.Clone(rows)
	for i := range spelled {
		spelled[i].values = p.spelled(rows[i].values, known)
	}
	return spelled, nil
}

func (l *layout) spelled(values []any, known map[int64]string) []any {
	texts := slices.Clone(values)
	for i, v := range values {
		if id, ok := v.(int64); ok && l.columns[i].Class == manifest.Word {
			texts[i] = known[id]
		}
	}
	return texts
}

// wordsOf collects the numbers of the words that rows use, each once.
func (p *partition) wordsOf(rows []found) []int64 {
	var ids []int64
	for _, r := range rows {
		for i, v := range r.values {
			if id, ok := v.(int64); ok && p.columns[i].Class == manifest.Word {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// existing returns those of the ids that have a row.
func (p *partition) existing(ctx context.Context, q store.Querier, ids []int64) (map[int64]bool, error) {
	there := map[int64]bool{}
	for some := range slices.Chunk(ids, most) {
		in, args := list(p.db, 1, some)
		rows, err := q.QueryContext(ctx, "select id from "+p.rows()+" where id in "+in, args...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var id int64
			if err := rows.Scan(&id); err != nil {
				rows.Close()
				return nil, err
			}
			there[id] = true
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	return there, nil
}

// row is the spelled row as the caller knows it.
func (l *layout) row(f found, subject string) Row {
	r := Row{ID: f.id, At: TimeOf(f.id), Subject: subject, Values: f.values}
	for i := range r.Values {
		r.Values[i] = shown(&l.columns[i], r.Values[i])
	}
	return r
}

// each runs f on every partition of the table that has a moment in [from, to),
// oldest first; a zero bound is no bound. A partition that another node drops
// meanwhile is passed over.
func (s *Store) each(ctx context.Context, table string, from, to time.Time, f func(p *partition) error) error {
	l, err := s.layout(table)
	if err != nil {
		return err
	}
	spans, err := s.place.spans(ctx, l)
	if err != nil {
		return err
	}
	for _, sp := range spans {
		if !sp.overlaps(from, to) {
			continue
		}
		err := s.shelf.with(ctx, l, sp, f)
		if dropped(err) {
			s.shelf.reopen(l, sp)
			continue
		}
		if err != nil {
			return fmt.Errorf("%s-%s: %w", l.Name, sp.label, store.Classify(err))
		}
	}
	return nil
}

// In runs f for each partition of the table that has a moment in [from, to),
// oldest first; a zero bound is no bound. q reads, by the plain names <table>,
// <table>_word and <table>_person, that partition only. f must not call the
// store for the same table.
func (s *Store) In(ctx context.Context, table string, from, to time.Time, f func(ctx context.Context, q store.Querier, p Partition) error) error {
	return s.each(ctx, table, from, to, func(p *partition) error {
		return s.place.show(ctx, p, func(ctx context.Context, q store.Querier) error {
			return f(ctx, q, Partition{Table: p.Name, From: p.from, To: p.to})
		})
	})
}

// Partitions lists the partitions of the table, oldest first, with their rows
// counted.
func (s *Store) Partitions(ctx context.Context, table string) ([]Partition, error) {
	var all []Partition
	err := s.each(ctx, table, time.Time{}, time.Time{}, func(p *partition) error {
		part, err := s.measure(ctx, p)
		all = append(all, part)
		return err
	})
	return all, err
}

func (s *Store) measure(ctx context.Context, p *partition) (Partition, error) {
	part := Partition{Table: p.Name, From: p.from, To: p.to}
	err := p.db.QueryRowContext(ctx, "select count(*) from "+p.rows()).Scan(&part.Rows)
	if err == nil {
		part.Bytes, err = s.place.bytes(ctx, p)
	}
	return part, err
}

// Count returns the number of rows in all partitions of the table, without held
// ones.
func (s *Store) Count(ctx context.Context, table string) (int64, error) {
	var total int64
	err := s.each(ctx, table, time.Time{}, time.Time{}, func(p *partition) error {
		var n int64
		err := p.db.QueryRowContext(ctx, "select count(*) from "+p.rows()).Scan(&n)
		total += n
		return err
	})
	return total, err
}

// Oldest returns the time of the oldest row, zero if there is none. Held rows do
// not count.
func (s *Store) Oldest(ctx context.Context, table string) (time.Time, error) {
	var oldest time.Time
	err := s.each(ctx, table, time.Time{}, time.Time{}, func(p *partition) error {
		if !oldest.IsZero() {
			return nil
		}
		var id sql.NullInt64
		err := p.db.QueryRowContext(ctx, "select min(id) from "+p.rows()).Scan(&id)
		if id.Valid {
			oldest = TimeOf(id.Int64)
		}
		return err
	})
	return oldest, err
}

// Of calls f with each row about subject, held ones too, oldest partition first.
// f may call the store.
func (s *Store) Of(ctx context.Context, table, subject string, f func(Row) error) error {
	l, err := s.layout(table)
	if err != nil {
		return err
	}
	if !l.person || subject == "" {
		return nil
	}
	rows, err := s.heldOf(ctx, l, subject)
	if err != nil {
		return err
	}
	err = s.each(ctx, table, time.Time{}, time.Time{}, func(p *partition) error {
		number, ok, err := s.number(ctx, p, p.db, subject)
		if err != nil || !ok {
			return err
		}
		found, err := p.find(ctx, p.db, p.ofPersons(number)+" order by id")
		if err != nil {
			return err
		}
		spelled, err := p.spell(ctx, p.db, found, map[int64]string{})
		if err != nil {
			return err
		}
		for _, one := range spelled {
			rows = append(rows, p.row(one, subject))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the rows of one subject: %w", err)
	}
	for _, r := range rows {
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}
