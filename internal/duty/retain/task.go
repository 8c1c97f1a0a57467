package retain

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
)

// task is one term in one table: what is due, and how it is ended.
type task struct {
	Item
	term     *term
	cover    *coverage
	steps    []step    // of an ordinary table
	works    []work    // of an event table
	swept    time.Time // the last sweep
	foreseen int64     // rows that the run before expected to be due by now
	next     int64     // rows that will be due by the next run
	held     bool      // a person has to confirm it first
}

// name tells the task apart from every other, also a former rule from its
// successor.
func (t *task) name() string { return t.term.key() + " " + t.Table }

// undeclared is the last part of the id of what no rule ends because the policy
// does not declare it any more.
const undeclared = "/undeclared"

// purpose is what tasks are worked out for.
type purpose int

const (
	toRun     purpose = iota // what is due in this run
	toShow                   // also what is held, and what comes next
	toCompare                // as toShow, as if every rule swept now
)

// tasks returns every term in every table, with what is due at now.
func (s *Sweeper) tasks(ctx context.Context, p *policy.Policy, former map[string][]*term, now time.Time, why purpose) ([]*task, error) {
	var found []*task
	for i := range p.Activities {
		a := &p.Activities[i]
		m := s.manifest(a.Kind)
		if m == nil {
			continue
		}
		terms := append(termsOf(a), former[a.Key]...)
		for _, t := range tables(m) {
			more, err := s.tasksIn(ctx, condition{cover(a, terms, m, t), now}, why)
			if err != nil {
				return nil, fmt.Errorf("%s in %s: %w", a.Key, t.Name, err)
			}
			found = append(found, more...)
		}
	}
	left, err := s.leftovers(ctx, p, now)
	if err != nil {
		return nil, err
	}
	return append(found, left...), nil
}

func (s *Sweeper) manifest(kind string) *manifest.Manifest {
	i := slices.IndexFunc(s.Manifests, func(m manifest.Manifest) bool { return m.Name == kind })
	if i < 0 {
		return nil
	}
	return &s.Manifests[i]
}

// tables returns m's tables that hold personal data, children before parents.
func tables(m *manifest.Manifest) []*manifest.Table {
	var found []*manifest.Table
	for i := range m.Tables {
		if m.Tables[i].Impersonal == "" {
			found = append(found, &m.Tables[i])
		}
	}
	depth := func(t *manifest.Table) (n int) {
		for t.Parent != "" && n <= len(m.Tables) {
			parent, ok := m.Table(t.Parent)
			if !ok {
				break
			}
			t, n = parent, n+1
		}
		return n
	}
	slices.SortStableFunc(found, func(x, y *manifest.Table) int { return depth(y) - depth(x) })
	return found
}

func (s *Sweeper) tasksIn(ctx context.Context, c condition, why purpose) ([]*task, error) {
	if c.table.Shape != manifest.Rows {
		return s.eventTasks(ctx, c, why)
	}
	var found []*task
	byTerm := map[*term]*task{}
	for _, st := range c.steps() {
		t := byTerm[st.term]
		if t == nil {
			t = &task{term: st.term, cover: c.coverage, Item: Item{
				Activity: c.activity.Key, Rule: st.term.ID, Table: c.table.Name, Action: st.term.Then,
				Through: st.term.cutoff(c.now),
			}}
			byTerm[st.term] = t
			found = append(found, t)
		}
		t.steps = append(t.steps, st)
	}
	for _, t := range found {
		if err := s.measure(ctx, c, t, why); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// measure counts what is due of t and what is kept back; for a person also what
// the table holds and what comes next.
func (s *Sweeper) measure(ctx context.Context, c condition, t *task, why purpose) (err error) {
	if err := s.recall(ctx, t, why); err != nil {
		return err
	}
	if t.sweeps(c.now) {
		if t.Due, t.Kept, err = s.count(ctx, c, t.steps); err != nil {
			return err
		}
		if err := s.foresee(ctx, c, t); err != nil {
			return err
		}
	}
	if why != toRun || t.Due > 0 {
		if err := count(ctx, s.DB, &t.Rows, c.table.Name, "true", nil); err != nil {
			return err
		}
	}
	if why != toRun {
		return s.lookAhead(ctx, c, t)
	}
	return nil
}

// lookAhead finds the oldest moment that t counts from, and when something goes
// next.
func (s *Sweeper) lookAhead(ctx context.Context, c condition, t *task) error {
	from := c.moment(t.term.From)
	var oldest, waiting store.Time
	row := s.DB.QueryRowContext(ctx, fmt.Sprintf("select min(%s), min(case when %s > %d then %s end) from %s where %s",
		from, from, t.Through.UnixMilli(), from, c.table.Name, c.begun(t.term)))
	if err := row.Scan(&oldest, &waiting); err != nil {
		return store.Classify(err)
	}
	t.Oldest = oldest.Time
	if !waiting.IsZero() {
		t.Next = t.runFor(t.term.over(waiting.Time))
	}
	if due, _, err := s.count(ctx, c, t.steps); err != nil || due == 0 || t.sweeps(c.now) {
		return err
	}
	t.Next = after(t.term.Every, c.now)
	return nil
}

// sweeps reports whether the term's rhythm lets it sweep now.
func (t *task) sweeps(now time.Time) bool {
	return t.term.Every.IsZero() || t.swept.Before(slot(t.term.Every, now))
}

// runFor returns the run in which what is over at end goes.
func (t *task) runFor(end time.Time) time.Time {
	if t.term.Every.IsZero() {
		return end
	}
	return after(t.term.Every, end.Add(-time.Millisecond))
}

// count returns how many rows the steps would end, and how many more a hold or
// a restriction keeps.
func (s *Sweeper) count(ctx context.Context, c condition, steps []step) (due, kept int64, err error) {
	for _, st := range steps {
		keep, everybody, err := s.keeping(ctx, c, st)
		if err != nil {
			return 0, 0, err
		}
		var rows, back int64
		if err := count(ctx, s.DB, &rows, c.table.Name, st.where, nil); err != nil {
			return 0, 0, err
		}
		who := c.subject()
		switch {
		case everybody:
			back = rows
		case who != "" && rows > 0:
			for some := range slices.Chunk(keep, 500) {
				args := make([]any, len(some))
				for i, id := range some {
					args[i] = id
				}
				var n int64
				where := all([]string{st.where, fmt.Sprintf("%s in (%s)", who, holders(len(args)))})
				if err := count(ctx, s.DB, &n, c.table.Name, where, args); err != nil {
					return 0, 0, err
				}
				back += n
			}
		}
		due += rows - back
		if st.action != policy.Restrict { // who is restricted is where that rule wants them
			kept += back
		}
	}
	return due, kept, nil
}

func count(ctx context.Context, q store.Querier, n *int64, table, where string, args []any) error {
	err := q.QueryRowContext(ctx, fmt.Sprintf("select count(*) from %s where %s", table, where), args...).Scan(n)
	return store.Classify(err)
}
