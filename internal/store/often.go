package store

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"sync"
)

// mostOften is how many statements stay ready, a database.
const mostOften = 64

// often keeps statements that transactions run again and again ready on the one
// connection that writes: SQLite takes longer to read a short statement than to
// run it. PostgreSQL's driver remembers them by itself.
type often struct {
	mu     sync.Mutex
	ready  map[string]*sql.Stmt
	wanted map[string]bool // to be made ready before the next transaction
}

// get returns a statement that is ready, nil if there is none yet.
func (o *often) get(query string) *sql.Stmt {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.ready[query]
	if s == nil && len(o.ready)+len(o.wanted) < mostOften {
		if o.wanted == nil {
			o.ready, o.wanted = map[string]*sql.Stmt{}, map[string]bool{}
		}
		o.wanted[query] = true
	}
	return s
}

// prepare makes ready what the transactions before wanted. It is called between
// transactions, since these have the only connection; and holds no lock while it
// waits for that, since a transaction needs the lock.
func (o *often) prepare(ctx context.Context, db *sql.DB) {
	for _, query := range o.missing() {
		s, err := db.PrepareContext(ctx, query)
		if err != nil {
			continue // whoever runs it is told why
		}
		o.mu.Lock()
		o.ready[query] = s
		o.mu.Unlock()
	}
}

// missing empties the list of wanted statements and returns it.
func (o *often) missing() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	queries := slices.Collect(maps.Keys(o.wanted))
	clear(o.wanted)
	return queries
}

// ExecOften is ExecContext for a statement that comes back with every other
// transaction.
func (tx *Tx) ExecOften(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s := tx.Often(ctx, query); s != nil {
		return s.ExecContext(ctx, args...)
	}
	return tx.ExecContext(ctx, query, args...)
}

// QueryOften is QueryContext for a query that comes back with every other
// transaction.
func (tx *Tx) QueryOften(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := tx.Often(ctx, query); s != nil {
		return s.QueryContext(ctx, args...)
	}
	return tx.QueryContext(ctx, query, args...)
}

// Often returns query as a statement of the transaction if it is ready, else nil;
// from the next transaction on it is. The transaction closes it.
func (tx *Tx) Often(ctx context.Context, query string) *sql.Stmt {
	if tx.dialect == Postgres {
		return nil
	}
	if s := tx.often.get(query); s != nil {
		return tx.StmtContext(ctx, s)
	}
	return nil
}
