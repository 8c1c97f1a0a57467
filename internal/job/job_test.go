package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/policy/period"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

var start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, db *store.DB, clk clock.Clock) *Queue {
	t.Helper()
	q, err := Open(context.Background(), db, clk, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func enqueue(t testing.TB, q *Queue, n New) (id string) {
	t.Helper()
	err := q.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		id, err = q.Enqueue(ctx, tx, n)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func step(t testing.TB, q *Queue, want bool) {
	t.Helper()
	if ran, err := q.Step(context.Background()); err != nil || ran != want {
		t.Fatalf("step ran %v, %v; want %v", ran, err, want)
	}
}

func wantKind(t testing.TB, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Fatalf("the error is %v, want one of kind %v", err, kind)
	}
}

func TestTheManifestDeclaresTheLiveSchema(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, clock.At(start))
		m := Manifest()
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		declared := map[string][]string{"store_migration": {"room", "name", "hash"}}
		for _, table := range m.Tables {
			for _, c := range table.Columns {
				declared[table.Name] = append(declared[table.Name], c.Name)
			}
		}
		live, err := db.Columns(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(declared, live); diff != "" {
			t.Errorf("declared (-) and live (+) differ:\n%s", diff)
		}
	})
}

func TestAJobRunsOnceItsTransactionCommitted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clk := clock.At(start)
		q := open(t, db, clk)
		var got []string
		q.Handle("mail.send", func(_ context.Context, j Job) error {
			var payload struct{ Letter string }
			err := j.Decode(&payload)
			got = append(got, fmt.Sprintf("%s %d", payload.Letter, j.Attempt))
			return err
		}, Options{})
		step(t, q, false)
		err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if _, err := q.Enqueue(ctx, tx, New{Kind: "mail.send", Payload: map[string]string{"letter": "lost"}}); err != nil {
				t.Error(err)
			}
			return errors.New("changed my mind")
		})
		if err == nil {
			t.Fatal("the transaction did not fail")
		}
		step(t, q, false)
		enqueue(t, q, New{Kind: "mail.send", Payload: map[string]string{"letter": "late"}, At: start.Add(time.Hour)})
		enqueue(t, q, New{Kind: "mail.send", Payload: map[string]string{"letter": "now"}})
		enqueue(t, q, New{Kind: "nobody.does", Payload: nil})
		step(t, q, true)
		step(t, q, false)
		clk.Advance(time.Hour)
		step(t, q, true)
		step(t, q, false)
		if diff := cmp.Diff([]string{"now 1", "late 1"}, got); diff != "" {
			t.Error(diff)
		}
		pending, err := q.Pending(t.Context())
		if diff := cmp.Diff(map[string]int{"nobody.does": 1}, pending); err != nil || diff != "" {
			t.Error(diff, err)
		}
	})
}

func TestAPoisonJobBacksOffAndIsSetAside(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clk := clock.At(start)
		q := open(t, db, clk)
		var at []time.Duration
		q.Handle("poison", func(context.Context, Job) error {
			at = append(at, clk.Now().Sub(start))
			if len(at) == 2 {
				panic("anna@example.org")
			}
			return fmt.Errorf("550 user anna@example.org at 192.168.1.77 unknown %s", strings.Repeat("ü", 300))
		}, Options{MaxAttempts: 4, Backoff: time.Minute})
		id := enqueue(t, q, New{Kind: "poison", Key: "k", Payload: []int{1}})
		for range 10 {
			if _, err := q.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
			clk.Advance(time.Minute)
		}
		m := time.Minute
		if diff := cmp.Diff([]time.Duration{0, m, 3 * m, 7 * m}, at); diff != "" {
			t.Error(diff)
		}
		aside, err := q.SetAside(t.Context())
		if err != nil || len(aside) != 1 {
			t.Fatal(aside, err)
		}
		j := aside[0]
		if j.ID != id || j.Key != "k" || j.Attempt != 4 || !j.SetAside.Equal(start.Add(7*m)) || string(j.Payload) != "[1]" {
			t.Errorf("set aside: %+v", j)
		}
		if !strings.HasPrefix(j.Error, "550 user … at … unknown üüü") || len(j.Error) > maxError {
			t.Errorf("the error is kept as %q", j.Error)
		}

		again := enqueue(t, q, New{Kind: "poison", Key: "k"}) // the key is free again
		wantKind(t, q.Retry(t.Context(), id), fault.Conflict)
		if again == id {
			t.Error("the job that was set aside took the new one")
		}
		if _, err := db.ExecContext(t.Context(), "delete from job where id = $1", again); err != nil {
			t.Fatal(err)
		}
		if err := q.Retry(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		step(t, q, true)
		wantKind(t, q.Discard(t.Context(), id), fault.NotFound) // it waits, and is not set aside
		wantKind(t, q.Retry(t.Context(), "nothing"), fault.NotFound)
		for range 5 {
			clk.Advance(longest)
			q.Step(t.Context())
		}
		if err := q.Discard(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	})
}

