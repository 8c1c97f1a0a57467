package event

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/store"
)

func TestARowComesBackAsItWasGiven(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		given := Row{ID: NewID(november), Subject: "anna", Values: []any{
			"/prices?q=ä", "", "203.0.113.7", int64(0), "a note", november.Add(-time.Hour), false, []byte{0, 1, 255}}}
		h.append(given)
		h.append(view(november, "ben", "/"))
		given.At = november
		var got []Row
		if err := h.Of(t.Context(), "visit", "anna", func(r Row) error { got = append(got, r); return nil }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Row{given}, got); diff != "" {
			t.Error(diff)
		}
		if got := h.of("nobody"); got != nil {
			t.Errorf("a subject without a key has rows: %q", got)
		}
	})
}

func TestARowThatDoesNotFitIsRefusedAlone(t *testing.T) {
	h := newHouse(t, sqlite(t), usual)
	good := view(november, "anna", "/")
	cases := map[string]struct {
		change func(r *Row)
		kind   fault.Kind
	}{
		"no id and no time":        {func(r *Row) { r.At = time.Time{} }, fault.Invalid},
		"another time than the id": {func(r *Row) { r.ID = NewID(november.Add(time.Hour)) }, fault.Invalid},
		"before 1970":              {func(r *Row) { r.At = time.Unix(-1, 0) }, fault.Invalid},
		"after ids end":            {func(r *Row) { r.At = latest }, fault.Invalid},
		"a negative id":            {func(r *Row) { r.At, r.ID = time.Time{}, -1 }, fault.Invalid},
		"a number for a text":      {func(r *Row) { r.Values[0] = 1 }, fault.Invalid},
		"a text for a number":      {func(r *Row) { r.Values[3] = "90" }, fault.Invalid},
		"null where none may be":   {func(r *Row) { r.Values[6] = nil }, fault.Invalid},
		"not UTF-8":                {func(r *Row) { r.Values[0] = "\xff" }, fault.Invalid},
		"NUL in a text":            {func(r *Row) { r.Values[4] = "a\x00b" }, fault.Invalid},
		"a word without end":       {func(r *Row) { r.Values[0] = strings.Repeat("a", longestWord+1) }, fault.TooLarge},
		"a value too few":          {func(r *Row) { r.Values = r.Values[1:] }, fault.Internal},
	}
	for name, c := range cases {
		bad := good
		bad.Values = slices.Clone(good.Values)
		c.change(&bad)
		if err := h.Append(t.Context(), "visit", good, bad); !fault.Is(err, c.kind) {
			t.Errorf("%s: the error is %v, want one of kind %v", name, err, c.kind)
		}
	}
	if n := h.count("visit"); n != 0 {
		t.Errorf("%d rows were stored", n)
	}
	err := h.Append(t.Context(), "knock", Row{At: november, Subject: "anna", Values: []any{"a"}})
	if !fault.Is(err, fault.Internal) {
		t.Errorf("a table about nobody took a subject: %v", err)
	}
}

func TestARowGoesToTheMonthOrDayOfItsID(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for _, at := range []string{
			"2028-01-31T23:59:59.999Z", "2028-02-01T00:00:00Z", "2028-02-29T12:00:00Z", "2028-02-29T23:59:59.999Z",
			"2028-03-01T00:00:00Z", "2027-02-28T23:59:59.999Z", "2027-12-31T23:59:59.999Z", "2028-01-01T00:00:00+02:00",
		} {
			moment, err := time.Parse(time.RFC3339, at)
			if err != nil {
				t.Fatal(err)
			}
			h.append(view(moment, "anna", at))
			if err := h.Append(t.Context(), "knock", Row{At: moment, Values: []any{at}}); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := h.labels("visit"), "2027-02:1 2027-12:2 2028-01:1 2028-02:3 2028-03:1"; got != want {
			t.Errorf("the months are %s, want %s", got, want)
		}
		if got, want := h.labels("knock"), "2027-02-28:1 2027-12-31:2 2028-01-31:1 2028-02-01:1 2028-02-29:2 2028-03-01:1"; got != want {
			t.Errorf("the days are %s, want %s", got, want)
		}
		want := []string{"2027-02-28T23:59:59.999Z", "2028-01-01T00:00:00+02:00", "2027-12-31T23:59:59.999Z"}
		if got := h.of("anna")[:3]; !slices.Equal(got, want) {
			t.Errorf("the first rows of the subject are %q, want %q", got, want)
		}
		oldest, err := h.Oldest(t.Context(), "visit")
		if err != nil || !oldest.Equal(time.Date(2027, 2, 28, 23, 59, 59, 999e6, time.UTC)) {
			t.Errorf("the oldest row is of %v (%v)", oldest, err)
		}
	})
}

func TestSpansCoverTimeWithoutGapOrOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMilli(rapid.Int64Range(1, latest.UnixMilli()-1).Draw(t, "ms")).UTC()
		shape := rapid.SampledFrom([]manifest.Shape{manifest.Monthly, manifest.Daily}).Draw(t, "shape")
		sp := spanOf(shape, at)
		if at.Before(sp.from) || !at.Before(sp.to) {
			t.Fatalf("%v lies outside %v", at, sp)
		}
		if after := spanOf(shape, sp.to); !after.from.Equal(sp.to) {
			t.Fatalf("after %v comes %v", sp, after)
		}
		if again, ok := parseSpan(shape, sp.label); !ok || again != sp {
			t.Fatalf("%s reads as %v", sp.label, again)
		}
		if id := NewID(at); id < sp.first() || id >= sp.end() || !TimeOf(id).Equal(at) || id >= idAfter(at) {
			t.Fatalf("the id %d of %v does not fit", id, at)
		}
	})
}

func TestManyIDsOfOneMillisecondDiffer(t *testing.T) {
	made := map[int64]bool{}
	for range 1 << 20 {
		made[NewID(november)] = true
	}
	if len(made) != 1<<20 {
		t.Errorf("%d ids were made twice", 1<<20-len(made))
	}
}

func TestTheSameIDIsTheSameRow(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		midnight := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
		rows := []Row{view(midnight.Add(-time.Millisecond), "anna", "/a"), view(midnight, "anna", "/b"), view(november, "", "/c")}
		for i := range rows {
			rows[i].ID = NewID(rows[i].At)
		}
		other := h.node(usual)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				s := h.Store
				if i%2 == 1 && h.db.Dialect() == store.Postgres {
					s = other
				}
				if err := s.Append(context.Background(), "visit", rows...); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		h.append(append(rows, rows...)...)
		if n := h.count("visit"); n != 3 {
			t.Errorf("%d rows are stored, want 3", n)
		}
		if got := h.of("anna"); !slices.Equal(got, []string{"/a", "/b"}) {
			t.Errorf("anna's rows are %q", got)
		}
	})
}

