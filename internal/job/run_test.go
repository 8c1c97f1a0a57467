package job

import (
	"context"
	"sync"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

func TestRunWorksWakesAndStopsGracefully(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clk := clock.At(start)
		q := open(t, db, clk)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		done := make(chan string)
		slow, release := make(chan struct{}), make(chan struct{})
		q.Handle("quick", func(_ context.Context, j Job) error { done <- j.Key; return nil }, Options{Lease: 1000 * time.Hour})
		q.Handle("slow", func(ctx context.Context, _ Job) error { close(slow); <-release; return ctx.Err() }, Options{Lease: 1000 * time.Hour})
		ended := make(chan error, 1)
		go func() { ended <- q.Run(ctx, 3) }()

		enqueue(t, q, New{Kind: "quick", Key: "a"}) // wakes it
		if got := <-done; got != "a" {
			t.Error(got)
		}
		enqueue(t, q, New{Kind: "quick", Key: "b", At: start.Add(time.Minute)})
		clk.Advance(time.Minute)
		other := open(t, db, clk) // another node's enqueue is seen by the clock
		enqueue(t, other, New{Kind: "quick", Key: "c"})
		var got []string
		var all sync.WaitGroup
		all.Go(func() { got = append(got, <-done, <-done) })
		ticking, enough := context.WithCancel(ctx)
		defer enough()
		go func() { all.Wait(); enough() }()
		for ticking.Err() == nil {
			clk.Advance(time.Millisecond)
		}
		if len(got) != 2 {
			t.Errorf("ran %v", got)
		}

		enqueue(t, q, New{Kind: "slow"})
		<-slow
		stop()
		select {
		case err := <-ended:
			t.Fatalf("Run returned %v while a handler ran", err)
		default:
		}
		close(release)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if pending, err := q.Pending(t.Context()); err != nil || len(pending) != 0 {
			t.Errorf("the slow job was not ended: %v, %v", pending, err)
		}
	})
}

func TestAHandlerIsToldWhenItsLeaseEnds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clk := clock.At(start)
		q := open(t, db, clk)
		begun := make(chan struct{})
		q.Handle("endless", func(ctx context.Context, _ Job) error { close(begun); <-ctx.Done(); return ctx.Err() }, Options{Lease: time.Minute, MaxAttempts: 1})
		enqueue(t, q, New{Kind: "endless"})
		ended := make(chan error, 1)
		go func() { _, err := q.Step(context.Background()); ended <- err }()
		<-begun
		for {
			select {
			case err := <-ended:
				if err != nil {
					t.Fatal(err)
				}
				return
			default:
				clk.Advance(time.Second)
			}
		}
	})
}

func TestWaitEndsAfterWhatRunIsAt(t *testing.T) {
	q := open(t, storetest.Open(t, storetest.SQLite(t)), clock.System)
	begun, goOn := make(chan struct{}), make(chan struct{})
	done := false
	q.Handle("slow", func(context.Context, Job) error { close(begun); <-goOn; done = true; return nil }, Options{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- q.Run(ctx, 1) }()
	enqueue(t, q, New{Kind: "slow"})
	<-begun
	go close(goOn)
	if !q.Wait() || !done {
		t.Error("did not wait for a job that runs")
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if q.Wait() {
		t.Error("waits for nothing")
	}
}

func TestManyNodesShareTheWork(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		const jobs = 200
		var mu sync.Mutex
		ran := map[string]int{}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var nodes sync.WaitGroup
		queues := make([]*Queue, 3)
		for i := range queues {
			q := open(t, db, clock.System)
			q.Handle("work", func(_ context.Context, j Job) error {
				mu.Lock()
				defer mu.Unlock()
				if ran[j.ID]++; len(ran) == jobs {
					stop()
				}
				return nil
			}, Options{})
			queues[i] = q
			nodes.Go(func() {
				if err := q.Run(ctx, 4); err != nil {
					t.Error(err)
				}
			})
		}
		err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			for range jobs {
				if _, err := queues[0].Enqueue(ctx, tx, New{Kind: "work"}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		nodes.Wait()
		for id, n := range ran {
			if n != 1 {
				t.Errorf("job %s ran %d times without a crash", id, n)
			}
		}
	})
}
