package retain_test

import (
	"testing"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
	"kept/internal/store"
)

// Killed after the confirmation was committed and before anything of the plan went:
// nothing is lost and nothing goes unasked. What is due waits for a person again.
func TestAConfirmedRunThatWasKilledIsStillOwed(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		letters(h, 1500)
		live(h, s, dutytest.Start.AddDate(0, 0, 10))
		h.Exec("update circle_letter set at = $1", store.At(dutytest.Start.AddDate(-1, 0, 0)))
		plan, err := s.Propose(h.Ctx)
		if err != nil || len(plan.Waits) != 1 {
			h.T.Fatalf("%+v, %v", plan.Waits, err)
		}
		h.Exec("update retain_run set state = 'running', decided_by = 'owner' where id = $1", plan.Waits[0].Plan) // as the commit leaves it
		if _, err := s.Sweep(h.Ctx); err != nil {
			h.T.Fatal(err)
		}
		waiting, err := s.Waiting(h.Ctx)
		if err != nil || len(waiting) != 1 {
			h.T.Fatalf("waits after the kill: %+v, %v", waiting, err)
		}
		want(h, "letters before anybody confirmed again", h.Count(dutytest.Letter, "1 = 1"), 1500)
		want(h, "interrupted runs that the ledger knows", h.Count("retain_run", "state = 'interrupted' and leaf is not null"), 1)
		if _, err := s.Confirm(h.Ctx, waiting[0].ID, "owner"); err != nil {
			h.T.Fatal(err)
		}
		want(h, "letters", h.Count(dutytest.Letter, "1 = 1"), 0)
	})
}

// Killed after a take-over was confirmed and before the policy was taken: the
// confirmation stands, and the next start takes the policy without asking again.
func TestAConfirmedTakeOverOutlivesAKill(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		h.WriteLetter(h.Join(h.Subject("ada"), "ada@circle.example"), "x")
		sweep(h, s)
		next := h.Read("  {}\n")
		plan, err := s.TakeOver(h.Ctx, h.Policy(), next)
		if err != nil || len(plan.Waits) == 0 {
			h.T.Fatalf("waits: %+v, %v", plan.Waits, err)
		}
		if _, err := s.Confirm(h.Ctx, plan.ID, "owner"); err != nil {
			h.T.Fatal(err)
		}
		again, err := s.TakeOver(h.Ctx, h.Policy(), next)
		if err != nil || len(again.Waits) != 0 {
			h.T.Fatalf("asks again after the kill: %+v, %v", again.Waits, err)
		}
		if err := adopt(h, s, next); err != nil {
			h.T.Fatal(err)
		}
		h.Work()
		want(h, "letters", h.Count(dutytest.Letter, "1 = 1"), 0)
	})
}
