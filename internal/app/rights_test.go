package app

import (
	"bytes"
	"context"
	"strings"
	"testing"

	packages "kept/internal/duty/answer"
	"kept/internal/duty/rights"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
)

// decided is the person behind the only decision of the house.
func (h *house) decided() rights.Person {
	h.t.Helper()
	var id string
	fatal(h.t, h.DB.QueryRowContext(h.t.Context(), "select subject from consent_decision order by decided_at desc limit 1").Scan(&id))
	return rights.Person{Subjects: []string{id}}
}

// order plans a right, approves it, and has it carried out.
func (h *house) order(of string, p rights.Person, r rights.Right, w rights.Wish) rights.Progress {
	h.t.Helper()
	ctx := h.t.Context()
	plan, err := h.Rights.Plan(ctx, p, r, w)
	fatal(h.t, err)
	fatal(h.t, h.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return h.Rights.Carry(ctx, tx, rights.Order{Case: of, Person: p, Right: r, Wish: w, Plan: plan, By: "officer"})
	}))
	for range 4 {
		h.settle()
		orders, err := h.Rights.Orders(ctx, of)
		fatal(h.t, err)
		if len(orders) == 1 && orders[0].State == rights.Done {
			return orders[0]
		}
		h.clock.Advance(rights.Notice / 4)
	}
	h.t.Fatalf("the order %s is not done", of)
	return rights.Progress{}
}

// AH29, MA13: access with a package, restriction, erasure, carried out under the
// policies of a site and of a product as they stand.
func TestPromise_AH29_MA13_RightsAreCarriedOutUnderTheExamples(t *testing.T) {
	on(t, []string{"alleherzen", "mailissa"}, func(t *testing.T, h *house) {
		b := h.browser()
		b.choose("accept")
		b.view("/")
		h.settle()
		p := h.decided()
		plan, err := h.Rights.Plan(t.Context(), p, rights.Confirmation, rights.Wish{})
		fatal(t, err)
		if len(plan.Parts) == 0 {
			t.Error("the confirmation says that nothing is held")
		}
		var zip bytes.Buffer
		sum, err := packages.Open(h.Rights).Write(t.Context(), &zip, packages.Package{Person: p, Right: rights.Access, Lang: "de"})
		fatal(t, err)
		if sum.Rows == 0 || sum.Files < 6 {
			t.Errorf("package: %+v", sum)
		}
		h.order("K-1", p, rights.Restriction, rights.Wish{Reason: "accuracy disputed"})
		before := len(h.events())
		b.view("/")
		h.settle()
		if after := len(h.events()); after != before {
			t.Errorf("%d events, %d before: restricted data is processed", after, before)
		}
		fatal(t, h.Rights.Lift(t.Context(), p.Subjects[0]))
		h.order("K-2", p, rights.Erasure, rights.Wish{})
		if n := len(h.events()); n != 0 {
			t.Errorf("%d events are left", n)
		}
		left, err := h.Rights.Plan(t.Context(), p, rights.Access, rights.Wish{})
		fatal(t, err)
		for _, part := range left.Parts {
			if part.Activity != "consent" {
				t.Errorf("left: %+v", part)
			}
		}
		h.wantLeaf("erasure.done")
	})
}

// AH30: an objection to marketing is absolute; one to another interest is weighed,
// and nothing is processed while it is; what rests on consent is withdrawn.
func TestPromise_AH30_ObjectionToMarketingIsAbsolute(t *testing.T) {
	on(t, []string{"alleherzen"}, func(t *testing.T, h *house) {
		b := h.browser()
		b.choose("accept")
		p := h.decided()
		absolute := 0
		for i := range h.InForce.Now().Activities {
			a := &h.InForce.Now().Activities[i]
			_, err := h.Rights.Plan(t.Context(), p, rights.Objection, rights.Wish{Activity: a.Key})
			switch {
			case rights.Absolute(a):
				absolute++
				if !strings.HasPrefix(a.Purpose, "marketing") || err != nil {
					t.Errorf("%s (%s): %v", a.Key, a.Purpose, err)
				}
			case a.Basis == policy.LegitimateInterests:
				fatal(t, err)
			case !fault.Is(err, fault.Invalid):
				t.Errorf("an objection to %s, which rests on %s: %v", a.Key, a.Basis, err)
			}
		}
		if absolute == 0 {
			t.Fatal("the example advertises nowhere: nothing is shown")
		}
		h.order("K-1", p, rights.Objection, rights.Wish{Activity: "newsletter"})
		stands, err := h.Subjects.Objected(t.Context(), p.Subjects[0], "newsletter")
		if err != nil || !stands {
			t.Errorf("the objection does not stand: %v", err)
		}
	})
}

// MC26: evidence is kept longer on a ground that the policy declares, within its
// time; plans and lists show it.
func TestPromise_MC26_AHoldRestsOnADeclaredGround(t *testing.T) {
	on(t, []string{"m365connect"}, func(t *testing.T, h *house) {
		b := h.browser()
		b.choose("accept")
		b.view("/")
		h.settle()
		p := h.decided()
		now := h.clock.Now()
		place := func(x subject.Hold) error {
			x.Subject, x.By = p.Subjects[0], "officer"
			return h.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := h.Rights.Hold(ctx, tx, x)
				return err
			})
		}
		for name, x := range map[string]subject.Hold{
			"no ground":           {Reason: "because", Until: now.AddDate(1, 0, 0)},
			"an unknown ground":   {Ground: "mood", Until: now.AddDate(1, 0, 0)},
			"longer than allowed": {Ground: "limitation", Until: now.AddDate(3, 0, 1)},
			"no end":              {Ground: "limitation"},
			"an unknown activity": {Ground: "limitation", Activity: "nothing", Until: now.AddDate(1, 0, 0)},
		} {
			if err := place(x); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		fatal(t, place(subject.Hold{Ground: "limitation", Until: now.AddDate(3, 0, 0)}))
		fatal(t, place(subject.Hold{Ground: "long-limitation", Until: now.AddDate(30, 0, 0)}))
		holds, err := h.Subjects.Holds(t.Context())
		if err != nil || len(holds) != 2 || holds[0].Ground == "" || !strings.Contains(holds[0].Reason+holds[1].Reason, "§§ 195, 199 BGB") {
			t.Fatalf("%+v, %v", holds, err)
		}
		plan, err := h.Rights.Plan(t.Context(), p, rights.Erasure, rights.Wish{})
		fatal(t, err)
		for _, part := range plan.Parts {
			if part.Does != rights.Keeps || part.Reason != "hold" || part.Until.IsZero() {
				t.Errorf("part: %+v", part)
			}
		}
		h.clock.Set(now.AddDate(5, 0, 0)) // longer than any rule of statistics
		_, err = h.Retain.Sweep(t.Context())
		fatal(t, err)
		h.settle()
		kept, err := h.Rights.Plan(t.Context(), p, rights.Access, rights.Wish{Activity: "analytics"})
		fatal(t, err)
		if len(kept.Parts) == 0 {
			t.Error("the hold did not keep the data")
		}
	}, unbraked)
}
