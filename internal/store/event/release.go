package event

import (
	"context"
	"time"

	"kept/internal/store"
)

// releaseHeld deletes the held rows dated at or before the cutoff whose subject
// is kept no longer.
func (s *Store) releaseHeld(ctx context.Context, l *layout, cutoff time.Time, keep []string) (int64, error) {
	marks, err := s.released(ctx, l, cutoff, keep)
	if err != nil || len(marks) == 0 {
		return 0, err
	}
	var deleted int64
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, m := range marks {
			n, err := deleteHeld(ctx, tx, l, m, cutoff)
			if err != nil {
				return err
			}
			deleted += n
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return deleted, s.truncateHeld(ctx, deleted)
}

// returnHeld puts the held rows dated at or before the cutoff, whose subject is
// kept no longer, back into their partitions, anonymised and without their link.
func (s *Store) returnHeld(ctx context.Context, change *anonymisation, cutoff time.Time, keep []string) (int64, error) {
	l := change.layout
	marks, err := s.released(ctx, l, cutoff, keep)
	if err != nil || len(marks) == 0 {
		return 0, err
	}
	var returned int64
	for _, m := range marks {
		held, err := l.findHeld(ctx, s.db, "person_mark = $1 and at <= $2", m[:], store.At(cutoff))
		if err != nil {
			return returned, err
		}
		parts := map[span][]row{}
		for _, f := range held {
			r, _ := change.apply(f)
			sp := spanOf(l.Shape, TimeOf(f.id))
			parts[sp] = append(parts[sp], r)
		}
		for sp, rows := range parts {
			err := s.shelf.with(ctx, l, sp, func(p *partition) error {
				return p.clean(ctx, func(ctx context.Context, tx *store.Tx, _ *gone) error { return p.putBack(ctx, tx, rows) })
			})
			if err != nil {
				return returned, err
			}
		}
		n, err := deleteHeld(ctx, s.db, l, m, cutoff)
		if err != nil {
			return returned, err
		}
		returned += n
	}
	return returned, s.truncateHeld(ctx, returned)
}

func deleteHeld(ctx context.Context, q store.Querier, l *layout, m mark, cutoff time.Time) (int64, error) {
	return affected(q.ExecContext(ctx, "delete from "+l.heldPlace()+" where person_mark = $1 and at <= $2", m[:], store.At(cutoff)))
}

// released returns the marks under which rows are held that are dated at or
// before the cutoff and whose subject is not in keep.
func (s *Store) released(ctx context.Context, l *layout, cutoff time.Time, keep []string) ([]mark, error) {
	if !l.person {
		return nil, nil
	}
	kept := map[mark]bool{}
	for _, subject := range keep {
		m, known, err := s.knownMark(ctx, l, subject, l.heldPlace())
		if err != nil {
			return nil, err
		}
		kept[m] = known
	}
	rows, err := s.db.QueryContext(ctx, "select distinct person_mark from "+l.heldPlace()+" where at <= $1", store.At(cutoff))
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var marks []mark
	for rows.Next() {
		var m []byte
		if err := rows.Scan(&m); err != nil {
			return nil, err
		}
		if !kept[mark(m)] {
			marks = append(marks, mark(m))
		}
	}
	return marks, store.Classify(rows.Err())
}
