package audit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
)

// A partition does not say who its persons are. Whoever asks brings the subject
// and computes, under that person's key, the mark by which the partition names
// it. The audit does that for every subject, some at a time so that the vault
// holds their keys, partition by partition.

const (
	someSubjects = 5000      // looked up at a time
	someMarks    = 500       // in one query
	mostLookups  = 4_000_000 // marks that one audit computes for a table; above it, subjects are sampled
)

// tied is what came of tying the persons of an event table to subjects.
type tied struct {
	whole     tally // rows about somebody who is known
	without   tally // among them rows that no consent covers
	withdrawn tally // among them rows of people who withdrew
	nobodys   tally // rows about a person who is not known any more
	sampled   bool
}

// tie looks up the persons of an event table and counts the rows that rest
// on no consent to the activity; without an activity no consent is looked at.
func (x *examination) tie(ctx context.Context, t *manifest.Table, a *policy.Activity) (found tied, err error) {
	people, err := x.people(ctx)
	if err != nil {
		return found, err
	}
	personal, partitions := int64(0), 0
	err = x.eachPartition(ctx, t, func(ctx context.Context, q store.Querier, _ event.Partition) error {
		n, err := count(ctx, q, t.Name, "", manifest.PersonColumn+" is not null")
		personal, partitions = personal+n.n, partitions+1
		return err
	})
	if err != nil {
		return found, err
	}
	if most := mostLookups / max(1, partitions); len(people) > most {
		found.sampled, people = true, everyNth(people, len(people)/most+1)
	}
	keeps := func(string) bool { return false }
	if a != nil {
		if keeps, err = x.keeps(ctx, a); err != nil {
			return found, err
		}
	}
	for some := range slices.Chunk(people, someSubjects) {
		if err := x.tieSome(ctx, t, some, a, keeps, &found); err != nil {
			return found, err
		}
	}
	if !found.sampled {
		found.nobodys = tally{n: personal - found.whole.n}
	}
	x.persons[t.Name] = found
	return found, nil
}

func everyNth(people []visitor, n int) []visitor {
	var some []visitor
	for i := 0; i < len(people); i += n {
		some = append(some, people[i])
	}
	return some
}

// visitor is a subject with what it agreed to.
type visitor struct {
	id      string
	since   time.Time
	decided []span
}

// span is a stretch of time for which a consent stood; a zero end is open.
type span struct {
	from, to time.Time
	visited  time.Time // the last visit that was noted; zero if that is forgotten
	endedBy  string    // consent.Withdrew, Replaced or Lapsed
	accepted []string
}

// unnoted is how long after the last visit that was noted, or after the end of
// the consent, events are still looked for. What is later is found as nobody's.
const unnoted = 60 * 24 * time.Hour

// leftBefore reports whether the visitor was last seen so long before a moment
// that no event of theirs can be later.
func (v visitor) leftBefore(at time.Time) bool {
	for _, s := range v.decided {
		last := s.visited
		if last.IsZero() {
			last = s.to
		}
		if last.IsZero() || last.Add(unnoted).After(at) {
			return false
		}
	}
	return len(v.decided) > 0
}

