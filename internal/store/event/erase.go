package event

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"kept/internal/store"
)

// piece is how many rows one transaction deletes or changes, so that writers
// wait a few milliseconds at most.
const piece = 2000

// Erase deletes every row about subject, held ones too, with the words that
// nobody else uses, and returns how many rows there were. Nothing of them stays
// in the files. It is called before the subject's key is destroyed.
func (s *Store) Erase(ctx context.Context, table, subject string) (int64, error) {
	l, err := s.layout(table)
	if err != nil {
		return 0, err
	}
	if !l.person || subject == "" {
		return 0, nil
	}
	erased, err := s.eraseHeld(ctx, l, subject)
	if err != nil {
		return erased, fmt.Errorf("erase held rows of %s: %w", table, err)
	}
	err = s.each(ctx, table, time.Time{}, time.Time{}, func(p *partition) error {
		m, known, err := s.knownMark(ctx, p.layout, subject, p.id())
		if err != nil || !known {
			return err
		}
		n, err := p.erase(ctx, m)
		erased += n
		return err
	})
	if err != nil {
		return erased, fmt.Errorf("erase: %w", err)
	}
	return erased, nil
}

func (s *Store) eraseHeld(ctx context.Context, l *layout, subject string) (int64, error) {
	m, known, err := s.knownMark(ctx, l, subject, l.heldPlace())
	if err != nil || !known {
		return 0, err
	}
	n, err := affected(s.db.ExecContext(ctx, "delete from "+l.heldPlace()+" where person_mark = $1", m[:]))
	return n, errors.Join(err, s.truncateHeld(ctx, n))
}

// truncateHeld empties the main database's log after n held rows were deleted.
func (s *Store) truncateHeld(ctx context.Context, n int64) error {
	if n > 0 {
		s.heldStale.Store(true)
	}
	return truncate(ctx, s.db, &s.heldStale)
}

// erase deletes the rows of the person with the mark, piece by piece, and then
// the person.
func (p *partition) erase(ctx context.Context, m mark) (erased int64, err error) {
	met := map[mark]int64{}
	if err := p.findPersons(ctx, p.db, []mark{m}, met); err != nil {
		return 0, err
	}
	for more := len(met) > 0; more; {
		err := p.clean(ctx, func(ctx context.Context, tx *store.Tx, g *gone) error {
			n, err := p.erasePiece(ctx, tx, g, met[m])
			erased += n
			if more = n == piece; more || err != nil {
				return err
			}
			g.marks = append(g.marks, m)
			_, err = tx.ExecContext(ctx, "delete from "+p.personTable()+" where id = $1", met[m])
			return err
		})
		if err != nil {
			return erased, err
		}
	}
	return erased, p.truncate(ctx)
}

// erasePiece deletes some rows of a person and the words that went with them.
func (p *partition) erasePiece(ctx context.Context, tx *store.Tx, g *gone, person int64) (int64, error) {
	rows, err := p.find(ctx, tx, fmt.Sprintf("%s order by id limit %d", p.ofPersons(person), piece))
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.id
	}
	if err := p.deleteRows(ctx, tx, ids); err != nil {
		return 0, err
	}
	return int64(len(rows)), p.letGo(ctx, tx, g, rows)
}

// affected is the number of rows that a statement changed.
func affected(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, store.Classify(err)
	}
	return r.RowsAffected()
}

// deleteRows deletes rows by id.
func (p *partition) deleteRows(ctx context.Context, tx *store.Tx, ids []int64) error {
	for some := range slices.Chunk(ids, most) {
		in, args := list(p.db, 1, some)
		if _, err := tx.ExecContext(ctx, "delete from "+p.rows()+" where id in "+in, args...); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes rows, with the words and persons that went with them.
func (p *partition) remove(ctx context.Context, tx *store.Tx, g *gone, rows []found) error {
	ids, persons := make([]int64, len(rows)), make([]int64, len(rows))
	for i, r := range rows {
		ids[i], persons[i] = r.id, r.person
	}
	if err := p.deleteRows(ctx, tx, ids); err != nil {
		return err
	}
	if err := p.letGo(ctx, tx, g, rows); err != nil {
		return err
	}
	return p.dropRowlessAmong(ctx, tx, g, persons)
}
