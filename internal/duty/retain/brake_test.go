package retain_test

import (
	"context"
	"testing"
	"time"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/store"
)

func TestWhatRanIsInTheLedger(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		h.WriteLetter(h.Join(h.Subject("ada"), "ada@circle.example"), "x")
		live(h, s, dutytest.Start.AddDate(0, 0, 31))
		want(h, "leaves", h.Leaves("retention.ran"), 1)
		runs, err := s.Runs(h.Ctx, 10)
		if err != nil || len(runs) != 1 || len(runs[0].Done) != 1 || runs[0].Done[0].Rows != 1 || runs[0].Leaf == "" {
			h.T.Errorf("runs: %+v, %v", runs, err)
		}
	})
}

func TestTheClockBrake(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		h.WriteLetter(h.Join(h.Subject("ada"), "ada@circle.example"), "x")
		sweep(h, s)
		h.Clock.Advance(365 * 24 * time.Hour)
		r, err := s.Sweep(h.Ctx)
		if err != nil {
			h.T.Fatal(err)
		}
		if !r.Waiting || len(r.Plan.Waits) == 0 || r.Plan.Waits[0].Code != retain.WaitClock {
			h.T.Fatalf("a clock that jumped a year did not stop the run: %+v", r)
		}
		again, err := s.Sweep(h.Ctx)
		if err != nil || !again.Waiting || again.Plan.ID != r.Plan.ID {
			h.T.Errorf("a second run: %+v, %v; want it to wait under the same id", again, err)
		}
		want(h, "letters while it waits", h.Count(dutytest.Letter, "1 = 1"), 1)
		waiting, err := s.Waiting(h.Ctx)
		if err != nil || len(waiting) != 1 || len(waiting[0].Due()) != 1 {
			h.T.Fatalf("waiting: %+v, %v", waiting, err)
		}
		if _, err := s.Confirm(h.Ctx, waiting[0].ID, "owner"); err != nil {
			h.T.Fatal(err)
		}
		want(h, "letters after confirmation", h.Count(dutytest.Letter, "1 = 1"), 0)
		if _, err := s.Confirm(h.Ctx, waiting[0].ID, "owner"); !fault.Is(err, fault.NotFound) {
			h.T.Errorf("confirming twice: %v", err)
		}
		sweep(h, s)
	})
}

// A clock that is set right again leaves a plan behind that would end what is not
// due: it cannot be confirmed, and the next run overtakes it.
func TestAPlanOfAWrongClockCannotBeConfirmed(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		h.WriteLetter(h.Join(h.Subject("ada"), "ada@circle.example"), "x")
		sweep(h, s)
		h.Clock.Advance(365 * 24 * time.Hour)
		r, err := s.Sweep(h.Ctx)
		if err != nil || !r.Waiting {
			h.T.Fatalf("%+v, %v", r, err)
		}
		h.Clock.Set(dutytest.Start.Add(time.Hour))
		if _, err := s.Confirm(h.Ctx, r.Plan.ID, "owner"); !fault.Is(err, fault.Conflict) {
			h.T.Errorf("confirmed: %v", err)
		}
		sweep(h, s)
		if waiting, err := s.Waiting(h.Ctx); err != nil || len(waiting) > 0 {
			h.T.Errorf("still waiting: %+v, %v", waiting, err)
		}
		want(h, "letters", h.Count(dutytest.Letter, "1 = 1"), 1)
	})
}

func TestARejectedPlanIsPlannedAnew(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		h.WriteLetter(h.Join(h.Subject("ada"), "ada@circle.example"), "x")
		sweep(h, s)
		h.Clock.Advance(365 * 24 * time.Hour)
		r, err := s.Sweep(h.Ctx)
		if err != nil {
			h.T.Fatal(err)
		}
		if err := s.Reject(h.Ctx, r.Plan.ID, "owner"); err != nil {
			h.T.Fatal(err)
		}
		again, err := s.Sweep(h.Ctx)
		if err != nil || !again.Waiting || again.Plan.ID == r.Plan.ID {
			h.T.Errorf("after the rejection: %+v, %v", again, err)
		}
		want(h, "leaves of the rejection", h.Leaves("retention.rejected"), 1)
	})
}

func TestTheShareBrake(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		member := h.Join(h.Subject("ada"), "ada@circle.example")
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			for range 1500 {
				if _, err := tx.ExecContext(ctx, "insert into circle_letter (id, member, body, at) values ($1, $2, 'x', $3)", store.NewID(), member, store.At(h.Clock.Now())); err != nil {
					return err
				}
			}
			return nil
		})
		live(h, s, dutytest.Start.AddDate(0, 0, 10))
		h.Exec("update circle_letter set at = $1", store.At(dutytest.Start.AddDate(-1, 0, 0))) // an import gone wrong
		r, err := s.Sweep(h.Ctx)
		if err != nil {
			h.T.Fatal(err)
		}
		if !r.Waiting || r.Plan.Waits[0].Code != retain.WaitShare {
			h.T.Fatalf("a table that was to be emptied unforeseen was not held: %+v", r)
		}
		want(h, "letters", h.Count(dutytest.Letter, "1 = 1"), 1500)
	})
}

// The same rows, all due on the day that was foreseen, go without a question.
func TestTheShareBrakeKnowsTheSchedule(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		member := h.Join(h.Subject("ada"), "ada@circle.example")
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			for range 1500 {
				if _, err := tx.ExecContext(ctx, "insert into circle_letter (id, member, body, at) values ($1, $2, 'x', $3)", store.NewID(), member, store.At(h.Clock.Now())); err != nil {
					return err
				}
			}
			return nil
		})
		live(h, s, dutytest.Start.AddDate(0, 0, 30))
		want(h, "letters", h.Count(dutytest.Letter, "1 = 1"), 0)
	})
}

func TestAKilledRunIsFinishedByTheNext(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		h.WriteLetter(h.Join(h.Subject("ada"), "ada@circle.example"), "x")
		live(h, s, dutytest.Start.AddDate(0, 0, 29))
		h.Exec(`insert into retain_run (id, state, kind, policy, planned_at, plan) values ('killed', 'running', 'run', 'x', 1, '{}')`)
		live(h, s, dutytest.Start.AddDate(0, 0, 31))
		want(h, "letters", h.Count(dutytest.Letter, "1 = 1"), 0)
		want(h, "interrupted runs", h.Count("retain_run", "state = 'interrupted' and leaf is not null"), 1)
	})
}