// people reads every subject in the order in which they came, with their
// decisions, once in an audit.
func (x *examination) people(ctx context.Context) ([]visitor, error) {
	if x.visitors != nil || !x.has("subject") {
		return x.visitors, nil
	}
	decided, err := x.decisions(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := x.DB.QueryContext(ctx, "select id, created_at from subject order by created_at, id")
	if err != nil {
		return nil, fmt.Errorf("read the subjects: %w", store.Classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var v visitor
		var since store.Time
		if err := rows.Scan(&v.id, &since); err != nil {
			return nil, fmt.Errorf("read the subjects: %w", err)
		}
		v.since, v.decided = since.Time, decided[v.id]
		x.visitors = append(x.visitors, v)
	}
	return x.visitors, store.Classify(rows.Err())
}

// decisions reads every acceptance by subject.
func (x *examination) decisions(ctx context.Context) (map[string][]span, error) {
	decided := map[string][]span{}
	if !x.has("consent_decision") {
		return decided, nil
	}
	rows, err := x.DB.QueryContext(ctx, "select subject, decided_at, ended_at, last_visit_at, ended_by, accepted from consent_decision")
	if err != nil {
		return nil, fmt.Errorf("read the decisions: %w", store.Classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var id, by string
		var from, to, visited store.Time
		var accepted store.JSON[[]string]
		if err := rows.Scan(&id, &from, &to, &visited, &by, &accepted); err != nil {
			return nil, fmt.Errorf("read the decisions: %w", err)
		}
		decided[id] = append(decided[id], span{from.Time, to.Time, visited.Time, by, accepted.V})
	}
	return decided, store.Classify(rows.Err())
}

// tieSome looks up some subjects in every partition that is not older than they
// all are.
func (x *examination) tieSome(ctx context.Context, t *manifest.Table, some []visitor, a *policy.Activity, keeps func(subject string) bool, found *tied) error {
	known := map[string]visitor{}
	for _, v := range some {
		known[v.id] = v
	}
	from := some[0].since.AddDate(0, 0, -1) // events of a wrong clock are nobody's, and found as such
	err := x.Events.In(ctx, t.Name, from, time.Time{}, func(ctx context.Context, q store.Querier, p event.Partition) error {
		whose := map[mark]visitor{}
		for id, v := range known {
			if v.leftBefore(p.From) {
				continue
			}
			m, ok, err := x.markOf(ctx, t, id, place(t, p))
			if err != nil {
				return err
			}
			if !ok { // no key, so no rows in any partition
				delete(known, id)
				continue
			}
			whose[m] = v
		}
		marks := slices.Collect(maps.Keys(whose))
		for part := range slices.Chunk(marks, someMarks) {
			there, err := x.present(ctx, q, t, part)
			if err != nil {
				return err
			}
			for m, rows := range there {
				found.whole.add(tally{rows.n, event.TimeOf(rows.first)})
				if a == nil {
					continue
				}
				who := whose[m]
				without, err := x.outside(ctx, q, t, rows, who.decided, a.Group)
				if err != nil {
					return err
				}
				found.without.add(without)
				if who.withdrew(a.Group, x.now) && !keeps(who.id) {
					found.withdrawn.add(tally{rows.n, event.TimeOf(rows.first)})
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("look up the persons of %s: %w", t.Name, err)
	}
	return nil
}

// mark is how a partition names a person: 16 bytes under the person's key.
type mark [16]byte

// markOf computes the mark of a subject in a place; ok is false if the subject
// has no key for the table.
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

// presence is a person in one partition: the number, how many rows, and between
// which ids they lie.
type presence struct{ number, n, first, last int64 }

// present returns which of the marks have rows in a partition.
func (x *examination) present(ctx context.Context, q store.Querier, t *manifest.Table, marks []mark) (map[mark]presence, error) {
	whose, err := numbers(ctx, q, t, marks)
	if err != nil || len(whose) == 0 {
		return nil, err
	}
	rows, err := q.QueryContext(ctx, "select person, count(*), min(id), max(id) from "+
		event.RowsOf(x.DB.Dialect(), t.Name, slices.Collect(maps.Keys(whose))...)+" group by person")
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	there := map[mark]presence{}
	for rows.Next() {
		var p presence
		if err := rows.Scan(&p.number, &p.n, &p.first, &p.last); err != nil {
			return nil, err
		}
		there[whose[p.number]] = p
	}
	return there, store.Classify(rows.Err())
}

// numbers returns those of the marks that a partition knows, by their numbers.
func numbers(ctx context.Context, q store.Querier, t *manifest.Table, marks []mark) (map[int64]mark, error) {
	holders, args := make([]string, len(marks)), make([]any, len(marks))
	for i, m := range marks {
		holders[i], args[i] = fmt.Sprintf("$%d", i+1), m[:]
	}
	rows, err := q.QueryContext(ctx, fmt.Sprintf("select id, mark from %s_person where mark in (%s)", t.Name, strings.Join(holders, ", ")), args...)
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	whose := map[int64]mark{}
	for rows.Next() {
		var n int64
		var m []byte
		if err := rows.Scan(&n, &m); err != nil {
			return nil, err
		}
		whose[n] = mark(m)
	}
	return whose, store.Classify(rows.Err())
}
