package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

var (
	start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	seed  = bytes.Repeat([]byte{7}, 32)
)

const origin = "agentur.example/ledger"

func open(t testing.TB, db *store.DB, c Config) *Ledger {
	t.Helper()
	if c.Origin == "" {
		c.Origin = origin
	}
	if c.Key == nil {
		c.Key = seed
	}
	if c.Clock == nil {
		c.Clock = clock.At(start)
	}
	l, err := Open(context.Background(), db, c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// fill appends n leaves in one transaction and returns their ids.
func fill(t testing.TB, l *Ledger, n int) (ids []string) {
	t.Helper()
	acts := make([]Act, n)
	for i := range acts {
		acts[i] = Act{"retention.ran", map[string]any{"rows": i}}
	}
	err := l.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		ids, err = l.AppendAll(ctx, tx, acts)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func sequence(t testing.TB, l *Ledger, want int) {
	t.Helper()
	if n, err := l.Sequence(context.Background()); err != nil || n != want {
		t.Fatalf("sequenced %d leaves, %v; want %d", n, err, want)
	}
}

func wantKind(t testing.TB, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Fatalf("the error is %v, want one of kind %v", err, kind)
	}
}

func wantWhole(t testing.TB, l *Ledger, leaves int64) {
	t.Helper()
	r, err := l.Verify(context.Background(), nil)
	if err != nil || r.Bad != nil || r.Leaves != leaves {
		t.Fatalf("verified %d leaves of %d, found %+v, %v", r.Leaves, leaves, r.Bad, err)
	}
}

func TestTheManifestDeclaresTheLiveSchema(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, Config{})
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

func TestALeafLivesAndDiesWithItsTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := open(t, db, Config{})
		var lost string
		err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			lost, _ = l.Append(ctx, tx, "consent.given", nil)
			return errors.New("changed my mind")
		})
		if err == nil {
			t.Fatal("the transaction did not fail")
		}
		_, err = l.Prove(t.Context(), lost)
		wantKind(t, err, fault.NotFound)
		sequence(t, l, 0)

		id := fill(t, l, 1)[0]
		_, err = l.Prove(t.Context(), id)
		wantKind(t, err, fault.Conflict)
		sequence(t, l, 1)
		if _, err := l.Prove(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	})
}

func TestRecentAndCount(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clk := clock.At(start)
		l := open(t, db, Config{Clock: clk})
		var ids []string
		for range 3 {
			clk.Advance(time.Minute)
			ids = append(ids, fill(t, l, 1)...)
			if len(ids) < 3 {
				sequence(t, l, 1)
			}
		}
		recent, err := l.Recent(t.Context(), 2)
		if err != nil || len(recent) != 2 {
			t.Fatal(recent, err)
		}
		if recent[0].ID != ids[2] || recent[0].Index != -1 || recent[1].ID != ids[1] || recent[1].Index != 1 {
			t.Errorf("the latest leaves are %+v", recent)
		}
		if !recent[0].At.Equal(clk.Now()) || string(recent[0].Facts) != `{"rows":0}` {
			t.Errorf("the leaf reads %+v", recent[0])
		}
		counts, err := l.Count(t.Context())
		if diff := cmp.Diff(map[string]int64{"retention.ran": 2}, counts); err != nil || diff != "" {
			t.Error(diff, err)
		}
	})
}

// Two transactions at once; the one that began earlier commits later. A
// sequencer that goes by order of ids would lose it.
func TestALateCommitIsNotLost(t *testing.T) {
	l := open(t, storetest.Open(t, storetest.Postgres(t)), Config{})
	var early string
	begun, commit := make(chan struct{}), make(chan struct{})
	var late sync.WaitGroup
	late.Go(func() {
		err := l.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
			early, err = l.Append(ctx, tx, "consent.given", nil)
			close(begun)
			<-commit
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	fill(t, l, 3)
	sequence(t, l, 3)
	close(commit)
	late.Wait()
	sequence(t, l, 1)
	p, err := l.Prove(t.Context(), early)
	if err != nil || p.Index != 3 {
		t.Errorf("the late leaf has place %d, %v", p.Index, err)
	}
	wantWhole(t, l, 4)
}

func TestManySequencersAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const nodes, rounds, each = 3, 10, 5
		var ids [nodes][]string
		var all sync.WaitGroup
		for n := range nodes {
			l := open(t, db, Config{})
			all.Go(func() {
				for range rounds {
					ids[n] = append(ids[n], fill(t, l, each)...)
					if _, err := l.Sequence(context.Background()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		l := open(t, db, Config{})
		sequence(t, l, 0)
		wantWhole(t, l, nodes*rounds*each)
		for n := range nodes {
			for _, id := range ids[n] {
				if _, err := l.Prove(t.Context(), id); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func TestRunWakesOnAppendAndByTheClock(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clk := clock.At(start)
		l, other := open(t, db, Config{Clock: clk}), open(t, db, Config{})
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		ended := make(chan error, 1)
		go func() { ended <- l.Run(ctx) }()
		proven := func(id string, tick time.Duration) {
			t.Helper()
			for ctx.Err() == nil {
				clk.Advance(tick)
				if _, err := l.Prove(ctx, id); err == nil {
					return
				} else if !fault.Is(err, fault.Conflict) {
					t.Fatal(err)
				}
			}
		}
		proven(fill(t, l, 1)[0], 0)
		proven(fill(t, other, 1)[0], pause)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestCheckpointsAreThinnedOutUnlessPublished(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clk := clock.At(start)
		l := open(t, db, Config{Clock: clk})
		for i := range 6 {
			fill(t, l, 1)
			sequence(t, l, 1)
			if i == 1 {
				if c, err := l.Publish(t.Context()); err != nil || c.Size != 2 {
					t.Fatal(c, err)
				}
			}
			clk.Advance(20 * time.Minute) // 12:00 12:20 12:40 13:00 13:20 13:40
		}
		var kept []string
		rows, err := db.QueryContext(t.Context(), "select size from ledger_checkpoint order by size")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var size int
			rows.Scan(&size)
			kept = append(kept, fmt.Sprint(size))
		}
		if got := strings.Join(kept, " "); got != "2 3 6" {
			t.Errorf("kept the checkpoints of sizes %s", got)
		}
	})
}

func TestAnotherKeyOrOriginIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := open(t, db, Config{})
		fill(t, l, 1)
		sequence(t, l, 1)
		for _, c := range []Config{
			{Origin: origin, Key: bytes.Repeat([]byte{8}, 32)},
			{Origin: "other.example/ledger", Key: seed},
			{Origin: origin, Key: seed[:31]},
			{Origin: "with space", Key: seed},
		} {
			c.Clock = clock.At(start)
			_, err := Open(t.Context(), db, c)
			wantKind(t, err, fault.Invalid)
		}
	})
}
