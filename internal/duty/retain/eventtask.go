package retain

import (
	"context"
	"math"
	"slices"
	"time"

	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
)

// eventTasks returns the terms of an event table.
func (s *Sweeper) eventTasks(ctx context.Context, c condition, why purpose) ([]*task, error) {
	var found []*task
	for _, term := range c.terms {
		t := &task{term: term, cover: c.coverage, Item: Item{
			Activity: c.activity.Key, Rule: term.ID, Table: c.table.Name, Action: term.Then, Through: term.collected(c.now),
		}}
		if err := s.recall(ctx, t, why); err != nil {
			return nil, err
		}
		if err := s.measureEvents(ctx, c, t, why); err != nil {
			return nil, err
		}
		found = append(found, t)
	}
	return found, nil
}

// partitioned reports whether the term lets whole partitions wait for their
// last row: it sweeps no more often than a partition is long.
func (t *task) partitioned() bool {
	every := t.term.Every
	long := every.Years > 0 || every.Months > 0
	if t.cover.table.Shape == manifest.Daily {
		return long || every.Days > 0
	}
	return long
}

// measureEvents counts what of an event table is due under t; for a person also
// what it holds and what comes next.
func (s *Sweeper) measureEvents(ctx context.Context, c condition, t *task, why purpose) (err error) {
	t.works = c.works(t.term)
	if t.sweeps(c.now) {
		if err := s.countEvents(ctx, c, t); err != nil {
			return err
		}
		if err := s.foreseeEvents(ctx, c, t); err != nil {
			return err
		}
	}
	if why != toRun || t.Due > 0 {
		if t.Rows, err = s.Events.Count(ctx, t.Table); err != nil {
			return err
		}
	}
	if why != toRun {
		return s.nextEvents(ctx, c, t)
	}
	return nil
}

// foreseeEvents counts what will be due by the next sweep.
func (s *Sweeper) foreseeEvents(ctx context.Context, c condition, t *task) error {
	c.now = s.horizon(t, c.now)
	if s.all(t, c.now) {
		t.next = math.MaxInt64
		return nil
	}
	ahead := task{Item: Item{Activity: t.Activity, Table: t.Table}, term: t.term, cover: t.cover, swept: t.swept, works: c.works(t.term)}
	err := s.countEvents(ctx, c, &ahead)
	t.next = ahead.Due + ahead.Kept
	return err
}

// nextEvents works out when something of the table goes next.
func (s *Sweeper) nextEvents(ctx context.Context, c condition, t *task) (err error) {
	if t.Oldest, err = s.Events.Oldest(ctx, t.Table); err != nil || t.Oldest.IsZero() {
		return err
	}
	last := t.Oldest
	if t.partitioned() {
		last = endOfPartition(t.cover.table.Shape, t.Oldest).Add(-time.Millisecond)
	}
	t.Next = later(t.runFor(t.term.over(last)), c.now)
	return nil
}

func endOfPartition(shape manifest.Shape, at time.Time) time.Time {
	if shape == manifest.Daily {
		return time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, time.UTC)
	}
	return time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}

// countEvents counts what the works of t would end.
func (s *Sweeper) countEvents(ctx context.Context, c condition, t *task) error {
	for _, w := range t.works {
		rows, partitions, err := s.countWork(ctx, t, w, s.doneThrough(c, t, w))
		if err != nil || rows == 0 {
			return err
		}
		kept, everybody, err := s.keptEvents(ctx, t, w)
		if err != nil {
			return err
		}
		if everybody {
			t.Kept += rows
			continue
		}
		t.Due, t.Kept, t.Partitions = t.Due+rows-min(rows, kept), t.Kept+kept, t.Partitions+partitions
	}
	return nil
}

// doneThrough is how far the sweep before came with work that leaves its rows
// where they are; for deletions the zero time, since what is there is not done.
func (s *Sweeper) doneThrough(c condition, t *task, w work) time.Time {
	if t.swept.IsZero() || w.action == policy.Delete && w.columns == nil {
		return time.Time{}
	}
	c.now = t.swept
	for _, before := range c.works(t.term) {
		if before.action == w.action && slices.Equal(before.columns, w.columns) {
			return before.through
		}
	}
	return time.Time{}
}

