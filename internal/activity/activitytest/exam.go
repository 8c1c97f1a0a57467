package activitytest

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity"
	"kept/internal/clock"
	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/store/storetest"
)

// Config is how a kind is examined.
type Config struct {
	// Policy returns a policy that passes its checks and whose entry of the kind
	// lists fields; without fields it has no such entry.
	Policy func(fields []string) string
	// Fields are those that Plant collects.
	Fields []string
	// Plant has a person do what the kind collects, through the kind's own
	// doors, and returns once it is stored or refused. No two n have the same
	// values.
	Plant func(h *House, n int) Planted
	// Use has the kind use the data of somebody who was planted, in each way it has:
	// write to them, hand it on, take in more. Nil: the kind only keeps it.
	Use func(h *House, p Planted)
	// Looks are requests of staff for each page of the console that shows somebody who
	// was planted. Nil: the kind is not examined for it.
	Looks func(h *House, p Planted) []*http.Request
	// Nobody are the other pages of the console with a name in their address, as their
	// routes' patterns: they show nobody.
	Nobody []string
	// Ends says when the rows of each table are over, in the words of Policy's
	// rules.
	Ends []End
}

// Planted is what was collected.
type Planted struct {
	Subject string            // empty if nobody can tell whose it is
	Values  map[string]string // by field, as text that the person's copy shows
}

// End is a retention rule counted from the collection, once more: the
// examination does its own arithmetic.
type End struct {
	Table        string
	Months, Days int
	Monthly      bool // the rule sweeps once a month
}

// telling is the length from which a value cannot be met by chance.
const telling = 6

// start is when the examination begins, where no date matters.
var start = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

// Run examines kind on both databases.
func Run(t *testing.T, kind activity.Kind, c Config) {
	for name, part := range map[string]func(*testing.T, activity.Kind, Config, store.Config){
		"every column is declared":                    declared,
		"a field that is not listed is never written": listed,
		"nothing runs without an entry":               entered,
		"the copy holds what was collected":           copied,
		"nothing is left after an erasure":            erased,
		"a restriction stops every use":               restricted,
		"a restriction hides the person":              hidden,
		"what is wrong is corrected":                  corrected,
	} {
		t.Run(name, func(t *testing.T) {
			storetest.EachConfig(t, func(t *testing.T, place store.Config) { part(t, kind, c, place) })
		})
	}
	t.Run("retention follows the calendar", func(t *testing.T) {
		for _, day := range []time.Time{
			time.Date(2027, time.January, 31, 10, 30, 0, 0, time.UTC),
			time.Date(2027, time.December, 31, 23, 59, 59, 999e6, time.UTC),
			time.Date(2028, time.February, 29, 0, 0, 0, 0, time.UTC),
			time.Date(2026, time.December, 28, 12, 0, 0, 0, time.UTC),
		} {
			t.Run(day.Format(time.DateOnly), func(t *testing.T) {
				storetest.EachConfig(t, func(t *testing.T, place store.Config) { ended(t, kind, c, place, day) })
			})
		}
	})
}

// declared compares the live schema with the manifest, once there is data.
func declared(t *testing.T, kind activity.Kind, c Config, place store.Config) {
	h := Env(t, place, c.Policy(c.Fields), clock.At(start), kind)
	c.Plant(h, 1)
	m := kind.Manifest()
	for _, table := range m.Tables {
		var names []string
		for _, column := range table.Columns {
			names = append(names, column.Name)
		}
		if live := h.columns(&table); !slices.Equal(slices.Sorted(slices.Values(live)), slices.Sorted(slices.Values(names))) {
			t.Errorf("table %s has the columns %v, its manifest declares %v", table.Name, live, names)
		}
	}
}

