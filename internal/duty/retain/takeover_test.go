package retain_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
)

func shorter(activities string) string {
	return strings.Replace(activities, "data: letter, from: collection, keep: 30 days", "data: letter, from: collection, keep: 7 days", 1)
}

func longer(activities string) string {
	return strings.Replace(activities, "data: letter, from: collection, keep: 30 days", "data: letter, from: collection, keep: 60 days", 1)
}

// adopt takes next over as the application does.
func adopt(h *dutytest.House, s *retain.Sweeper, next *policy.Policy) error {
	old := h.Policy()
	err := h.DB.Write(h.Ctx, func(ctx context.Context, tx *store.Tx) error { return s.Adopt(ctx, tx, old, next) })
	if err == nil {
		h.Take(next)
	}
	return err
}

func TestAShorterPeriodNeedsAPerson(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		h.WriteLetter(h.Join(h.Subject("ada"), "ada@circle.example"), "x")
		live(h, s, dutytest.Start.AddDate(0, 0, 10))
		next := h.Read(shorter(dutytest.Standard))
		plan, err := s.TakeOver(h.Ctx, h.Policy(), next)
		if err != nil {
			h.T.Fatal(err)
		}
		if len(plan.Waits) != 1 || plan.Waits[0].Code != retain.WaitPolicy || plan.ID == "" {
			h.T.Fatalf("plan: %+v", plan.Waits)
		}
		if err := adopt(h, s, next); !fault.Is(err, fault.Refused) {
			h.T.Fatalf("took a shorter period over unconfirmed: %v", err)
		}
		if _, err := s.Confirm(h.Ctx, plan.ID, "owner"); err != nil {
			h.T.Fatal(err)
		}
		plan, err = s.TakeOver(h.Ctx, h.Policy(), next)
		if err != nil || len(plan.Waits) > 0 {
			h.T.Fatalf("after confirmation: %+v, %v", plan.Waits, err)
		}
		want(h, "letters before the take-over", h.Count(dutytest.Letter, "1 = 1"), 1)
		if err := adopt(h, s, next); err != nil {
			h.T.Fatal(err)
		}
		h.Work()
		want(h, "letters after the take-over", h.Count(dutytest.Letter, "1 = 1"), 0)
	})
}

// Of two changed policies the one that was asked for last waits. The other's plan
// cannot be confirmed any more, and neither can one that a take-over left behind.
func TestALaterTakeOverSupersedesTheOneThatWaits(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		h.WriteLetter(h.Join(h.Subject("ada"), "ada@circle.example"), "x")
		live(h, s, dutytest.Start.AddDate(0, 0, 10))
		asks := func(next *policy.Policy) string {
			plan, err := s.TakeOver(h.Ctx, h.Policy(), next)
			if err != nil || len(plan.Waits) == 0 {
				h.T.Fatalf("waits: %+v, %v", plan.Waits, err)
			}
			return plan.ID
		}
		week, fortnight := h.Read(shorter(dutytest.Standard)), h.Read(strings.Replace(shorter(dutytest.Standard), "keep: 7 days, then: delete}\n      - {data: person", "keep: 14 days, then: delete}\n      - {data: person", 1))
		first := asks(week)
		second := asks(fortnight)
		if waiting, err := s.Waiting(h.Ctx); err != nil || len(waiting) != 1 || waiting[0].ID != second {
			h.T.Errorf("waiting: %+v, %v", waiting, err)
		}
		if _, err := s.Confirm(h.Ctx, first, "owner"); !fault.Is(err, fault.Conflict) {
			h.T.Errorf("confirmed a superseded plan: %v", err)
		}
		if err := s.Reject(h.Ctx, first, "owner"); !fault.Is(err, fault.Conflict) {
			h.T.Errorf("rejected a superseded plan: %v", err)
		}
		if again := asks(fortnight); again != second {
			h.T.Error("the same take-over got another plan")
		}
		if err := adopt(h, s, h.Read(longer(dutytest.Standard))); err != nil {
			h.T.Fatal(err)
		}
		if _, err := s.Confirm(h.Ctx, second, "owner"); !fault.Is(err, fault.Conflict) {
			h.T.Errorf("confirmed a take-over from a policy that is not in force any more: %v", err)
		}
	})
}

