package ledger

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store"
)

const (
	batch = 4096                  // leaves that one checkpoint adds at most
	pause = time.Second           // between two looks for what other nodes appended
	pace  = 20 * time.Millisecond // in which appends of this node gather
)

// Sequence gives every pending leaf that is committed its place, signs the new
// head and returns how many leaves it took. Two sequencers at once wait for
// each other.
func (l *Ledger) Sequence(ctx context.Context) (int, error) {
	total := 0
	for {
		n, err := l.sequenceBatch(ctx)
		if err != nil {
			return total, fmt.Errorf("sequence: %w", store.Classify(err))
		}
		total += n
		if n < batch {
			return total, nil
		}
	}
}

func (l *Ledger) sequenceBatch(ctx context.Context) (n int, err error) {
	var signed Checkpoint
	err = l.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := lock(ctx, tx); err != nil {
			return err
		}
		before, err := l.head(ctx, tx)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if n, err = place(ctx, tx, before.Size); err != nil || n == 0 {
			return err
		}
		signed, err = l.extend(ctx, tx, before, before.Size+int64(n))
		return err
	})
	if err != nil || n == 0 {
		return 0, err
	}
	return n, l.remember(signed)
}

// lock lets one sequencer at a time through, until tx ends. SQLite's writer is
// alone anyway.
func lock(ctx context.Context, tx *store.Tx) error {
	if tx.Dialect() == store.SQLite {
		return nil
	}
	_, err := tx.ExecContext(ctx, "select pg_advisory_xact_lock(hashtextextended('kept ledger ' || current_schema(), 0))")
	return err
}

// place moves a batch of pending leaves to their places from first on. It takes
// what is there, in the order of ids, and looks at nothing but whether it is
// there: a leaf that commits late is there later.
func place(ctx context.Context, tx *store.Tx, first int64) (int, error) {
	moved, err := tx.ExecContext(ctx, `insert into ledger_leaf (place, id, entry)
		select $1 + row_number() over (order by id) - 1, id, entry
		from (select id, entry from ledger_pending order by id limit $2) p`, first, batch)
	if err != nil {
		return 0, err
	}
	n, err := moved.RowsAffected()
	if err != nil || n == 0 {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, "delete from ledger_pending where id in (select id from ledger_leaf where place >= $1)", first)
	return int(n), err
}

// extend hashes the leaves that were placed behind before, checks that the new
// tree continues the old one, and only then signs it.
func (l *Ledger) extend(ctx context.Context, tx *store.Tx, before Checkpoint, size int64) (Checkpoint, error) {
	t := newTiles(ctx, tx)
	if err := hashFrom(ctx, tx, t, before.Size, size); err != nil {
		return Checkpoint{}, err
	}
	root, err := tlog.TreeHash(size, t)
	if err != nil {
		return Checkpoint{}, err
	}
	switch same, err := continues(t, size, root, before); {
	case err != nil:
		return Checkpoint{}, err
	case !same:
		return Checkpoint{}, fault.New(fault.Internal, "the ledger does not continue its checkpoint of %d leaves: it was changed, and nothing is signed", before.Size)
	}
	if err := t.save(); err != nil {
		return Checkpoint{}, err
	}
	signed, err := l.sign(size, root, l.clock.Now())
	if err != nil {
		return Checkpoint{}, err
	}
	return signed, keep(ctx, tx, signed, before)
}

// hashFrom adds the leaves from first to size to the tiles and the counts.
func hashFrom(ctx context.Context, tx *store.Tx, t *tiles, first, size int64) error {
	rows, err := tx.QueryContext(ctx, "select entry from ledger_leaf where place >= $1 order by place", first)
	if err != nil {
		return err
	}
	defer rows.Close()
	kinds := map[string]int64{}
	var hashes []tlog.Hash
	for rows.Next() {
		var entry string
		if err := rows.Scan(&entry); err != nil {
			return err
		}
		leaf, err := parseLeaf([]byte(entry))
		if err != nil {
			return err
		}
		kinds[leaf.Kind]++
		hashes = append(hashes, tlog.RecordHash([]byte(entry)))
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if first+int64(len(hashes)) != size {
		return fault.New(fault.Internal, "the ledger holds leaves behind its head of %d; it was changed", first)
	}
	for i, h := range hashes {
		if err := t.add(0, first+int64(i), h); err != nil {
			return err
		}
	}
	return count(ctx, tx, kinds)
}

func count(ctx context.Context, tx *store.Tx, kinds map[string]int64) error {
	for kind, n := range kinds {
		_, err := tx.ExecContext(ctx, `insert into ledger_count (kind, leaves) values ($1, $2)
			on conflict (kind) do update set leaves = ledger_count.leaves + excluded.leaves`, kind, n)
		if err != nil {
			return err
		}
	}
	return nil
}

// Run sequences until ctx ends: soon after an Append commits here, and each
// second for what other nodes appended. It bears a database that does not
// answer for a while, and returns any other error.
func (l *Ledger) Run(ctx context.Context) error {
	for {
		_, err := l.Sequence(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil && !fault.Is(err, fault.Unavailable) {
			return err
		}
		if l.wait(ctx) != nil {
			return nil
		}
	}
}

// wait returns when there may be something to sequence. The pace of batches is
// the machine's matter and follows the machine's clock, whatever clock the log
// dates its leaves by.
func (l *Ledger) wait(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	paused := make(chan error, 1)
	go func() { paused <- l.clock.Sleep(ctx, pause) }()
	select {
	case err := <-paused:
		return err
	case <-l.wake:
		return clock.System.Sleep(ctx, pace)
	}
}
