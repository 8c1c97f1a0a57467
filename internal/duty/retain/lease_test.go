package retain_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/store"
)

// A run of another process is left alone as long as it says that it works, and
// finished once it does not any more.
func TestTheRunOfAnotherProcessIsLeftAlone(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		h.WriteLetter(h.Join(h.Subject("ada"), "ada@circle.example"), "x")
		live(h, s, dutytest.Start.AddDate(0, 0, 29))
		h.Clock.Advance(23 * time.Hour)
		h.Exec(`insert into retain_run (id, state, kind, policy, planned_at, plan) values ('theirs', 'running', 'run', 'x', 1, '{}')`)
		h.Exec("update retain_lease set owner = 'them', until_at = $1", store.At(h.Clock.Now().Add(time.Minute)))
		if _, err := s.Sweep(h.Ctx); !fault.Is(err, fault.Conflict) {
			h.T.Errorf("swept beside another run: %v", err)
		}
		want(h, "runs that are left alone", h.Count("retain_run", "id = 'theirs' and state = 'running'"), 1)
		h.Clock.Advance(time.Minute)
		sweep(h, s)
		want(h, "runs that were interrupted", h.Count("retain_run", "id = 'theirs' and state = 'interrupted'"), 1)
		sweep(h, s) // the lease is free again
	})
}

// A lease from a clock that stood far ahead binds nobody.
func TestALeaseFromAWrongClock(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		sweep(h, s)
		h.Exec("update retain_lease set until_at = $1", store.At(h.Clock.Now().AddDate(1, 0, 0)))
		sweep(h, s)
	})
}

// Two processes that sweep at once end every row once, and neither takes the
// other for dead.
func TestTwoProcessesSweepAtOnce(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		member := h.Join(h.Subject("ada"), "ada@circle.example")
		for i := range 50 {
			h.WriteLetter(member, fmt.Sprint(i))
		}
		live(h, s, dutytest.Start.AddDate(0, 0, 29))
		h.Clock.Set(dutytest.Start.AddDate(0, 0, 29).Add(23 * time.Hour))
		sweep(h, s)
		h.Clock.Advance(2 * time.Hour)
		var ended sync.WaitGroup
		var mu sync.Mutex
		var rows int64
		for range 6 {
			other := open(h)
			ended.Go(func() {
				r, err := other.Sweep(h.Ctx)
				if err != nil && !fault.Is(err, fault.Conflict) {
					h.T.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, d := range r.Done {
					rows += d.Rows
				}
			})
		}
		ended.Wait()
		want(h, "rows that the runs ended", rows, 50)
		want(h, "interrupted runs", h.Count("retain_run", "state = 'interrupted'"), 0)
		want(h, "runs", h.Count("retain_run", "state = 'done'"), 1)
	})
}
