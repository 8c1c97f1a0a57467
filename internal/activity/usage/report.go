package usage

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
)

// SmallestGroup is how many people a figure stands for at least. It is no setting: a
// policy that promises anonymous reports could not be checked against it.
const SmallestGroup = 5

// Week is a report on a week that has closed.
type Week struct {
	Begins time.Time // Monday, midnight in the controller's zone
	People int64     // who used the application; 0: too few to be told
	Lists  []List    // nil where only the weeks are listed
}

// List is what one field's values were.
type List struct {
	Field  string
	Lines  []Line // the most frequent first
	Others int64  // people of all lines that are too small to be told; 0: there are none
}

// Line is how many people a value was met with.
type Line struct {
	Name   string
	People int64
}

// counted are the fields of a report with their columns, in its order.
var counted = []struct{ field, column string }{
	{fieldFunction, "function"}, {fieldBrowser, "browser"}, {fieldOS, "os"}, {fieldScreen, "screen"}, {fieldRegion, "region"},
}

const (
	closedWeeks = 4                // that are looked at for a report; what is older has mostly lost its people
	settled     = 10 * time.Minute // after which nothing more is told of a week
)

// close makes the reports of weeks that have closed and have none yet.
func (c *Collector) close(ctx context.Context) error {
	entry := c.entry()
	if entry == nil {
		return nil
	}
	begins := monday(c.env.Clock.Now().Add(-settled).In(c.env.Policy().Zone()))
	for range closedWeeks {
		ends := begins
		begins = begins.AddDate(0, 0, -7)
		made, err := c.reported(ctx, entry.Key, begins)
		if err != nil {
			return err
		}
		if made {
			continue
		}
		if err := c.report(ctx, entry, begins, ends); err != nil {
			return fmt.Errorf("report the use of the application in the week of %s: %w", begins.Format(time.DateOnly), err)
		}
	}
	return nil
}

// monday is the midnight with which the week of t began, on the wall of t's zone.
func monday(t time.Time) time.Time {
	back := (int(t.Weekday()) + 6) % 7
	return time.Date(t.Year(), t.Month(), t.Day()-back, 0, 0, 0, 0, t.Location())
}

func (c *Collector) reported(ctx context.Context, activity string, week time.Time) (bool, error) {
	var n int
	err := c.env.DB.QueryRowContext(ctx, "select count(*) from usage_week where activity = $1 and week = $2", activity, week.UnixMilli()).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for a week's report: %w", store.Classify(err))
	}
	return n > 0, nil
}

// report counts a week and keeps what it found. A week in which nobody used the
// application has no report.
func (c *Collector) report(ctx context.Context, entry *policy.Activity, begins, ends time.Time) error {
	s := span{events: c.env.Events, from: begins, to: ends}
	people, err := s.people(ctx)
	if err != nil || people == 0 {
		return err
	}
	w := Week{Begins: begins}
	if people >= SmallestGroup {
		w.People = people
		for _, x := range counted {
			if !entry.Has(x.field) {
				continue
			}
			l, err := s.list(ctx, x.column)
			if err != nil {
				return fmt.Errorf("count %s: %w", x.field, err)
			}
			l.Field = x.field
			w.Lists = append(w.Lists, l)
		}
	}
	return c.keep(ctx, entry.Key, w)
}

// keep stores a report; the one of another node that was quicker stands.
func (c *Collector) keep(ctx context.Context, activity string, w Week) error {
	week := w.Begins.UnixMilli()
	return c.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		done, err := tx.ExecContext(ctx, "insert into usage_week (activity, week, people) values ($1, $2, $3) on conflict do nothing", activity, week, w.People)
		if err != nil {
			return store.Classify(err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return err
		}
		for _, l := range w.Lists {
			lines := l.Lines
			if l.Others > 0 {
				lines = append(slices.Clone(lines), Line{"", l.Others})
			}
			for _, x := range lines {
				_, err := tx.ExecContext(ctx, "insert into usage_figure (activity, week, field, name, people) values ($1, $2, $3, $4, $5)", activity, week, l.Field, x.Name, x.People)
				if err != nil {
					return store.Classify(err)
				}
			}
		}
		return nil
	})
}

// span is the events of a week. Where a month ends in it, its events lie in two
// partitions whose people can not be tied together: the larger number counts, which is
// never more people than there were.
type span struct {
	events   *event.Store
	from, to time.Time
}

const ofSpan = ` from usage_event e left join usage_event_word w on w.id = e.%s where e.id >= $1 and e.id < $2 and e.person is not null`

// each calls f with each partition of the week, and the bounds of its ids.
func (s span) each(ctx context.Context, f func(ctx context.Context, q store.Querier, bounds []any) error) error {
	bounds := []any{s.from.UnixMilli() << 22, s.to.UnixMilli() << 22}
	return s.events.In(ctx, eventTable, s.from, s.to, func(ctx context.Context, q store.Querier, _ event.Partition) error {
		return store.Classify(f(ctx, q, slices.Clone(bounds)))
	})
}