func TestInShowsOnePartitionByPlainNames(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for month := range 4 {
			for range month + 1 {
				h.append(view(november.AddDate(0, month, 0), "anna", fmt.Sprint("/", month)))
			}
		}
		var seen []string
		from, to := november.AddDate(0, 1, 0), time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)
		err := h.In(t.Context(), "visit", from, to, func(ctx context.Context, q store.Querier, p Partition) error {
			rows, err := q.QueryContext(ctx, `select w.text, count(*), count(distinct n.id), min(v.at) from visit v
				join visit_word w on w.id = v.page join visit_person n on n.id = v.person group by w.text`)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var page string
				var views, people int
				var first store.Time
				if err := rows.Scan(&page, &views, &people, &first); err != nil {
					return err
				}
				seen = append(seen, fmt.Sprint(page, " ", views, " ", people, " ", first.Format("2006-01-02"), " in ", p.From.Format(monthLabel)))
			}
			return rows.Err()
		})
		want := []string{"/1 2 1 2026-12-21 in 2026-12", "/2 3 1 2027-01-21 in 2027-01"}
		if err != nil || !slices.Equal(seen, want) {
			t.Errorf("seen %q (%v), want %q", seen, err, want)
		}
		err = h.In(t.Context(), "visit", from, to, func(ctx context.Context, q store.Querier, _ Partition) error {
			_, err := q.ExecContext(ctx, "delete from visit")
			return err
		})
		if !fault.Is(err, fault.Refused) {
			t.Errorf("a deletion was answered with %v", err)
		}
		err = h.In(t.Context(), "visit", from, to, func(ctx context.Context, q store.Querier, _ Partition) error {
			rows, err := q.QueryContext(ctx, "delete from visit returning id")
			if err == nil {
				rows.Next()
				err = rows.Err()
				rows.Close()
			}
			return err
		})
		if n := h.count("visit"); err == nil || n != 10 {
			t.Errorf("a deletion dressed as a query left %d rows (%v)", n, err)
		}
	})
}

func TestTheLiveSchemaIsTheDeclaredOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.append(view(november, "anna", "/"))
		if err := h.Append(t.Context(), "knock", Row{At: november, Values: []any{"192.0.2.1"}}); err != nil {
			t.Fatal(err)
		}
		live, err := h.Schema(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		main, err := h.db.Columns(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range append(Tables(visit), Tables(knock)...) {
			if declared.Name == TrailTable(visit).Name && h.db.Dialect() == store.Postgres {
				continue // its index does that
			}
			var want []string
			for _, c := range declared.Columns {
				want = append(want, c.Name)
			}
			got := live[declared.Name]
			if declared.Shape == manifest.Rows {
				got = main[declared.Name]
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", declared.Name, diff)
			}
			delete(live, declared.Name)
		}
		if len(live) != 0 {
			t.Errorf("undeclared tables: %v", live)
		}
	})
}

func TestAnOlderPartitionGetsTheColumnsThatCameLater(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.append(view(november, "anna", "/"))
		if err := h.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		later := visit
		later.Columns = append(slices.Clone(visit.Columns), manifest.Column{Name: "campaign", Class: manifest.Word})
		s, err := Open(t.Context(), h.db, h.vault, h.clock, []manifest.Table{later})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close(t.Context())
		r := view(november, "anna", "/later")
		r.Values = append(r.Values, "autumn")
		if err := s.Append(t.Context(), "visit", r); err != nil {
			t.Fatal(err)
		}
		var got []any
		if err := s.Of(t.Context(), "visit", "anna", func(r Row) error { got = append(got, r.Values[8]); return nil }); err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(got, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
		if diff := cmp.Diff([]any{"", "autumn"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestATableThatCannotBeKeptIsRefused(t *testing.T) {
	h := newHouse(t, sqlite(t), usual)
	cases := map[string]func(t *manifest.Table){
		"no time":         func(t *manifest.Table) { t.Columns = t.Columns[2:] },
		"a sealed column": func(t *manifest.Table) { t.Columns[4].Class = manifest.Sealed },
		"a number's word": func(t *manifest.Table) { t.Columns[3].Type = manifest.IntType },
		"a hidden person": func(t *manifest.Table) { t.Subject = "" },
		"a hostile name":  func(t *manifest.Table) { t.Name = "visit; drop table visit" },
		"a hostile field": func(t *manifest.Table) { t.Columns[3].Name = "a-b" },
		"nothing to keep": func(t *manifest.Table) { t.Columns = t.Columns[:3] },
	}
	for name, change := range cases {
		bad := visit
		bad.Columns = slices.Clone(visit.Columns)
		change(&bad)
		if s, err := Open(t.Context(), h.db, h.vault, h.clock, []manifest.Table{bad}); err == nil {
			s.Close(t.Context())
			t.Errorf("%s: opened", name)
		}
	}
}
