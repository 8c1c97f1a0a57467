package event

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"

	"kept/internal/fault"
	"kept/internal/recent"
	"kept/internal/store"
)

// place is where partitions lie: files on SQLite, schemas on PostgreSQL.
type place interface {
	// spans lists the partitions of a table, oldest first.
	spans(ctx context.Context, l *layout) ([]span, error)
	// open opens a partition and makes what is missing of it.
	open(ctx context.Context, l *layout, sp span) (*partition, error)
	// show runs f on a consistent view of the partition that cannot write.
	show(ctx context.Context, p *partition, f func(ctx context.Context, q store.Querier) error) error
	// bytes is the disk space of the partition, with indexes.
	bytes(ctx context.Context, p *partition) (int64, error)
	// close lets go of the partition's files.
	close(p *partition) error
	// drop closes the partition and removes it from the disk.
	drop(ctx context.Context, p *partition) error
	// columns is the live schema of the partition by plain table name.
	columns(ctx context.Context, p *partition) (map[string][]string, error)
}

func placeIn(ctx context.Context, db *store.DB, tables map[string]*layout) (place, error) {
	if db.Dialect() == store.Postgres {
		return newSchemas(ctx, db, tables)
	}
	return newFolder(ctx, db, tables)
}

// readOnly lets a caller read and nothing else.
type readOnly struct{ store.Querier }

// ExecContext refuses.
func (readOnly) ExecContext(context.Context, string, ...any) (sql.Result, error) {
	return nil, fault.New(fault.Refused, "a partition is read here and written by Append, Erase and their like only")
}

// partition is one open month or day of a table.
type partition struct {
	*layout
	span
	db     *store.DB
	prefix string // schema and point on PostgreSQL

	// writing makes the write transactions of this process take turns, so that
	// what is remembered below follows what is committed.
	writing sync.Mutex
	epoch   int64   // the count of cleanings that the memory below knows of
	trail   int64   // how far the trail has come, and how many rows lie
	rest    int64   // above its mark; 0 if that is to be counted
	longest int64   // that the rest may become
	usually float64 // rows of a batch, of late
	words   *recent.Cache[string, word]
	marks   *recent.Cache[mark, int64]

	// What batches are written with, guarded by writing.
	newRows, newWords, newPersons, newSteps *insertion
	met                                     encounter

	stale atomic.Bool // the write-ahead log may hold what was cleaned
}

func (l *layout) partition(db *store.DB, sp span, prefix string) *partition {
	p := &partition{layout: l, span: sp, db: db, prefix: prefix, met: newEncounter()}
	p.newRows = newInsertion(db, p.rows(), "on conflict (id) do nothing", l.stored()...)
	p.newWords = newInsertion(db, p.wordTable(), "on conflict (text) do nothing", "text", "first", "last", "uses", "owner")
	p.newPersons = newInsertion(db, p.personTable(), "on conflict (mark) do nothing", "mark")
	p.newSteps = newInsertion(db, p.trailTable(), "on conflict (person, id) do nothing", "person", "id")
	p.stale.Store(true)
	return p
}

// remember gives the partition its bounded memory of words and persons, and the
// bound of what the trail does not hold.
func (p *partition) remember(lim limits) {
	p.words = recent.New[string, word](lim.words)
	p.marks = recent.New[mark, int64](lim.marks)
	p.longest = int64(lim.rest)
}

// truncate empties the write-ahead log if something was cleaned since, or an
// earlier process may have ended before it did.
func (p *partition) truncate(ctx context.Context) error {
	return truncate(ctx, p.db, &p.stale)
}

func truncate(ctx context.Context, db *store.DB, stale *atomic.Bool) error {
	if !stale.Swap(false) {
		return nil
	}
	if err := db.Truncate(ctx); err != nil {
		stale.Store(true)
		return err
	}
	return nil
}

// forget empties the memory.
func (p *partition) forget() {
	p.words.Purge()
	p.marks.Purge()
}

// id names the partition, in marks and locks: analytics_event-2026-11.
func (p *partition) id() string { return p.Name + "-" + p.label }

// rows, wordTable, personTable and stateTable are the tables' names in SQL.
func (p *partition) rows() string        { return p.prefix + p.Name }
func (p *partition) wordTable() string   { return p.prefix + p.Name + "_word" }
func (p *partition) personTable() string { return p.prefix + p.Name + "_person" }
func (p *partition) stateTable() string  { return p.prefix + p.Name + "_state" }

// names lists the partition's tables.
func (p *partition) names() []string {
	names := []string{p.Name, p.Name + "_state"}
	if p.layout.words {
		names = append(names, p.Name+"_word")
	}
	if p.person {
		names = append(names, p.Name+"_person")
	}
	if p.hasTrail() {
		names = append(names, p.Name+"_trail")
	}
	return names
}
