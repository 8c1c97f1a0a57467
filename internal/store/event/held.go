package event

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"kept/internal/manifest"
	"kept/internal/store"
)

// heldPlace names the held table, and is what its marks are bound to.
func (l *layout) heldPlace() string { return l.Name + "_held" }

// heldColumns are the columns of the held table in the order of an insert.
func (l *layout) heldColumns() []string {
	names := []string{"id", "at"}
	for _, c := range l.columns {
		names = append(names, c.Name)
	}
	return append(names, "person_mark")
}

// makeHeld makes the tables of held rows in the main database.
func (s *Store) makeHeld(ctx context.Context) error {
	live, err := s.db.Columns(ctx)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := lockSchemas(ctx, tx); err != nil {
			return err
		}
		for _, l := range s.tables {
			if !l.person {
				continue
			}
			if err := run(ctx, tx, l.heldDDL()); err != nil {
				return err
			}
			if there := live[l.heldPlace()]; there != nil {
				if err := l.addMissing(ctx, tx, l.heldPlace(), there, plainType); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (l *layout) heldDDL() []string {
	columns := []string{"id bigint primary key", "at bigint not null"}
	for i := range l.columns {
		columns = append(columns, l.columns[i].Name+" "+plainType(&l.columns[i]))
	}
	columns = append(columns, "person_mark bytea not null")
	name := l.heldPlace()
	return []string{
		"create table if not exists " + name + " (" + strings.Join(columns, ", ") + ")",
		"create index if not exists " + name + "_person on " + name + " (person_mark)",
	}
}

// takeOut moves the rows of the subjects in keep with ids smaller than before
// into the held table. A crash in between leaves them in both places; the next
// call makes it one again.
func (s *Store) takeOut(ctx context.Context, p *partition, before int64, keep []string) error {
	if !p.person || len(keep) == 0 {
		return nil
	}
	return p.clean(ctx, func(ctx context.Context, tx *store.Tx, g *gone) error {
		rows, err := s.copyHeld(ctx, p, tx, before, keep)
		if err != nil || len(rows) == 0 {
			return err
		}
		return p.remove(ctx, tx, g, rows)
	})
}

// copyHeld copies the rows of the subjects in keep with ids smaller than before
// into the held table and returns them, words as numbers.
func (s *Store) copyHeld(ctx context.Context, p *partition, q store.Querier, before int64, keep []string) ([]found, error) {
	if !p.person || len(keep) == 0 {
		return nil, nil
	}
	owners, err := s.owners(ctx, p, q, keep)
	if err != nil {
		return nil, err
	}
	known := map[int64]string{}
	var all []found
	var writing errgroup.Group // the last piece is written while the next is read
	writing.SetLimit(1)
	for some := range slices.Chunk(slices.Sorted(maps.Keys(owners)), most) {
		rows, err := p.find(ctx, q, "id < $1 and "+p.ofPersons(some...), before)
		if err != nil {
			return nil, errors.Join(err, writing.Wait())
		}
		spelled, err := p.spell(ctx, q, rows, known)
		if err != nil {
			return nil, errors.Join(err, writing.Wait())
		}
		all = append(all, rows...)
		writing.Go(func() error { return s.hold(ctx, p.layout, spelled, owners) })
	}
	return all, writing.Wait()
}

// owners returns the numbers that the subjects have in the partition.
func (s *Store) owners(ctx context.Context, p *partition, q store.Querier, subjects []string) (map[int64]string, error) {
	whose, marks, err := s.marksIn(ctx, p.layout, subjects, p.id())
	if err != nil {
		return nil, err
	}
	numbers := map[mark]int64{}
	if err := p.findPersons(ctx, q, marks, numbers); err != nil {
		return nil, err
	}
	owners := make(map[int64]string, len(numbers))
	for m, number := range numbers {
		owners[number] = whose[m]
	}
	return owners, nil
}

// hold writes spelled rows into the held table.
func (s *Store) hold(ctx context.Context, l *layout, rows []found, owners map[int64]string) error {
	if len(rows) == 0 {
		return nil
	}
	persons := make([]person, len(rows))
	for i, r := range rows {
		persons[i] = person{owners[r.person], l.heldPlace()}
	}
	marks, err := s.marksOf(ctx, l, persons)
	if err != nil {
		return err
	}
	ins := newInsertion(s.db, l.heldPlace(), "on conflict (id) do nothing", l.heldColumns()...)
	if err := s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := ins.run(ctx, tx, len(rows), func(args []any, i int) []any {
			m := marks[persons[i]]
			args = append(args, rows[i].id, rows[i].id>>randomBits)
			return append(append(args, rows[i].values...), m[:])
		})
		return err
	}); err != nil {
		return fmt.Errorf("move held rows of %s: %w", l.Name, store.Classify(err))
	}
	return nil
}

// heldOf reads the held rows of a subject.
func (s *Store) heldOf(ctx context.Context, l *layout, subject string) ([]Row, error) {
	m, known, err := s.knownMark(ctx, l, subject, l.heldPlace())
	if err != nil || !known {
		return nil, err
	}
	held, err := l.findHeld(ctx, s.db, "person_mark = $1", m[:])
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, f := range held {
		rows = append(rows, l.row(f, subject))
	}
	return rows, nil
}

// findHeld reads held rows, spelled as they are.
func (l *layout) findHeld(ctx context.Context, q store.Querier, where string, args ...any) ([]found, error) {
	columns := l.heldColumns()
	rows, err := q.QueryContext(ctx, "select "+strings.Join(columns[2:len(columns)-1], ", ")+", id from "+
		l.heldPlace()+" where "+where+" order by id", args...)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var held []found
	var id int64
	cells, dests := l.heldCells()
	for rows.Next() {
		if err := rows.Scan(append(dests, &id)...); err != nil {
			return nil, err
		}
		held = append(held, found{id: id, values: values(cells)})
	}
	return held, store.Classify(rows.Err())
}

// heldCells makes the destinations for a held row's values: words are text.
func (l *layout) heldCells() (cells []cell, dests []any) {
	cells = make([]cell, len(l.columns))
	for i, c := range l.columns {
		if c.Class == manifest.Word {
			c.Class = manifest.Clear
		}
		cells[i].column = &c
		dests = append(dests, cells[i].dest())
	}
	return cells, dests
}

// Held counts the rows of the table that holds and restrictions keep outside
// the partitions, and names the time of the oldest.
func (s *Store) Held(ctx context.Context, table string) (rows int64, oldest time.Time, err error) {
	l, err := s.layout(table)
	if err != nil || !l.person {
		return 0, time.Time{}, err
	}
	var at store.Time
	err = s.db.QueryRowContext(ctx, "select count(*), min(at) from "+l.heldPlace()).Scan(&rows, &at)
	return rows, at.Time, store.Classify(err)
}
