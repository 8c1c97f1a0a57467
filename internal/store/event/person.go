package event

import (
	"context"
	"slices"

	"kept/internal/store"
)

// meetPersons returns the numbers of the persons whom rows are about, after
// giving new ones a number, and puts the numbers into the rows.
func (p *partition) meetPersons(ctx context.Context, tx *store.Tx, rows []row) (map[mark]int64, error) {
	met := map[mark]int64{}
	var unknown []mark
	asked := map[mark]bool{}
	for i := range rows {
		m := rows[i].mark
		if !rows[i].personal || asked[m] {
			continue
		}
		asked[m] = true
		if number, ok := p.marks.Get(m); ok {
			met[m] = number
		} else {
			unknown = append(unknown, m)
		}
	}
	// Sorted, so that two nodes which add the same persons do not deadlock.
	slices.SortFunc(unknown, func(a, b mark) int { return slices.Compare(a[:], b[:]) })
	if err := p.findPersons(ctx, tx, unknown, met); err != nil {
		return nil, err
	}
	unknown = slices.DeleteFunc(unknown, func(m mark) bool { _, ok := met[m]; return ok })
	if err := p.addPersons(ctx, tx, unknown); err != nil {
		return nil, err
	}
	if err := p.findPersons(ctx, tx, unknown, met); err != nil {
		return nil, err
	}
	for i := range rows {
		if rows[i].personal {
			rows[i].number = met[rows[i].mark]
		}
	}
	return met, nil
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
	if len(marks) == 0 {
		return nil
	}
	ins := insertion{
		table: p.personTable(), columns: []string{"mark"}, ending: "on conflict (mark) do nothing", n: len(marks),
		bind: func(args []any, i int) []any { return append(args, marks[i][:]) },
	}
	_, err := ins.run(ctx, p.db, tx)
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
