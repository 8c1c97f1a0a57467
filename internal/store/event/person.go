package event

import (
	"context"
	"slices"

	"kept/internal/store"
)

// meetPersons finds the numbers of the persons whom rows are about, after giving
// new ones a number, and puts them into the rows.
func (p *partition) meetPersons(ctx context.Context, tx *store.Tx, rows []row) error {
	met := p.met.persons
	for i := range rows {
		m := rows[i].mark
		if _, asked := met[m]; asked || !rows[i].personal {
			continue
		}
		number, known := p.marks.Get(m)
		if met[m] = number; !known {
			p.met.marks = append(p.met.marks, m)
		}
	}
	if err := p.numberPersons(ctx, tx, p.met.marks); err != nil {
		return err
	}
	for i := range rows {
		if rows[i].personal {
			rows[i].number = met[rows[i].mark]
		}
	}
	return nil
}

// numberPersons finds the numbers of persons who are not remembered, and gives
// them to those who are new.
func (p *partition) numberPersons(ctx context.Context, tx *store.Tx, marks []mark) error {
	if len(marks) == 0 {
		return nil
	}
	met := p.met.persons
	// Sorted, so that two nodes which add the same persons do not deadlock.
	slices.SortFunc(marks, func(a, b mark) int { return slices.Compare(a[:], b[:]) })
	if err := p.findPersons(ctx, tx, marks, met); err != nil {
		return err
	}
	unknown := slices.DeleteFunc(slices.Clone(marks), func(m mark) bool { return met[m] != 0 })
	if err := p.addPersons(ctx, tx, unknown); err != nil {
		return err
	}
	return p.findPersons(ctx, tx, unknown, met)
}

func (p *partition) findPersons(ctx context.Context, q store.Querier, marks []mark, into map[mark]int64) error {
	for some := range slices.Chunk(marks, most) {
		in, args := list(p.db, 1, some)
		for i := range args {
			m := args[i].(mark)
			args[i] = m[:]
		}
		rows, err := q.QueryContext(ctx, "select id, mark from "+p.personTable()+" where mark in "+in, args...)
		if err != nil {
			return err
		}
		for rows.Next() {
			var number int64
			var m []byte
			if err := rows.Scan(&number, &m); err != nil {
				rows.Close()
				return err
			}
			into[mark(m)] = number
		}
		if err := rows.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (p *partition) addPersons(ctx context.Context, tx *store.Tx, marks []mark) error {
	_, err := p.newPersons.run(ctx, tx, len(marks), func(args []any, i int) []any { return append(args, marks[i][:]) })
	return err
}

// number returns the number of a subject in the partition, and whether it has
// one.
func (s *Store) number(ctx context.Context, p *partition, q store.Querier, subject string) (number int64, ok bool, err error) {
	m, known, err := s.knownMark(ctx, p.layout, subject, p.id())
	if err != nil || !known {
		return 0, false, err
	}
	met := map[mark]int64{}
	err = p.findPersons(ctx, q, []mark{m}, met)
	number, ok = met[m]
	return number, ok, err
}

// dropRowless deletes the persons that where selects and no row is about.
func (p *partition) dropRowless(ctx context.Context, tx *store.Tx, g *gone, where string, args ...any) error {
	rows, err := tx.QueryContext(ctx, "delete from "+p.personTable()+" as n where "+where+
		" and "+p.rowless()+" returning mark", args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var m []byte
		if err := rows.Scan(&m); err != nil {
			return err
		}
		g.marks = append(g.marks, mark(m))
	}
	return rows.Err()
}

func (p *partition) dropRowlessAmong(ctx context.Context, tx *store.Tx, g *gone, numbers []int64) error {
	slices.Sort(numbers)
	for some := range slices.Chunk(slices.Compact(numbers), most) {
		in, args := list(p.db, 1, some)
		if err := p.dropRowless(ctx, tx, g, "n.id in "+in, args...); err != nil {
			return err
		}
	}
	return nil
}
