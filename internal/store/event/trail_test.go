package event

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"kept/internal/store"
)

// trails opens a house on SQLite whose trail is brought forward every few rows.
func trails(t *testing.T) *house {
	short := usual
	short.rest = 8
	return newHouse(t, sqlite(t), short)
}

// lost counts rows that no way leads to from their person, and ways that lead to
// no row.
func (h *house) lost() (n int) {
	h.t.Helper()
	err := h.In(context.Background(), "visit", time.Time{}, time.Time{}, func(ctx context.Context, q store.Querier, _ Partition) error {
		var one int
		err := q.QueryRowContext(ctx, `with way as (select person, id from visit_trail union all
			select person, id from visit where person is not null and id > (select value from visit_state where name = 'trail'))
			select (select count(*) from (select person, id from visit where person is not null except select person, id from way))
				+ (select count(*) from (select person, id from way except select person, id from visit))
				+ (select count(*) from way) - (select count(distinct id) from way)`).Scan(&one)
		n += one
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// Whatever happens to the rows, in whatever order they come, a person's are
// found, and only these.
func TestEveryRowOfAPersonIsFound(t *testing.T) {
	h, ctx := trails(t), context.Background()
	want := map[string][]string{}
	at := november
	for i := range 600 {
		who := fmt.Sprint("person ", rand.IntN(5))
		at = at.Add(time.Second)
		switch rand.IntN(20) {
		case 0:
			if _, err := h.Erase(ctx, "visit", who); err != nil {
				t.Fatal(err)
			}
			delete(want, who)
		case 1: // a clock that is behind
			h.append(view(at.Add(-time.Minute), who, fmt.Sprint("/late-", i)))
			want[who] = append(want[who], fmt.Sprint("/late-", i))
		case 2:
			if _, err := h.Anonymise(ctx, "visit", who, at, nil, "agent"); err != nil {
				t.Fatal(err)
			}
		default:
			h.append(view(at, who, fmt.Sprint("/", i)), view(at, "", "/of-nobody"))
			want[who] = append(want[who], fmt.Sprint("/", i))
		}
		if n := h.lost(); n != 0 {
			t.Fatalf("after %d steps, %d rows are lost", i, n)
		}
	}
	for who := range 5 {
		name := fmt.Sprint("person ", who)
		found, all := h.of(name), want[name]
		slices.Sort(found)
		slices.Sort(all)
		if !slices.Equal(found, all) {
			t.Errorf("%s has %d rows, wanted %d", name, len(found), len(all))
		}
	}
	if _, err := h.DeleteThrough(ctx, "visit", at.Add(-time.Minute), nil, 0); err != nil {
		t.Fatal(err)
	}
	if n := h.lost(); n != 0 {
		t.Errorf("after the deletion of old rows, %d rows are lost", n)
	}
}

// Who comes alone waits for a few rows of the trail, and never for thousands.
func TestALoneCallerWaitsForAShortTurn(t *testing.T) {
	lim := usual
	lim.rest = 1024
	h := newHouse(t, sqlite(t), lim)
	at := november
	views := func(n int) (rows []Row) {
		for range n {
			at = at.Add(time.Second)
			rows = append(rows, view(at, fmt.Sprint("person ", rand.IntN(50)), "/"))
		}
		return rows
	}
	h.append(views(1000)...) // the rest is as long as it may be for many
	before := h.trailed()
	for range 100 {
		h.append(views(1)...)
		now := h.trailed()
		if now-before > 64 {
			t.Fatalf("%d rows were taken in at once", now-before)
		}
		before = now
	}
	if before < 800 || h.lost() != 0 {
		t.Errorf("%d of 1,100 rows were taken in, %d are lost", before, h.lost())
	}
	for range 6 {
		h.append(views(250)...)
	}
	if now := h.trailed(); now-before < 800 {
		t.Errorf("%d rows were taken in while large batches came", now-before)
	}
}

// trailed counts the rows that the trail holds.
func (h *house) trailed() (n int) {
	h.t.Helper()
	err := h.In(context.Background(), "visit", time.Time{}, time.Time{}, func(ctx context.Context, q store.Querier, _ Partition) error {
		return q.QueryRowContext(ctx, "select count(*) from visit_trail").Scan(&n)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// A partition that an earlier version made, with an index, gets a trail when it
// is opened.
func TestATrailTakesThePlaceOfTheIndex(t *testing.T) {
	h, ctx := trails(t), context.Background()
	for i := range 30 {
		h.append(view(november.Add(time.Duration(i)*time.Second), "ada", fmt.Sprint("/", i)))
	}
	err := h.shelf.with(ctx, h.tables["visit"], spanOf(visit.Shape, november), func(p *partition) error {
		return p.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			return run(ctx, tx, []string{"drop trigger visit_trail_end", "drop table visit_trail", "delete from visit_state where name = 'trail'",
				"create index visit_person_rows on visit (person) where person is not null"})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(ctx); err != nil {
		t.Fatal(err)
	}
	h.Store = h.node(usual)
	if got := h.of("ada"); len(got) != 30 || h.lost() != 0 {
		t.Errorf("%d of 30 rows are found, %d lost", len(got), h.lost())
	}
	err = h.In(ctx, "visit", time.Time{}, time.Time{}, func(ctx context.Context, q store.Querier, _ Partition) error {
		var left int
		if err := q.QueryRowContext(ctx, "select count(*) from sqlite_master where name = 'visit_person_rows'").Scan(&left); err != nil || left != 0 {
			t.Errorf("the index is still there: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
