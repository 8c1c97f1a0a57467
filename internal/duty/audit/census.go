package audit

import (
	"context"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/store/event"
)

// mark is how a partition names a person: 16 bytes under the person's key.
type mark [16]byte

// span is a stretch of time for which a consent stood; a zero end is open.
type span struct {
	from, to time.Time
	accepted []string
}

// consented is a subject with what it agreed to.
type consented struct {
	subject string
	spans   []span
}

// mostMarks is how many marks one audit computes. Above it, subjects are sampled.
const mostMarks = 3_000_000

// census ties the persons in partitions to subjects. The partitions do not say
// who their persons are; whoever asks brings the subject and computes the mark.
type census struct {
	subjects []consented
	sampled  bool
}

// people reads every subject, with the decisions that stood for it.
func (x *examination) people(ctx context.Context, partitions int) (*census, error) {
	if x.census != nil {
		return x.census, nil
	}
	c := &census{}
	stood, err := x.decisions(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := x.DB.QueryContext(ctx, "select id from subject")
	if err != nil {
		return nil, fmt.Errorf("read the subjects: %w", store.Classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read the subjects: %w", err)
		}
		c.subjects = append(c.subjects, consented{id, stood[id]})
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the subjects: %w", store.Classify(err))
	}
	if most := mostMarks / max(1, partitions); len(c.subjects) > most {
		c.subjects, c.sampled = c.subjects[:most], true // ids are random, so any of them are a sample
	}
	x.census = c
	return c, nil
}

// decisions reads every acceptance by subject.
func (x *examination) decisions(ctx context.Context) (map[string][]span, error) {
	stood := map[string][]span{}
	if !x.has("consent_decision") {
		return stood, nil
	}
	rows, err := x.DB.QueryContext(ctx, "select subject, decided_at, ended_at, accepted from consent_decision")
	if err != nil {
		return nil, fmt.Errorf("read the decisions: %w", store.Classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var from, to store.Time
		var accepted store.JSON[[]string]
		if err := rows.Scan(&id, &from, &to, &accepted); err != nil {
			return nil, fmt.Errorf("read the decisions: %w", err)
		}
		stood[id] = append(stood[id], span{from.Time, to.Time, accepted.V})
	}
	return stood, store.Classify(rows.Err())
}

// present is a person in one partition: the number of the rows, how many there
// are, and between which ids they lie.
type present struct {
	number            int64
	rows, first, last int64
}

// present reads the persons of a partition that have rows.
func (x *examination) present(ctx context.Context, q store.Querier, t *manifest.Table) (map[mark]present, error) {
	rows, err := q.QueryContext(ctx, fmt.Sprintf("select person, count(*), min(id), max(id) from %s where person is not null group by person", t.Name))
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	byNumber := map[int64]present{}
	for rows.Next() {
		var p present
		if err := rows.Scan(&p.number, &p.rows, &p.first, &p.last); err != nil {
			return nil, err
		}
		byNumber[p.number] = p
	}
	if err := rows.Err(); err != nil {
		return nil, store.Classify(err)
	}
	marks, err := q.QueryContext(ctx, fmt.Sprintf("select id, mark from %s_person", t.Name))
	if err != nil {
		return nil, store.Classify(err)
	}
	defer marks.Close()
	found := make(map[mark]present, len(byNumber))
	for marks.Next() {
		var number int64
		var m []byte
		if err := marks.Scan(&number, &m); err != nil {
			return nil, err
		}
		if p, ok := byNumber[number]; ok && len(m) == len(mark{}) {
			found[mark(m)] = p
		}
	}
	return found, store.Classify(marks.Err())
}

// markOf computes the mark of a subject in a partition; ok is false if the
// subject has no key for the table, and so can have no rows.
func (x *examination) markOf(ctx context.Context, t *manifest.Table, subject, place string) (m mark, ok bool, err error) {
	index, err := x.Vault.IndexFor(ctx, event.KeyOf(t.Name, subject), place)
	switch {
	case fault.Is(err, fault.NotFound):
		return m, false, nil
	case err != nil:
		return m, false, fmt.Errorf("find a person: %w", err)
	}
	copy(m[:], index)
	return m, true, nil
}
