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
		if !r.Waiting || len(r.Plan.Waits) != 1 || r.Plan.Waits[0].Code != retain.WaitClock || r.Plan.Waits[0].Plan != r.Plan.ID {
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

// letters stores as many letters of one member, dated now.
func letters(h *dutytest.House, n int) {
	h.T.Helper()
	member := h.Join(h.Subject("ada"), "ada@circle.example")
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		for range n {
			if _, err := tx.ExecContext(ctx, "insert into circle_letter (id, member, body, at) values ($1, $2, 'x', $3)", store.NewID(), member, store.At(h.Clock.Now())); err != nil {
				return err
			}
		}
		return nil
	})
}

// What would empty a table unforeseen waits by itself: everything else goes on,
// and a person lets that one thing run.
func TestTheShareBrakeHoldsBackOneTask(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		letters(h, 1500)
		live(h, s, dutytest.Start.AddDate(0, 0, 10))
		h.Trace(h.Clock.Now().AddDate(0, 0, -8))                                               // a raw address past its seven days
		h.Exec("update circle_letter set at = $1", store.At(dutytest.Start.AddDate(-1, 0, 0))) // an import gone wrong
		r, err := s.Sweep(h.Ctx)
		if err != nil {
			h.T.Fatal(err)
		}
		if !r.Waiting || len(r.Plan.Waits) != 1 || r.Plan.Waits[0].Code != retain.WaitShare || r.Plan.Waits[0].Table != dutytest.Letter || r.Plan.Waits[0].Plan == "" {
			h.T.Fatalf("a table that was to be emptied unforeseen was not held: %+v", r)
		}
		want(h, "letters", h.Count(dutytest.Letter, "1 = 1"), 1500)
		want(h, "addresses past their time", h.EventCount(dutytest.Trace), 0)

		id := r.Plan.Waits[0].Plan
		if r, err = s.Sweep(h.Ctx); err != nil || !r.Waiting || r.Plan.Waits[0].Plan != id {
			h.T.Errorf("the next run: %+v, %v; want the same to wait under the same id", r.Plan.Waits, err)
		}
		waiting, err := s.Waiting(h.Ctx)
		if err != nil || len(waiting) != 1 || waiting[0].ID != id || len(waiting[0].Items) != 1 || waiting[0].Items[0].Due != 1500 {
			h.T.Fatalf("waiting: %+v, %v", waiting, err)
		}
		if r, err = s.Confirm(h.Ctx, id, "owner"); err != nil || len(r.Done) != 1 || r.Done[0].Rows != 1500 {
			h.T.Fatalf("confirmed: %+v, %v", r, err)
		}
		want(h, "letters after the confirmation", h.Count(dutytest.Letter, "1 = 1"), 0)
		want(h, "leaves of the confirmation", h.Leaves("retention.confirmed"), 1)
		sweep(h, s)
		if waiting, err := s.Waiting(h.Ctx); err != nil || len(waiting) > 0 {
			h.T.Errorf("still waiting: %+v, %v", waiting, err)
		}
	})
}

// A task that is not too large any more runs, and what waited for it is overtaken.
func TestATaskThatIsMendedWaitsNoMore(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		letters(h, 1500)
		live(h, s, dutytest.Start.AddDate(0, 0, 10))
		h.Exec("update circle_letter set at = $1", store.At(dutytest.Start.AddDate(-1, 0, 0)))
		r, err := s.Sweep(h.Ctx)
		if err != nil || !r.Waiting {
			h.T.Fatalf("%+v, %v", r, err)
		}
		h.Exec("update circle_letter set at = $1", store.At(dutytest.Start))
		sweep(h, s)
		if waiting, err := s.Waiting(h.Ctx); err != nil || len(waiting) > 0 {
			h.T.Errorf("still waiting: %+v, %v", waiting, err)
		}
		if _, err := s.Confirm(h.Ctx, r.Plan.Waits[0].Plan, "owner"); !fault.Is(err, fault.NotFound) {
			h.T.Errorf("confirmed: %v", err)
		}
		want(h, "letters", h.Count(dutytest.Letter, "1 = 1"), 1500)
	})
}

// Who asks what would go is told the id by which what waits can be confirmed.
func TestAProposalCanBeConfirmed(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		letters(h, 1500)
		live(h, s, dutytest.Start.AddDate(0, 0, 10))
		h.Exec("update circle_letter set at = $1", store.At(dutytest.Start.AddDate(-1, 0, 0)))
		plan, err := s.Propose(h.Ctx)
		if err != nil || len(plan.Waits) != 1 || plan.Waits[0].Plan == "" {
			h.T.Fatalf("%+v, %v", plan.Waits, err)
		}
		want(h, "letters", h.Count(dutytest.Letter, "1 = 1"), 1500)
		if _, err := s.Confirm(h.Ctx, plan.Waits[0].Plan, "owner"); err != nil {
			h.T.Fatal(err)
		}
		want(h, "letters after the confirmation", h.Count(dutytest.Letter, "1 = 1"), 0)
	})
}

// The same rows, all due on the day that was foreseen, go without a question.
func TestTheShareBrakeKnowsTheSchedule(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		letters(h, 1500)
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