// listed leaves each field out of the policy in turn.
func listed(t *testing.T, kind activity.Kind, c Config, place store.Config) {
	h := Env(t, place, c.Policy(c.Fields), clock.At(start), kind)
	m := kind.Manifest()
	others := c.Plant(h, 1).Values // what everybody's row holds tells nothing
	for n, field := range c.Fields {
		h.Clock.Advance(24 * time.Hour)
		rest := slices.DeleteFunc(slices.Clone(c.Fields), func(f string) bool { return f == field })
		h.SetPolicy(c.Policy(rest))
		before := h.storing(&m, field)
		planted := c.Plant(h, 100+n)
		for column, filled := range h.storing(&m, field) {
			if filled > before[column] {
				t.Errorf("%d rows of %s are filled, and the policy does not list %s", filled-before[column], column, field)
			}
		}
		if v := planted.Values[field]; len(v) >= telling && v != others[field] {
			for _, hit := range Texts(h.Everything(), v) {
				t.Errorf("the value of %s is there, and the policy does not list it: %s", field, hit)
			}
		}
	}
}

func isMoment(t *manifest.Table, column string) bool {
	for _, c := range t.Moments {
		if c == column {
			return true
		}
	}
	return false
}

// entered plants under a policy that does not know the kind.
func entered(t *testing.T, kind activity.Kind, c Config, place store.Config) {
	h := Env(t, place, c.Policy(nil), clock.At(start), kind)
	planted := c.Plant(h, 1)
	for _, table := range kind.Manifest().Tables {
		if n := h.Rows(&table); n > 0 {
			t.Errorf("table %s has %d rows, and the policy has no such activity", table.Name, n)
		}
	}
	for _, v := range planted.Values {
		if len(v) >= telling {
			for _, hit := range Texts(h.Everything(), v) {
				t.Errorf("something is stored without an entry in the policy: %s", hit)
			}
		}
	}
}

// copied asks for the person's copy.
func copied(t *testing.T, kind activity.Kind, c Config, place store.Config) {
	h := Env(t, place, c.Policy(c.Fields), clock.At(start), kind)
	planted := c.Plant(h, 1)
	if planted.Subject == "" {
		t.Skip("the kind does not know whose its rows are")
	}
	c.Plant(h, 2)
	text := h.CopyOf(planted.Subject)
	withheld := withheld(kind)
	for field, v := range planted.Values {
		if withheld[field] == strings.Contains(text, v) {
			t.Errorf("whether the copy shows %s (%q): %v; want %v", field, v, withheld[field], !withheld[field])
		}
	}
	for field, v := range c.Plant(h, 3).Values {
		if len(v) >= telling && v != planted.Values[field] && strings.Contains(text, v) {
			t.Errorf("the copy shows somebody else's %s", field)
		}
	}
}

// CopyOf returns the copy of everything that is held about subject, as JSON.
func (h *House) CopyOf(subject string) string {
	h.T.Helper()
	held, err := h.Rights.Access(context.Background(), subject)
	if err != nil {
		h.T.Fatal(err)
	}
	text, err := json.Marshal(held)
	if err != nil {
		h.T.Fatal(err)
	}
	return string(text)
}

// erased has one person erased and another one stay.
func erased(t *testing.T, kind activity.Kind, c Config, place store.Config) {
	h := Env(t, place, c.Policy(c.Fields), clock.At(start), kind)
	planted := c.Plant(h, 1)
	if planted.Subject == "" {
		t.Skip("the kind does not know whose its rows are")
	}
	other := c.Plant(h, 2)
	if _, err := h.Rights.Erase(context.Background(), planted.Subject); err != nil {
		t.Fatal(err)
	}
	h.Work()
	if text := h.CopyOf(other.Subject); !holds(text, other.Values, withheld(kind)) {
		t.Error("another person's data went too")
	}
	h.Close()
	var texts []string
	for field, v := range planted.Values {
		if len(v) >= telling && other.Values[field] != v {
			texts = append(texts, v)
		}
	}
	if len(texts) == 0 {
		t.Fatal("nothing telling was planted")
	}
	for _, hit := range Texts(h.Everything(), texts...) {
		t.Errorf("after the erasure there is still %s", hit)
	}
}

func holds(text string, values map[string]string, withheld map[string]bool) bool {
	for field, v := range values {
		if !withheld[field] && !strings.Contains(text, v) {
			return false
		}
	}
	return true
}

