package event

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"kept/internal/manifest"
	"kept/internal/store"
)

// attempts is how often a transaction is tried that another node was in the
// way of.
const attempts = 3

// write commits rows to one partition. They survive a power cut once sync has
// returned nil.
func (s *Store) write(l *layout, sp span, rows []row) (sync func() error, err error) {
	ctx := context.Background() // callers may leave, the batch is of many
	for range attempts {
		err = s.shelf.with(ctx, l, sp, func(p *partition) error {
			sync = p.db.Sync
			return p.write(ctx, rows)
		})
		if dropped(err) {
			s.shelf.reopen(l, sp)
		} else if !conflicted(err) {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("write to %s: %w", l.Name+"-"+sp.label, store.Classify(err))
	}
	return sync, nil
}

// errStored says that some of the rows were stored before.
var errStored = errors.New("a row is stored already")

// write takes the rows for new ones, as they mostly are. If one of them was
// stored before, which the insertion tells, nothing of the attempt stays and the
// stored ones are left out; again, should another node store one meanwhile.
func (p *partition) write(ctx context.Context, rows []row) error {
	p.writing.Lock()
	defer p.writing.Unlock()
	defer p.met.clear()
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.id, b.id) }) // which packs them denser
	err := p.add(ctx, rows, func(context.Context, *store.Tx) ([]row, error) { return rows, nil })
	for errors.Is(err, errStored) {
		err = p.add(ctx, rows, func(ctx context.Context, tx *store.Tx) ([]row, error) { return p.fresh(ctx, tx, rows) })
	}
	return err
}

// add writes those of the rows that choose returns.
func (p *partition) add(ctx context.Context, rows []row, choose func(context.Context, *store.Tx) ([]row, error)) error {
	p.met.clear()
	err := p.db.WriteDeferred(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := p.share(ctx, tx, rows); err != nil {
			return err
		}
		fresh, err := choose(ctx, tx)
		if err != nil || len(fresh) == 0 {
			return err
		}
		if err := p.meetPersons(ctx, tx, fresh); err != nil {
			return err
		}
		if err := p.meetWords(ctx, tx, fresh); err != nil {
			return err
		}
		written, err := p.insert(ctx, tx, fresh)
		if err == nil && written < int64(len(fresh)) {
			err = errStored
		}
		return err
	})
	if err != nil {
		return err
	}
	p.keep()
	return nil
}

// fresh returns the rows that are not stored yet, each once, so that a retry
// counts nothing twice.
func (p *partition) fresh(ctx context.Context, q store.Querier, rows []row) ([]row, error) {
	ids := make([]int64, len(rows))
	for i := range rows {
		ids[i] = rows[i].id
	}
	seen, err := p.existing(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	fresh := make([]row, 0, len(rows))
	for _, r := range rows {
		if !seen[r.id] {
			seen[r.id] = true
			fresh = append(fresh, r)
		}
	}
	return fresh, nil
}

// insert writes rows and returns how many of them were not there already.
func (p *partition) insert(ctx context.Context, tx *store.Tx, rows []row) (int64, error) {
	written, err := p.newRows.run(ctx, tx, len(rows), func(args []any, i int) []any { return p.bind(args, &rows[i]) })
	if err != nil {
		return 0, err
	}
	return written, p.follow(ctx, tx, rows)
}

// bind appends the row's values, words and person as numbers.
func (p *partition) bind(args []any, r *row) []any {
	args = append(args, r.id)
	switch {
	case p.person && r.number != 0:
		args = append(args, r.number)
	case p.person:
		args = append(args, nil)
	}
	for i, v := range r.values {
		if text, ok := v.(string); ok && p.columns[i].Class == manifest.Word {
			v = p.met.words[text].id
		}
		args = append(args, v)
	}
	return args
}
