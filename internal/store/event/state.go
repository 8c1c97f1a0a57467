package event

import (
	"context"
	"errors"
	"hash/fnv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"kept/internal/store"
)

// The state table of a partition counts cleanings (deletions of words and
// persons) under the name epoch, so that a process which remembers numbers finds
// out that another has cleaned; and says under other names, up to which id rows
// were anonymised, and how far the trail has come.
const epochName = "epoch"

// share begins a transaction that adds rows: several nodes may, but not while
// one cleans. What another process has cleaned is forgotten here.
func (p *partition) share(ctx context.Context, tx *store.Tx, rows []row) error {
	if err := p.lock(ctx, tx, "select pg_advisory_xact_lock_shared($1)"); err != nil {
		return err
	}
	state, err := p.state(ctx, tx)
	if err != nil {
		return err
	}
	if state[epochName] != p.epoch {
		p.forget()
		p.epoch = state[epochName]
	}
	if err := p.findTrail(ctx, tx, state); err != nil {
		return err
	}
	return p.rewind(ctx, tx, state, rows)
}

// gone is what a cleaning deleted and must not be remembered.
type gone struct {
	words []string
	marks []mark
}

// clean runs a transaction that may delete words and persons, alone among all
// nodes, and forgets them once it is committed.
func (p *partition) clean(ctx context.Context, f func(ctx context.Context, tx *store.Tx, g *gone) error) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	var g gone
	var epoch int64
	err := p.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := p.lock(ctx, tx, "select pg_advisory_xact_lock($1)"); err != nil {
			return err
		}
		state, err := p.state(ctx, tx)
		if err != nil {
			return err
		}
		if epoch = state[epochName]; epoch != p.epoch {
			p.forget()
		}
		if err := p.findTrail(ctx, tx, state); err != nil {
			return err
		}
		if err := f(ctx, tx, &g); err != nil {
			return err
		}
		return p.note(ctx, tx, epochName, epoch+1)
	})
	if err != nil {
		return store.Classify(err)
	}
	p.epoch = epoch + 1
	p.stale.Store(true)
	for _, text := range g.words {
		p.words.Remove(text)
	}
	for _, m := range g.marks {
		p.marks.Remove(m)
	}
	return nil
}

// lock takes an advisory lock on PostgreSQL; a SQLite transaction that writes is
// the only one.
func (p *partition) lock(ctx context.Context, tx *store.Tx, statement string) error {
	if tx.Dialect() == store.SQLite {
		return nil
	}
	h := fnv.New64a()
	h.Write([]byte(p.rows()))
	_, err := tx.ExecContext(ctx, statement, int64(h.Sum64()))
	return err
}

func (p *partition) state(ctx context.Context, q store.Querier) (map[string]int64, error) {
	rows, err := q.QueryContext(ctx, "select name, value from "+p.stateTable())
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	state := map[string]int64{}
	for rows.Next() {
		var name string
		var value int64
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		state[name] = value
	}
	return state, rows.Err()
}

// anonymisedPrefix begins the names under which the first id stands that was
// not yet anonymised.
const anonymisedPrefix = "anonymised"

// rewind makes late rows meet the next anonymisation.
func (p *partition) rewind(ctx context.Context, tx *store.Tx, state map[string]int64, rows []row) error {
	earliest := rows[0].id
	for i := range rows {
		earliest = min(earliest, rows[i].id)
	}
	for name, reached := range state {
		if !strings.HasPrefix(name, anonymisedPrefix) || reached <= earliest {
			continue
		}
		if err := p.note(ctx, tx, name, earliest); err != nil {
			return err
		}
	}
	return nil
}

// note sets one value of the state.
func (p *partition) note(ctx context.Context, tx *store.Tx, name string, value int64) error {
	_, err := tx.ExecContext(ctx, "insert into "+p.stateTable()+" (name, value) values ($1, $2)"+
		" on conflict (name) do update set value = $2", name, value)
	return err
}

// conflicted reports whether another node's transaction was in the way.
func conflicted(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && strings.HasPrefix(pg.Code, "40")
}

// dropped reports whether another node has dropped the partition.
func dropped(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "42P01" || pg.Code == "3F000")
}