func TestALongerPeriodIsForLaterDataOnly(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		member := h.Join(h.Subject("ada"), "ada@circle.example")
		h.WriteLetter(member, "old")
		live(h, s, dutytest.Start.AddDate(0, 0, 10))
		next := h.Read(longer(dutytest.Standard))
		plan, err := s.TakeOver(h.Ctx, h.Policy(), next)
		if err != nil || len(plan.Waits) > 0 {
			h.T.Fatalf("a longer period waits: %+v, %v", plan.Waits, err)
		}
		if err := adopt(h, s, next); err != nil {
			h.T.Fatal(err)
		}
		h.Clock.Advance(time.Minute)
		h.WriteLetter(member, "new")
		live(h, s, dutytest.Start.AddDate(0, 0, 30))
		want(h, "old letters after their 30 days", h.Count(dutytest.Letter, "body = 'old'"), 0)
		live(h, s, dutytest.Start.AddDate(0, 0, 69))
		want(h, "new letters within their 60 days", h.Count(dutytest.Letter, "body = 'new'"), 1)
		live(h, s, dutytest.Start.AddDate(0, 0, 71))
		want(h, "new letters after them", h.Count(dutytest.Letter, "body = 'new'"), 0)
	})
}

func TestARemovedActivityIsDeletedOnceConfirmed(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Subject("ada")
		h.WriteLetter(h.Join(ada, "ada@circle.example"), "x")
		h.See(ada, "/a", h.Clock.Now())
		h.Trace(h.Clock.Now())
		sweep(h, s)
		next := h.Read("  {}\n")
		plan, err := s.TakeOver(h.Ctx, h.Policy(), next)
		if err != nil || len(plan.Waits) != 4 {
			h.T.Fatalf("waits: %+v, %v", plan.Waits, err)
		}
		if _, err := s.Confirm(h.Ctx, plan.ID, "owner"); err != nil {
			h.T.Fatal(err)
		}
		if err := adopt(h, s, next); err != nil {
			h.T.Fatal(err)
		}
		h.Work()
		want(h, "rows", h.Count(dutytest.Letter, "1 = 1")+h.Count(dutytest.Member, "1 = 1")+h.EventCount(dutytest.Visit)+h.EventCount(dutytest.Trace), 0)
	})
}

// A field that the policy drops goes; the rest stays.
func TestADroppedFieldIsCleared(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Subject("ada")
		h.Join(ada, "ada@circle.example")
		h.See(ada, "/a", h.Clock.Now())
		sweep(h, s)
		less := strings.NewReplacer("data: [person, proof, letter, amount, visitor, time, page, address]", "data: [email, proof, letter, amount, visitor, time, address]",
			"data: [visitor, time, page]", "data: [visitor, time]", "data: person, from: left", "data: email, from: left").Replace(dutytest.Standard)
		next := h.Read(less)
		plan, err := s.TakeOver(h.Ctx, h.Policy(), next)
		if err != nil || len(plan.Waits) == 0 {
			h.T.Fatalf("waits: %+v, %v", plan.Waits, err)
		}
		if _, err := s.Confirm(h.Ctx, plan.ID, "owner"); err != nil {
			h.T.Fatal(err)
		}
		if err := adopt(h, s, next); err != nil {
			h.T.Fatal(err)
		}
		h.Work()
		want(h, "names", h.Count(dutytest.Member, "name is not null"), 0)
		want(h, "addresses", h.Count(dutytest.Member, "length(email) > 0"), 1)
		err = h.Events.Of(h.Ctx, dutytest.Visit, ada, func(r eventRow) error {
			if r.Values[0] != "" {
				h.T.Errorf("the page is still there: %v", r.Values)
			}
			return nil
		})
		if err != nil {
			h.T.Fatal(err)
		}
	})
}
