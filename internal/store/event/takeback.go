package event

import (
	"context"
	"fmt"

	"kept/internal/fault"
	"kept/internal/store"
)

// takeBack deletes rows that were written under a key which was destroyed
// meanwhile: an erasure looked for the person before they were there, and after
// it nobody finds them any more - except here, by their ids. If no key was
// destroyed since the rows got their marks there is nothing to look for.
func (s *Store) takeBack(ctx context.Context, l *layout, rows []Row, written []row, since uint64) error {
	destroyed, err := s.keys.Destructions(ctx)
	if err != nil {
		return fmt.Errorf("look whether persons are still there: %w", err)
	}
	if destroyed == since {
		return nil
	}
	lost := map[span][]int64{}
	asked := map[person]mark{}
	for i, w := range written {
		if !w.personal {
			continue
		}
		sp := spanOf(l.Shape, TimeOf(w.id))
		who := person{rows[i].Subject, l.Name + "-" + sp.label}
		now, done := asked[who]
		if !done {
			var err error
			if now, _, err = s.knownMark(ctx, l, who.subject, who.place); err != nil {
				return fmt.Errorf("look whether the person is still there: %w", err)
			}
			asked[who] = now
		}
		if now != w.mark {
			lost[sp] = append(lost[sp], w.id)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	for sp, ids := range lost {
		err := s.shelf.with(ctx, l, sp, func(p *partition) error { return p.takeBack(ctx, ids) })
		if err != nil {
			return fmt.Errorf("take back rows of an erased person: %w", err)
		}
	}
	return fault.New(fault.Conflict, "the person was erased while the event was written; it is not kept")
}

func (p *partition) takeBack(ctx context.Context, ids []int64) error {
	err := p.clean(ctx, func(ctx context.Context, tx *store.Tx, g *gone) error {
		in, args := list(p.db, 1, ids)
		rows, err := p.find(ctx, tx, "id in "+in, args...)
		if err != nil {
			return err
		}
		return p.remove(ctx, tx, g, rows)
	})
	if err != nil {
		return err
	}
	return p.truncate(ctx)
}