func TestALeaseThatEndsGivesTheJobToAnother(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clk := clock.At(start)
		dead, q := open(t, db, clk), open(t, db, clk)
		ran := 0
		for _, x := range []*Queue{dead, q} {
			x.Handle("work", func(context.Context, Job) error { ran++; return nil }, Options{Lease: time.Minute, MaxAttempts: 3})
		}
		enqueue(t, dead, New{Kind: "work"})
		claimed, err := dead.claim(t.Context(), 5)
		if err != nil || len(claimed) != 1 {
			t.Fatal(claimed, err)
		}
		step(t, q, false)
		clk.Advance(time.Minute)
		again, err := q.claim(t.Context(), 1)
		if err != nil || len(again) != 1 || again[0].Attempt != 2 {
			t.Fatal(again, err)
		}
		if err := dead.do(t.Context(), claimed[0]); err != nil { // it was only slow, and ends too late
			t.Fatal(err)
		}
		if pending, _ := q.Pending(t.Context()); pending["work"] != 1 {
			t.Error("who lost the lease ended the job")
		}
		if err := q.do(t.Context(), again[0]); err != nil || ran != 2 {
			t.Fatal(ran, err)
		}
		if pending, _ := q.Pending(t.Context()); len(pending) != 0 {
			t.Errorf("pending %v", pending)
		}
	})
}

func TestAJobThatKillsItsWorkerIsSetAside(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clk := clock.At(start)
		q := open(t, db, clk)
		q.Handle("killer", func(context.Context, Job) error { return nil }, Options{Lease: time.Minute, MaxAttempts: 2})
		enqueue(t, q, New{Kind: "killer"})
		for range 2 {
			if claimed, err := q.claim(t.Context(), 1); err != nil || len(claimed) != 1 {
				t.Fatal(claimed, err)
			}
			clk.Advance(time.Minute)
		}
		step(t, q, false)
		if aside, err := q.SetAside(t.Context()); err != nil || len(aside) != 1 || !strings.Contains(aside[0].Error, "did not come back") {
			t.Error(aside, err)
		}
	})
}

func TestAKeyWaitsOnlyOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clk := clock.At(start)
		q := open(t, db, clk)
		ran := 0
		var during func()
		q.Handle("sum", func(context.Context, Job) error {
			ran++
			if during != nil {
				during()
			}
			return nil
		}, Options{})
		first := enqueue(t, q, New{Kind: "sum", Key: "day", At: start.Add(time.Hour)})
		if second := enqueue(t, q, New{Kind: "sum", Key: "day"}); second != first {
			t.Error("the same work waits twice")
		}
		enqueue(t, q, New{Kind: "sum", Key: "other", At: start.Add(48 * time.Hour)})
		during = func() { // comes too late for the run that is going on
			enqueue(t, q, New{Kind: "sum", Key: "day", At: start.Add(2 * time.Hour)})
			enqueue(t, q, New{Kind: "sum", Key: "day", At: start.Add(time.Hour)})
			enqueue(t, q, New{Kind: "sum", Key: "day", At: start.Add(3 * time.Hour)})
		}
		step(t, q, true) // brought forward by the second
		during = nil
		step(t, q, false)
		clk.Advance(time.Hour)
		step(t, q, true)
		clk.Advance(10 * time.Hour)
		step(t, q, false)
		if ran != 2 {
			t.Errorf("ran %d times", ran)
		}
	})
}

func TestAPeriodicJobKeepsItsRhythm(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clk := clock.At(time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC))
		var ran []string
		broken := false
		node := func() *Queue {
			q := open(t, db, clk)
			q.Every("monthly", period.Period{Months: 1}, func(context.Context, Job) error {
				ran = append(ran, clk.Now().Format(time.DateOnly))
				if broken {
					return errors.New("broken")
				}
				return nil
			}, Options{MaxAttempts: 1})
			return q
		}
		q := node()
		for range 60 {
			q.Step(t.Context())
			clk.Advance(24 * time.Hour)
		}
		clk.Advance(300 * 24 * time.Hour) // nothing ran meanwhile
		q = node()
		step(t, q, true)
		step(t, q, false)
		broken = true
		clk.Advance(31 * 24 * time.Hour)
		step(t, q, true)
		broken = false
		clk.Advance(31 * 24 * time.Hour)
		step(t, q, true)
		want := []string{"2027-02-15", "2027-03-15", "2028-01-10", "2028-02-10", "2028-03-12"}
		if diff := cmp.Diff(want, ran); diff != "" {
			t.Error(diff)
		}
		if aside, err := q.SetAside(t.Context()); err != nil || len(aside) != 1 {
			t.Errorf("the broken run is not visible: %v, %v", aside, err)
		}
	})
}

func TestPayloadsThatMayBePersonalAreRefused(t *testing.T) {
	for name, n := range map[string]New{
		"mail address": {Kind: "k", Payload: "anna@example.org"}, "sentence": {Kind: "k", Payload: []any{1, map[string]string{"a": "Anna called"}}},
		"as a key": {Kind: "k", Payload: map[string]int{"anna@example.org": 1}}, "address": {Kind: "k", Payload: "192.168.1.77"},
		"in the job's key": {Kind: "k", Key: "anna@example.org"}, "no kind": {Payload: 1}, "kind": {Kind: "Anna Müller"},
		"not JSON": {Kind: "k", Payload: func() {}},
	} {
		_, err := n.check()
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := New{Kind: "k", Payload: make([]int, maxPayload)}.check()
	wantKind(t, err, fault.TooLarge)
	if _, err := (New{Kind: "rights.erase", Key: store.NewID(), Payload: map[string]any{"subject": store.NewID(), "rules": []string{"analytics/all/collection"}, "n": 1.5}}).check(); err != nil {
		t.Error(err)
	}
}
