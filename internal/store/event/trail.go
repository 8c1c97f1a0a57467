package event

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"kept/internal/store"
)

// The rows of a person are found by an index on PostgreSQL. On SQLite that index
// was two thirds of what an event costs: each row lands on another of its pages,
// and each page goes to the disk with the commit. So there the trail, a table of
// (person, row), takes its place. It holds every row up to a mark and is brought
// forward for thousands of rows at a time; the rows above the mark are few and
// are looked through. Rows that come late, below the mark, enter it at once, and
// a trigger lets it go with the row: at every commit, trail and rest together are
// all rows of all persons.

// trailName is where the state table keeps the mark: the last id that the trail
// holds.
const trailName = "trail"

// hasTrail reports whether the partition keeps one.
func (p *partition) hasTrail() bool { return p.person && p.db.Dialect() == store.SQLite }

func (p *partition) trailTable() string { return p.prefix + p.Name + "_trail" }

// makeTrail makes the trail. A partition that was made with an index gives it up
// for one.
func (p *partition) makeTrail(ctx context.Context, tx *store.Tx) error {
	if !p.hasTrail() {
		return nil
	}
	err := run(ctx, tx, []string{
		"create table if not exists " + p.trailTable() + " (person integer not null, id integer not null, primary key (person, id)) without rowid",
		"create trigger if not exists " + p.trailTable() + "_end after delete on " + p.rows() + " when old.person is not null begin" +
			" delete from " + p.trailTable() + " where person = old.person and id = old.id; end",
	})
	if err != nil {
		return err
	}
	state, err := p.state(ctx, tx)
	if _, made := state[trailName]; made || err != nil {
		return err
	}
	return run(ctx, tx, []string{
		"insert into " + p.trailTable() + " (person, id) select person, id from " + p.rows() + " where person is not null order by person, id",
		"insert into " + p.stateTable() + " (name, value) select '" + trailName + "', coalesce(max(id), 0) from " + p.rows(),
		"drop index if exists " + p.Name + "_person_rows",
	})
}

// ofPersons is the condition that a row is about one of the persons, who are
// numbers of the partition.
func (p *partition) ofPersons(persons ...int64) string {
	if !p.hasTrail() {
		return among(persons)
	}
	return "id in (select id from " + RowsOf(store.SQLite, p.rows(), persons...) + ")"
}

// RowsOf is what a query of a partition selects from to have (person, id) of
// every row about the persons, who are numbers of the partition.
func RowsOf(d store.Dialect, table string, persons ...int64) string {
	these := among(persons)
	if d == store.Postgres {
		return "(select person, id from " + table + " where " + these + ") w"
	}
	return "(select person, id from " + table + "_trail where " + these +
		" union all select person, id from " + table + " where id > (" + markOfTrail(table) + ") and " + these + ") w"
}

func among(persons []int64) string {
	numbers := make([]string, len(persons))
	for i, n := range persons {
		numbers[i] = strconv.FormatInt(n, 10)
	}
	return "person in (" + strings.Join(numbers, ", ") + ")"
}

// markOfTrail reads the last id that the trail of rows holds.
func markOfTrail(rows string) string {
	return "select value from " + rows + "_state where name = '" + trailName + "'"
}

// follow enters rows that were just written into the trail where they belong
// into it already, and brings it forward once the rest has become long.
func (p *partition) follow(ctx context.Context, tx *store.Tx, rows []row) error {
	if !p.hasTrail() {
		return nil
	}
	var late []*row
	for i := range rows {
		switch {
		case rows[i].id > p.trail:
			p.rest++
		case rows[i].number != 0:
			late = append(late, &rows[i])
		}
	}
	if len(late) > 0 {
		_, err := p.newSteps.run(ctx, tx, len(late), func(args []any, i int) []any { return append(args, late[i].number, late[i].id) })
		if err != nil {
			return err
		}
	}
	turn := p.turn(len(rows))
	if p.rest <= p.longest/8+turn {
		return nil
	}
	return p.bringForward(ctx, tx, turn)
}

// The trail is taken forward by many rows at once while batches have a crowd of
// rows, else by few.
const (
	crowd = 8
	few   = 64
)

// turn is how many rows the trail takes in after a batch. The more at once, the
// less an event costs, since a page changes once for many rows, and the longer the
// next batch waits: for tens of milliseconds. While many come, the rate counts. If
// few do, that wait would be most of what they wait at all. One large batch is no
// crowd: it is what gathers behind a disk that took its time.
func (p *partition) turn(batch int) int64 {
	p.usually += (min(float64(batch), 2*crowd) - p.usually) / 8
	if most := p.longest * 7 / 8; p.usually >= crowd || most < few {
		return most
	}
	return few
}

// bringForward takes in the first turn rows of the rest. An eighth of what it may
// be always stays: what is on its way now lies mostly above that, and needs not be
// entered one by one.
func (p *partition) bringForward(ctx context.Context, tx *store.Tx, turn int64) error {
	var mark int64
	err := tx.QueryRowContext(ctx, "select id from "+p.rows()+" where id > $1 order by id limit 1 offset $2", p.trail, turn-1).Scan(&mark)
	if errors.Is(err, sql.ErrNoRows) {
		p.rest = 0 // rows have gone meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	left := p.rest - turn
	if err := p.takeIn(ctx, tx, mark); err != nil {
		return err
	}
	p.trail, p.rest = mark, left // counted anew should the transaction fail: the state says another mark then
	return nil
}

// bringToEnd takes in all of the rest. Whoever looks at many persons does it
// before, since each look goes through the rest.
func (p *partition) bringToEnd(ctx context.Context, tx *store.Tx) error {
	if !p.hasTrail() || p.rest == 0 {
		return nil
	}
	var mark sql.NullInt64
	err := tx.QueryRowContext(ctx, "select max(id) from "+p.rows()).Scan(&mark)
	if err != nil || mark.Int64 <= p.trail {
		return err
	}
	return p.takeIn(ctx, tx, mark.Int64)
}

func (p *partition) takeIn(ctx context.Context, tx *store.Tx, mark int64) error {
	p.rest = 0 // to be counted in the next transaction
	_, err := tx.ExecContext(ctx, "insert into "+p.trailTable()+" (person, id) select person, id from "+p.rows()+
		" where id > $1 and id <= $2 and person is not null order by person, id", p.trail, mark)
	if err != nil {
		return err
	}
	return p.note(ctx, tx, trailName, mark)
}

// findTrail learns from the state how far the trail has come.
func (p *partition) findTrail(ctx context.Context, q store.Querier, state map[string]int64) error {
	if !p.hasTrail() || p.rest > 0 && p.trail == state[trailName] {
		return nil
	}
	p.trail = state[trailName]
	return q.QueryRowContext(ctx, "select count(*) from "+p.rows()+" where id > $1", p.trail).Scan(&p.rest)
}

// rowless is the condition that no row is about the person n.
func (p *partition) rowless() string {
	if !p.hasTrail() {
		return "not exists (select 1 from " + p.rows() + " r where r.person = n.id)"
	}
	return fmt.Sprintf("not exists (select 1 from %s t where t.person = n.id) and n.id not in (select person from %s where id > (%s) and person is not null)",
		p.trailTable(), p.rows(), markOfTrail(p.rows()))
}