// countWork counts the rows dated after since and through w's moment. Where
// partitions wait for their last row, only whole ones count.
func (s *Sweeper) countWork(ctx context.Context, t *task, w work, since time.Time) (rows int64, partitions int, err error) {
	drops := w.action == policy.Delete && w.columns == nil
	before := w.through.Add(time.Millisecond)
	from := time.Time{}
	if !since.IsZero() {
		from = since.Add(time.Millisecond)
	}
	err = s.Events.In(ctx, t.Table, from, before, func(ctx context.Context, q store.Querier, p event.Partition) error {
		whole := !p.To.After(before)
		if drops && !whole && t.partitioned() {
			return nil
		}
		var n int64
		if err := count(ctx, q, &n, t.Table, "id >= $1 and id < $2", []any{firstID(later(from, p.From)), firstID(earlier(before, p.To))}); err != nil {
			return err
		}
		rows += n
		if drops && whole {
			partitions++
		}
		return nil
	})
	return rows, partitions, err
}

// firstID is the smallest id that an event at a moment can have: ids are the
// millisecond and 22 random bits.
func firstID(at time.Time) int64 { return event.NewID(at) &^ (1<<22 - 1) }

// keptEvents counts the rows that holds and restrictions keep from w, beside
// those that were moved out of their partitions before.
func (s *Sweeper) keptEvents(ctx context.Context, t *task, w work) (kept int64, everybody bool, err error) {
	keep, everybody, err := s.kept(ctx, t.Activity, t.term.ID)
	if err != nil || everybody || len(keep) == 0 {
		return 0, everybody, err
	}
	for _, id := range keep {
		err := s.Events.Of(ctx, t.Table, id, func(r event.Row) error {
			if !r.At.After(w.through) {
				kept++
			}
			return nil
		})
		if err != nil {
			return 0, false, err
		}
	}
	held, _, err := s.Events.Held(ctx, t.Table)
	return max(0, kept-held), false, err
}

// doEvents ends what is due in an event table. It calls the store even if
// nothing is due: rows that a lifted hold kept apart go then.
func (s *Sweeper) doEvents(ctx context.Context, t *task, done Done) (Done, error) {
	keep, everybody, err := s.kept(ctx, t.Activity, t.term.ID)
	if err != nil || everybody {
		return done, err
	}
	for _, w := range t.works {
		switch {
		case w.columns == nil && w.action == policy.Delete:
			err = s.deleteEvents(ctx, t, w, keep, &done)
		case w.action == policy.Delete:
			err = addRows(&done)(s.Events.Clear(ctx, t.Table, w.through, keep, w.columns...))
		default:
			err = addRows(&done)(s.Events.Anonymise(ctx, t.Table, "", w.through, keep, w.columns...))
		}
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

func addRows(done *Done) func(int64, error) error {
	return func(n int64, err error) error {
		done.Rows += n
		return err
	}
}

// deleteEvents drops whole partitions and, unless they wait for their last row,
// deletes the rows of the one that the moment falls into. Rows that are moved
// apart for a hold have not ended; those that come from there have.
func (s *Sweeper) deleteEvents(ctx context.Context, t *task, w work, keep []string, done *Done) error {
	before, _, err := s.Events.Held(ctx, t.Table)
	if err != nil {
		return err
	}
	dropped, err := s.Events.DropThrough(ctx, t.Table, w.through.Add(time.Millisecond), keep)
	for _, p := range dropped {
		done.Rows += p.Rows
	}
	done.Partitions += len(dropped)
	if err != nil {
		return err
	}
	apart, _, err := s.Events.Held(ctx, t.Table)
	if err != nil {
		return err
	}
	done.Rows += before - apart
	if t.partitioned() {
		return nil
	}
	return addRows(done)(s.Events.DeleteThrough(ctx, t.Table, w.through, keep, 0))
}
