package event

import (
	"context"
	"fmt"
	"time"

	"kept/internal/store"
)

// Among returns which of the subjects have rows in the table, held ones too. It
// looks for their marks only, so it costs the same however many rows they have.
func (s *Store) Among(ctx context.Context, table string, subjects []string) (map[string]bool, error) {
	l, err := s.layout(table)
	if err != nil || !l.person {
		return nil, err
	}
	have := map[string]bool{}
	err = s.each(ctx, table, time.Time{}, time.Time{}, func(p *partition) error {
		whose, marks, err := s.marksIn(ctx, l, subjects, p.id())
		if err != nil || len(marks) == 0 {
			return err
		}
		met := map[mark]int64{}
		err = p.findPersons(ctx, p.db, marks, met)
		for m := range met {
			have[whose[m]] = true
		}
		return err
	})
	if err == nil {
		err = s.amongHeld(ctx, l, subjects, have)
	}
	if err != nil {
		return nil, fmt.Errorf("look who has rows: %w", err)
	}
	return have, nil
}

// marksIn returns the marks of the subjects that have a key, and whose they are.
func (s *Store) marksIn(ctx context.Context, l *layout, subjects []string, place string) (whose map[mark]string, marks []mark, err error) {
	whose = map[mark]string{}
	for _, id := range subjects {
		m, known, err := s.knownMark(ctx, l, id, place)
		if err != nil {
			return nil, nil, err
		}
		if known {
			whose[m], marks = id, append(marks, m)
		}
	}
	return whose, marks, nil
}

func (s *Store) amongHeld(ctx context.Context, l *layout, subjects []string, have map[string]bool) error {
	whose, _, err := s.marksIn(ctx, l, subjects, l.heldPlace())
	if err != nil || len(whose) == 0 {
		return err
	}
	rows, err := s.db.QueryContext(ctx, "select distinct person_mark from "+l.heldPlace())
	if err != nil {
		return store.Classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		var m []byte
		if err := rows.Scan(&m); err != nil {
			return err
		}
		if id, ok := whose[mark(m)]; ok {
			have[id] = true
		}
	}
	return store.Classify(rows.Err())
}
