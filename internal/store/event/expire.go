package event

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"kept/internal/store"
)

// DropThrough drops the partitions that end at or before the cutoff, whole and
// with their files. Rows of the subjects in keep, which are under a hold or a
// restriction, are moved to <table>_held first; held rows as old whose subject
// is not in keep are deleted. It returns what was dropped, also beside an error.
func (s *Store) DropThrough(ctx context.Context, table string, cutoff time.Time, keep []string) (dropped []Partition, err error) {
	l, err := s.layout(table)
	if err != nil {
		return nil, err
	}
	spans, err := s.place.spans(ctx, l)
	if err != nil {
		return nil, err
	}
	for _, sp := range spans {
		if sp.to.After(cutoff) {
			break
		}
		part, err := s.drop(ctx, l, sp, keep)
		if err != nil {
			return dropped, fmt.Errorf("drop %s-%s: %w", table, sp.label, store.Classify(err))
		}
		dropped = append(dropped, part)
	}
	_, err = s.releaseHeld(ctx, l, cutoff, keep)
	return dropped, err
}

// drop removes one partition while nobody writes to it.
func (s *Store) drop(ctx context.Context, l *layout, sp span, keep []string) (part Partition, err error) {
	err = s.shelf.drop(ctx, l, sp, func(p *partition) error {
		if part, err = s.measure(ctx, p); err != nil {
			return err
		}
		_, err = s.copyHeld(ctx, p, p.db, sp.end(), keep)
		return err
	})
	return part, err
}

// DeleteThrough deletes rows dated at or before the cutoff one by one, oldest
// first, in short transactions between which others write, and stops after limit
// rows (no limit if it is zero or less). Fewer than limit means that none is
// left. Words and persons that no row needs any more go too, and so does a
// partition of which nothing is left. Rows of the subjects in keep are moved to
// <table>_held first; held rows as old whose subject is not in keep are deleted
// and counted.
func (s *Store) DeleteThrough(ctx context.Context, table string, cutoff time.Time, keep []string, limit int64) (int64, error) {
	l, err := s.layout(table)
	if err != nil {
		return 0, err
	}
	deleted, err := s.releaseHeld(ctx, l, cutoff, keep)
	if err != nil {
		return deleted, err
	}
	var empty []span
	err = s.each(ctx, table, time.Time{}, cutoff.Add(time.Millisecond), func(p *partition) error {
		if limit > 0 && deleted >= limit {
			return nil
		}
		if err := s.takeOut(ctx, p, idAfter(cutoff), keep); err != nil {
			return err
		}
		n, err := p.deleteThrough(ctx, cutoff, limit-deleted)
		deleted += n
		due := n > 0 || len(keep) > 0 // rows that were taken out leave words behind too
		if err == nil && !due {
			due, err = p.hasAged(ctx, cutoff)
		}
		if err == nil && due {
			err = p.tidy(ctx, cutoff)
		}
		if bare, asked := p.bare(ctx); asked == nil && bare && !p.to.After(cutoff) {
			empty = append(empty, p.span)
		}
		return err
	})
	for _, sp := range empty {
		err = errors.Join(err, s.shelf.drop(ctx, l, sp, func(*partition) error { return nil }))
	}
	if err != nil {
		return deleted, fmt.Errorf("delete row by row: %w", err)
	}
	return deleted, nil
}

// deleteThrough deletes in pieces, each found by its last id, since a range is
// cheaper to delete than a list.
func (p *partition) deleteThrough(ctx context.Context, cutoff time.Time, limit int64) (deleted int64, err error) {
	for {
		size := int64(piece)
		if limit > 0 {
			size = min(size, limit-deleted)
		}
		var n int64
		err := p.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			last := idAfter(cutoff) - 1
			err := tx.QueryRowContext(ctx, "select id from "+p.rows()+" where id <= $1 order by id limit 1 offset $2", last, size-1).Scan(&last)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			n, err = affected(tx.ExecContext(ctx, "delete from "+p.rows()+" where id <= $1", last))
			return err
		})
		deleted += n
		if err != nil || n < size || deleted == limit {
			return deleted, err
		}
	}
}

// hasAged reports whether a word was last used at or before the cutoff: its rows
// may have been erased before.
func (p *partition) hasAged(ctx context.Context, cutoff time.Time) (aged bool, err error) {
	if !p.layout.words {
		return false, nil
	}
	err = p.db.QueryRowContext(ctx, "select exists (select 1 from "+p.wordTable()+" where last <= $1)", cutoff.UnixMilli()).Scan(&aged)
	return aged, err
}

// tidy deletes the words that were last used at or before the cutoff and the
// persons without rows, and empties the write-ahead log.
func (p *partition) tidy(ctx context.Context, cutoff time.Time) error {
	err := p.clean(ctx, func(ctx context.Context, tx *store.Tx, g *gone) error {
		if err := p.bringToEnd(ctx, tx); err != nil {
			return err
		}
		return p.dropAged(ctx, tx, g, cutoff)
	})
	if err != nil || !p.person {
		return errors.Join(err, p.truncate(ctx))
	}
	var last sql.NullInt64
	if err := p.db.QueryRowContext(ctx, "select max(id) from "+p.personTable()).Scan(&last); err != nil {
		return err
	}
	for from := int64(0); from <= last.Int64; from += piece {
		err := p.clean(ctx, func(ctx context.Context, tx *store.Tx, g *gone) error {
			return p.dropRowless(ctx, tx, g, "id >= $1 and id < $2", from, from+piece)
		})
		if err != nil {
			return err
		}
	}
	return p.truncate(ctx)
}

// bare reports whether the partition has no row.
func (p *partition) bare(ctx context.Context) (bool, error) {
	var id sql.NullInt64
	err := p.db.QueryRowContext(ctx, "select min(id) from "+p.rows()).Scan(&id)
	return !id.Valid, err
}