// people is how many there were.
func (s span) people(ctx context.Context) (int64, error) { return s.others(ctx, "function", nil) }

// others is how many people were met with other values of a column than these.
func (s span) others(ctx context.Context, column string, told []Line) (most int64, err error) {
	query := "select count(distinct e.person)" + fmt.Sprintf(ofSpan, column)
	var names []any
	if len(told) > 0 {
		marks := make([]string, len(told))
		for i, l := range told {
			marks[i] = "$" + strconv.Itoa(i+3)
			names = append(names, l.Name)
		}
		query += " and coalesce(w.text, '') not in (" + strings.Join(marks, ", ") + ")"
	}
	err = s.each(ctx, func(ctx context.Context, q store.Querier, bounds []any) error {
		var n int64
		err := q.QueryRowContext(ctx, query, append(bounds, names...)...).Scan(&n)
		most = max(most, n)
		return err
	})
	return most, err
}

// list counts the values of a column. What stays untold stands for enough people too,
// or for nobody: else who is in it could be told by subtraction.
func (s span) list(ctx context.Context, column string) (List, error) {
	told, err := s.lines(ctx, column)
	if err != nil {
		return List{}, err
	}
	for {
		others, err := s.others(ctx, column, told)
		switch {
		case err != nil:
			return List{}, err
		case others == 0 || others >= SmallestGroup:
			return List{Lines: told, Others: others}, nil
		case len(told) == 0:
			return List{}, nil
		}
		told = told[:len(told)-1]
	}
}

// longestList is how many lines a list has.
const longestList = 50

// lines are the values that enough people were met with, the most frequent first. An
// unknown value is none.
func (s span) lines(ctx context.Context, column string) ([]Line, error) {
	found := map[string]int64{}
	query := "select w.text, count(distinct e.person)" + fmt.Sprintf(ofSpan, column) +
		" and w.text <> '' group by w.text having count(distinct e.person) >= " + strconv.Itoa(SmallestGroup)
	err := s.each(ctx, func(ctx context.Context, q store.Querier, bounds []any) error {
		rows, err := q.QueryContext(ctx, query, bounds...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var l Line
			if err := rows.Scan(&l.Name, &l.People); err != nil {
				return err
			}
			found[l.Name] = max(found[l.Name], l.People)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, err
	}
	all := make([]Line, 0, len(found))
	for name, n := range found {
		all = append(all, Line{name, n})
	}
	slices.SortFunc(all, byPeople)
	return all[:min(len(all), longestList)], nil
}

func byPeople(a, b Line) int {
	if a.People != b.People {
		return int(b.People - a.People)
	}
	return strings.Compare(a.Name, b.Name)
}

// longestSeries is how many weeks are listed: a year.
const longestSeries = 53

// Weeks lists the reports on an entry's use, the newest first.
func (c *Collector) Weeks(ctx context.Context, activity string) ([]Week, error) {
	rows, err := c.env.DB.QueryContext(ctx, "select week, people from usage_week where activity = $1 order by week desc limit $2", activity, longestSeries)
	if err != nil {
		return nil, fmt.Errorf("read the weeks' reports: %w", store.Classify(err))
	}
	defer rows.Close()
	var all []Week
	for rows.Next() {
		var w Week
		var at int64
		if err := rows.Scan(&at, &w.People); err != nil {
			return nil, fmt.Errorf("read a week's report: %w", store.Classify(err))
		}
		w.Begins = time.UnixMilli(at).In(c.env.Policy().Zone())
		all = append(all, w)
	}
	return all, rows.Err()
}

// Lists returns the figures of a week, those of each field that can be told.
func (c *Collector) Lists(ctx context.Context, activity string, week time.Time) (all []List, err error) {
	for _, x := range counted {
		l := List{Field: x.field}
		if err := c.read(ctx, activity, week, &l); err != nil {
			return nil, fmt.Errorf("read the figures of a week: %w", store.Classify(err))
		}
		if len(l.Lines) > 0 || l.Others > 0 {
			all = append(all, l)
		}
	}
	return all, nil
}

func (c *Collector) read(ctx context.Context, activity string, week time.Time, l *List) error {
	rows, err := c.env.DB.QueryContext(ctx, "select name, people from usage_figure where activity = $1 and week = $2 and field = $3", activity, week.UnixMilli(), l.Field)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var x Line
		if err := rows.Scan(&x.Name, &x.People); err != nil {
			return err
		}
		if x.Name == "" {
			l.Others = x.People
			continue
		}
		l.Lines = append(l.Lines, x)
	}
	slices.SortFunc(l.Lines, byPeople)
	return rows.Err()
}