// ended plants on a day and looks right before and at the end of each rule.
func ended(t *testing.T, kind activity.Kind, c Config, place store.Config, day time.Time) {
	m := kind.Manifest()
	for _, end := range c.Ends {
		table, ok := m.Table(end.Table)
		if !ok {
			t.Fatalf("there is no table %s", end.Table)
		}
		t.Run(end.Table, func(t *testing.T) {
			h := Env(t, anew(t, place), c.Policy(c.Fields), clock.At(day), kind)
			c.Plant(h, 1)
			planted := h.Rows(table)
			if planted == 0 {
				t.Fatalf("nothing was planted in %s", end.Table)
			}
			over := end.after(day)
			h.Clock.Set(over.Add(-time.Millisecond))
			h.Sweep()
			if n := h.Rows(table); n != planted {
				t.Fatalf("%d of %d rows are left a moment before %s", n, planted, over)
			}
			if end.Monthly {
				over = time.Date(over.Year(), over.Month()+1, 1, 0, 0, 0, 0, time.UTC)
			}
			h.Clock.Set(over.Add(time.Second)) // what was planted took its time
			h.Sweep()
			if n := h.Rows(table); n != 0 {
				t.Fatalf("%d rows are left at %s", n, over)
			}
		})
	}
}

// anew returns a place of the same kind that nothing lies in.
func anew(t *testing.T, place store.Config) store.Config {
	if place.URL == "" {
		return storetest.SQLite(t)
	}
	return storetest.Postgres(t)
}

// after counts e on the calendar: the same day of a later month; the end of its
// last day, if it has no such day (§ 188(3) BGB).
func (e End) after(t time.Time) time.Time {
	end := time.Date(t.Year(), t.Month()+time.Month(e.Months), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
	if e.Months > 0 && end.Day() != t.Day() {
		end = time.Date(t.Year(), t.Month()+time.Month(e.Months)+1, 1, 0, 0, 0, -1, time.UTC)
	}
	return end.AddDate(0, 0, e.Days)
}

// Rows returns how many rows a table has.
func (h *House) Rows(t *manifest.Table) int64 {
	h.T.Helper()
	return h.count(t, "select count(*) from "+t.Name)
}

// storing returns, by column that stores field, how many rows have something in it.
// Moments are left out: periods run from them, and they are as coarse as a day
// where the field is not listed.
func (h *House) storing(m *manifest.Manifest, field string) map[string]int64 {
	h.T.Helper()
	filled := map[string]int64{}
	for i := range m.Tables {
		t := &m.Tables[i]
		for _, column := range t.Storing(field) {
			if !isMoment(t, column.Name) {
				filled[t.Name+"."+column.Name] = h.count(t, "select count(*) from "+t.Name+" where "+column.Name+" is not null")
			}
		}
	}
	return filled
}

func (h *House) count(t *manifest.Table, query string) (total int64) {
	h.T.Helper()
	h.read(t, func(ctx context.Context, q store.Querier) error {
		var n int64
		err := q.QueryRowContext(ctx, query).Scan(&n)
		total += n
		return err
	})
	return total
}

// Said returns the texts that a query finds in each partition of an event table, oldest
// partition first.
func (h *House) Said(table, query string) (all []string) {
	h.T.Helper()
	h.read(&manifest.Table{Name: table, Shape: manifest.Monthly}, func(ctx context.Context, q store.Querier) error {
		found, err := store.Texts(ctx, q, query)
		all = append(all, found...)
		return err
	})
	return all
}

// columns returns the columns that a table has.
func (h *House) columns(t *manifest.Table) (names []string) {
	h.T.Helper()
	h.read(t, func(ctx context.Context, q store.Querier) error {
		rows, err := q.QueryContext(ctx, "select * from "+t.Name+" where 1 = 0")
		if err != nil {
			return err
		}
		names, err = rows.Columns()
		if err != nil {
			return err
		}
		return rows.Close()
	})
	return names
}

// read runs f on the table, or on each of its partitions.
func (h *House) read(t *manifest.Table, f func(ctx context.Context, q store.Querier) error) {
	h.T.Helper()
	ctx := context.Background()
	var err error
	if t.Shape == manifest.Rows {
		err = f(ctx, h.DB)
	} else {
		err = h.Events.In(ctx, t.Name, time.Time{}, time.Time{}, func(ctx context.Context, q store.Querier, _ event.Partition) error { return f(ctx, q) })
	}
	if err != nil {
		h.T.Fatal(err)
	}
}
