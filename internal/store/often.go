package store

import (
	"context"
	"database/sql"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	mostReady = 128 // statements, a database
	mostSeen  = 512 // texts
)

// often keeps the statements that come back in many transactions ready on the
// one connection that writes: SQLite takes longer to read a short statement than
// to run it. PostgreSQL's driver does that by itself.
type often struct {
	mu     sync.Mutex
	ready  *simplelru.LRU[string, *sql.Stmt]
	seen   map[string]bool // once, in a transaction that was not the last
	wanted map[string]bool // to be made ready before the next transaction
}

func newOften() *often {
	ready, err := simplelru.NewLRU(mostReady, func(_ string, s *sql.Stmt) { s.Close() }) // whoever uses it still may end
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &often{ready: ready, seen: map[string]bool{}, wanted: map[string]bool{}}
}

// get returns a statement that is ready, nil if there is none. One that is asked
// for a second time will be.
func (o *often) get(query string) *sql.Stmt {
	o.mu.Lock()
	defer o.mu.Unlock()
	if s, ok := o.ready.Get(query); ok {
		return s
	}
	if o.seen[query] {
		o.wanted[query] = true
		return nil
	}
	if len(o.seen) >= mostSeen {
		clear(o.seen)
	}
	o.seen[query] = true
	return nil
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
		o.ready.Add(query, s)
		o.mu.Unlock()
	}
}

// missing empties the list of wanted statements and returns it.
func (o *often) missing() (queries []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for query := range o.wanted {
		if !o.ready.Contains(query) {
			queries = append(queries, query)
		}
	}
	clear(o.wanted)
	return queries
}

// ExecContext runs one statement in the transaction.
func (tx *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s := tx.statement(ctx, query); s != nil {
		return s.ExecContext(ctx, args...)
	}
	return tx.Tx.ExecContext(ctx, query, args...)
}

// QueryContext reads in the transaction. The rows are closed before the next
// statement: PostgreSQL's connection has room for one.
func (tx *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s := tx.statement(ctx, query); s != nil {
		return s.QueryContext(ctx, args...)
	}
	return tx.Tx.QueryContext(ctx, query, args...)
}

// QueryRowContext reads one row in the transaction.
func (tx *Tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s := tx.statement(ctx, query); s != nil {
		return s.QueryRowContext(ctx, args...)
	}
	return tx.Tx.QueryRowContext(ctx, query, args...)
}

// PrepareContext returns a statement of the transaction, which the caller closes.
func (tx *Tx) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	if tx.dialect == SQLite {
		if s := tx.often.get(query); s != nil {
			return tx.StmtContext(ctx, s), nil
		}
	}
	return tx.Tx.PrepareContext(ctx, query)
}

// statement returns query as a statement of the transaction, which closes it; nil
// if it is not ready.
func (tx *Tx) statement(ctx context.Context, query string) *sql.Stmt {
	if tx.dialect == Postgres {
		return nil
	}
	if s := tx.statements[query]; s != nil {
		return s
	}
	s := tx.often.get(query)
	if s == nil {
		return nil
	}
	if tx.statements == nil {
		tx.statements = map[string]*sql.Stmt{}
	}
	s = tx.StmtContext(ctx, s)
	tx.statements[query] = s
	return s
}
