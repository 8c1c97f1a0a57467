package retain_test

import (
	"context"
	"testing"
	"time"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
	"kept/internal/store"
	"kept/internal/subject"
)

// keepers keep a person's data in some way; each returns how that ends.
var keepers = map[string]func(h *dutytest.House, who string) (end func()){
	"a hold on the person that is lifted": func(h *dutytest.House, who string) func() {
		id := h.Hold(subject.Hold{Subject: who, Activity: "circle"})
		return func() { h.Lift(id) }
	},
	"a hold on everybody that is lifted": func(h *dutytest.House, _ string) func() {
		id := h.Hold(subject.Hold{})
		return func() { h.Lift(id) }
	},
	"a hold that ends by itself": func(h *dutytest.House, who string) func() {
		h.Hold(subject.Hold{Subject: who, Until: h.Clock.Now().Add(time.Hour)})
		return func() { h.Clock.Advance(time.Hour) }
	},
	"a restriction that is lifted": func(h *dutytest.House, who string) func() {
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return h.Subjects.Restrict(ctx, tx, who, "the address is wrong")
		})
		return func() {
			h.Write(func(ctx context.Context, tx *store.Tx) error { return h.Subjects.Lift(ctx, tx, who) })
		}
	},
}

func settle(h *dutytest.House) {
	h.T.Helper()
	h.Work()
	h.Clock.Advance(retain.Spread)
	h.Work()
}

// What was kept from a withdrawal ends as soon as nothing keeps it any more, and
// only then is it called done.
func TestWhatWasKeptFromAWithdrawalEndsAfterwards(t *testing.T) {
	for name, keep := range keepers {
		t.Run(name, func(t *testing.T) {
			sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
				for _, late := range []bool{false, true} { // what keeps comes before the withdrawal, or before its job
					ada := h.Subject("ada " + map[bool]string{true: "late", false: "early"}[late])
					h.Join(ada, "ada@circle.example")
					h.See(ada, "/a", h.Clock.Now())
					done := h.Leaves("erasure.done")
					var end func()
					if !late {
						end = keep(h, ada)
					}
					h.Write(func(ctx context.Context, tx *store.Tx) error {
						return s.OnWithdraw(ctx, tx, ada, []string{"statistics"})
					})
					if late {
						end = keep(h, ada)
					}
					settle(h)
					want(h, "visits while they are kept", h.EventCount(dutytest.Visit), 1)
					want(h, "called done while they are kept", h.Leaves("erasure.done")-done, 0)
					end()
					settle(h)
					want(h, "visits", h.EventCount(dutytest.Visit), 0)
					want(h, "her name", h.Count(dutytest.Member, "subject = $1 and name is not null", ada), 0)
					want(h, "called done", h.Leaves("erasure.done")-done, 1)
					want(h, "what is still owed", h.Count("retain_owed", "1 = 1"), 0)
				}
			})
		})
	}
}

// Two holds: the end of one ends nothing that the other keeps.
func TestWhatTwoHoldsKeptWaitsForBoth(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Subject("ada")
		h.See(ada, "/a", h.Clock.Now())
		one, two := h.Hold(subject.Hold{Subject: ada}), h.Hold(subject.Hold{Activity: "circle"})
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return s.OnWithdraw(ctx, tx, ada, []string{"statistics"})
		})
		h.Lift(one)
		settle(h)
		want(h, "visits under the other hold", h.EventCount(dutytest.Visit), 1)
		h.Lift(two)
		settle(h)
		want(h, "visits", h.EventCount(dutytest.Visit), 0)
	})
}

// Who consents again before the hold is lifted keeps what rests on the consent.
func TestConsentAgainUnderAHold(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Accept() // her decision stands, as one given anew does
		h.See(ada, "/a", h.Clock.Now())
		hold := h.Hold(subject.Hold{Subject: ada})
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return s.OnWithdraw(ctx, tx, ada, []string{"statistics"})
		})
		h.Lift(hold)
		settle(h)
		want(h, "visits", h.EventCount(dutytest.Visit), 1)
		want(h, "what is still owed", h.Count("retain_owed", "1 = 1"), 0)
	})
}

// What reached its time under a hold goes when it is lifted, not at some later tick.
func TestWhatIsOverGoesWhenTheHoldIsLifted(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Subject("ada")
		h.WriteLetter(h.Join(ada, "ada@circle.example"), "x")
		hold := h.Hold(subject.Hold{Subject: ada})
		live(h, s, dutytest.Start.AddDate(0, 0, 31))
		want(h, "letters under the hold", h.Count(dutytest.Letter, "1 = 1"), 1)
		h.Lift(hold)
		h.Work()
		want(h, "letters", h.Count(dutytest.Letter, "1 = 1"), 0)
	})
}

// Nothing is left under a subject that is forgotten.
func TestWhatIsOwedOfAForgottenSubjectGoesWithIt(t *testing.T) {
	sweeps(t, dutytest.Standard, func(h *dutytest.House, s *retain.Sweeper) {
		ada := h.Subject("ada")
		h.Hold(subject.Hold{})
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			return s.OnWithdraw(ctx, tx, ada, []string{"statistics"})
		})
		want(h, "owed", h.Count("retain_owed", "1 = 1"), 1)
		h.Clock.Advance(48 * time.Hour)
		if n, err := h.Subjects.Sweep(h.Ctx, 10); err != nil || n != 1 {
			h.T.Fatalf("%d forgotten, %v", n, err)
		}
		want(h, "owed of nobody", h.Count("retain_owed", "1 = 1"), 0)
	})
}
