package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kept/internal/clock"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// A random history of enqueueing, rolling back, working, failing, crashing and
// waiting. Afterwards every committed job has run since it was last enqueued,
// or was set aside after all its attempts; none that was rolled back ever ran.
func TestEveryCommittedJobRunsAndNoOtherDoes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rapid.Check(t, func(t *rapid.T) {
			h := begin(t, db)
			t.Repeat(map[string]func(*rapid.T){
				"enqueue": h.enqueue, "work": h.work, "crash": h.crash, "wait": h.wait, "": h.check,
			})
			h.drain(t)
		})
	})
}

const attempts = 3

// history is a queue and what must become of its jobs.
type history struct {
	q     *Queue
	clk   *clock.Manual
	jobs  map[string]*expectation
	fails bool  // whether the handler fails
	wrong error // what the handler saw and must not
}

type expectation struct {
	owed       bool // it was committed, and has not run since
	rolledBack bool
	begun      int // attempts since it last went well
}

func begin(t *rapid.T, db *store.DB) *history {
	h := &history{clk: clock.At(start), jobs: map[string]*expectation{}}
	var err error
	if h.q, err = Open(context.Background(), db, h.clk, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(context.Background(), "delete from job"); err != nil {
		t.Fatal(err)
	}
	h.q.Handle("work", h.handle, Options{Lease: time.Minute, MaxAttempts: attempts, Backoff: time.Second})
	return h
}

func (h *history) handle(_ context.Context, j Job) error {
	x := h.jobs[j.ID]
	if x == nil || x.rolledBack {
		h.wrong = fmt.Errorf("job %s ran, which nobody committed", j.ID)
		return nil
	}
	if h.clk.Now().Before(j.Enqueued) {
		h.wrong = fmt.Errorf("job %s ran before its time", j.ID)
	}
	if x.begun++; h.fails {
		return errors.New("failed")
	}
	x.owed, x.begun = false, 0
	return nil
}

func (h *history) enqueue(t *rapid.T) {
	n := New{
		Kind: "work",
		Key:  rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "key"),
		At:   h.clk.Now().Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "delay")) * time.Second),
	}
	commits := rapid.Bool().Draw(t, "commits")
	var id string
	err := h.q.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		if id, err = h.q.Enqueue(ctx, tx, n); err == nil && !commits {
			err = errRollback
		}
		return err
	})
	if err != nil && !errors.Is(err, errRollback) {
		t.Fatal(err)
	}
	x, known := h.jobs[id]
	if !known {
		x = &expectation{rolledBack: !commits}
		h.jobs[id] = x
	}
	x.owed = x.owed || commits
}

var errRollback = errors.New("changed my mind")

func (h *history) work(t *rapid.T) {
	h.fails = rapid.Bool().Draw(t, "fails")
	if _, err := h.q.Step(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// crash takes a job and is never heard of again.
func (h *history) crash(t *rapid.T) {
	claimed, err := h.q.claim(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range claimed {
		if x := h.jobs[j.ID]; x != nil {
			x.begun++
		}
	}
}

func (h *history) wait(t *rapid.T) {
	h.clk.Advance(time.Duration(rapid.IntRange(1, 120).Draw(t, "seconds")) * time.Second)
}

func (h *history) check(t *rapid.T) {
	if h.wrong != nil {
		t.Fatal(h.wrong)
	}
	aside, err := h.q.SetAside(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range aside {
		// Whoever enqueues a running job again gives it all its attempts again.
		if x := h.jobs[j.ID]; x.begun == 0 || x.begun%attempts != 0 {
			t.Fatalf("job %s was set aside after %d attempts", j.ID, x.begun)
		}
	}
}

// drain lets everything run and compares.
func (h *history) drain(t *rapid.T) {
	h.fails = false
	for range 1000 {
		ran, err := h.q.Step(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if !ran {
			h.clk.Advance(30 * time.Second)
		}
		if pending, err := h.q.Pending(context.Background()); err != nil || len(pending) == 0 {
			break
		}
	}
	h.check(t)
	aside := map[string]bool{}
	jobs, err := h.q.SetAside(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		aside[j.ID] = true
	}
	for id, x := range h.jobs {
		if x.owed && !aside[id] {
			t.Errorf("job %s was committed and never ran", id)
		}
	}
}
