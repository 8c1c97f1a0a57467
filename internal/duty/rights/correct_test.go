package rights

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/duty/dutytest"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

// MA13, AH29: what a person says is wrong is corrected wherever it is held, sealed
// under the same key, found by its new value, and the trail names no value.
func TestPromise_MA13_WrongDataIsCorrectedWhereverItIsHeld(t *testing.T) {
	desks(t, shared, func(h *dutytest.House, d *Desk) {
		p := person(h, "ada")
		bob := person(h, "bob")
		w := Wish{Corrections: []Correction{{Field: "name", New: "Ada Lovelace"}, {Field: "letter", Old: "a secret of ada", New: "a letter of Ada's"}}}
		plan := d.plans(h, p, Rectification, w)
		if len(plan.Parts) != 2 || plan.Parts[0].Does != Corrects || len(plan.Told) != 1 {
			h.T.Fatalf("plan: %+v, told %+v", plan.Parts, plan.Told)
		}
		before := h.Leaves("rectification.done")
		d.carries(h, "K-1", p, Rectification, w)
		d.until(h, "K-1")
		text := copyOf(h, d, p)
		for _, right := range []string{"Ada Lovelace", "a letter of Ada's"} {
			if !strings.Contains(text, right) {
				h.T.Errorf("the copy does not say %q", right)
			}
		}
		if strings.Contains(text, "a secret of ada") {
			h.T.Error("the copy says what was wrong")
		}
		if other := copyOf(h, d, bob); strings.Contains(other, "Lovelace") || !strings.Contains(other, "a secret of bob") {
			h.T.Error("somebody else's data changed")
		}
		if n := h.Leaves("rectification.done") - before; n != 2 {
			h.T.Errorf("%d leaves, want 2", n)
		}
	})
}

// Art. 16, second sentence: what is incomplete is completed, sealed under the key of
// the rule that ends it; not what a rule has emptied, nor what the policy does not
// list.
func TestPromise_AH29_WhatIsMissingIsAdded(t *testing.T) {
	desks(t, shared, func(h *dutytest.House, d *Desk) {
		p := person(h, "ada")
		h.Exec("update circle_member set name = null, proof = null")
		left := person(h, "bob")
		h.Exec("update circle_member set name = null, joined_at = $1 where subject = $2", store.At(h.Clock.Now().AddDate(-1, 0, -1)), left.Subjects[0])
		w := Wish{Corrections: []Correction{{Field: "name", New: "Ada Lovelace"}}}
		plan := d.plans(h, p, Rectification, w)
		if len(plan.Parts) != 1 || plan.Parts[0].Does != Adds || plan.Parts[0].Rows != 1 || plan.Parts[0].Text["de"] == "" || len(plan.Parts[0].Empty) != 1 ||
			plan.Parts[0].Chosen != ChooseAdd || h.Count(dutytest.Member, "id = $1 and subject = $2", plan.Parts[0].Empty[0].Key, p.Subjects[0]) != 1 {
			h.T.Fatalf("plan: %+v", plan.Parts)
		}
		if plan := d.plans(h, p, Rectification, Wish{Corrections: []Correction{{Field: "name", Old: "Eva", New: "Ada"}}}); len(plan.Parts) != 0 {
			h.T.Errorf("where another value is said to stand: %+v", plan.Parts)
		}
		if plan := d.plans(h, left, Rectification, w); len(plan.Parts) != 0 {
			h.T.Errorf("what a rule has emptied: %+v", plan.Parts)
		}
		d.carries(h, "K-1", p, Rectification, w)
		d.until(h, "K-1")
		if n := h.Count(dutytest.Member, "name = $1", "Ada Lovelace"); n != 1 {
			h.T.Errorf("%d members have the name", n)
		}
		h.Exec("update circle_member set email = $1, email_index = $1", []byte{})
		p.Identifiers = append(p.Identifiers, subject.Identifier{Kind: subject.Email, Value: "new@circle.example"})
		d.carries(h, "K-2", p, Rectification, Wish{Corrections: []Correction{{Field: "email", New: "new@circle.example"}}})
		d.until(h, "K-2")
		if n := h.Count(dutytest.Member, "email_index = $1", h.Vault.Index(dutytest.EmailSpace, "new@circle.example")); n != 1 {
			h.T.Error("the address that was added is not found")
		}
		if text := copyOf(h, d, p); !strings.Contains(text, "new@circle.example") {
			h.T.Error("the copy does not say the address")
		}
	})
}

// What is added goes into the rows that the plan named and nobody decided to leave
// empty; rows that came since are planned anew.
func TestOnlyTheRowsOfThePlanAreCompleted(t *testing.T) {
	desks(t, shared, func(h *dutytest.House, d *Desk) {
		w := Wish{Corrections: []Correction{{Field: "name", New: "Ada Lovelace"}}}
		for _, left := range []bool{false, true} {
			visitor := map[bool]string{false: "ada", true: "bea"}[left]
			p := person(h, visitor)
			h.Exec("update circle_member set name = null where subject = $1", p.Subjects[0])
			plan := d.plans(h, p, Rectification, w)
			if left {
				plan.Parts[0].Chosen = ChooseLeave
			}
			since := h.Join(p.Subjects[0], visitor+"+2@circle.example")
			h.Exec("update circle_member set name = null where id = $1", since)
			h.Write(func(ctx context.Context, tx *store.Tx) error {
				return d.Carry(ctx, tx, Order{Case: "K-" + visitor, Person: p, Right: Rectification, Wish: w, Plan: plan, By: "officer"})
			})
			o := d.until(h, "K-"+visitor)
			if n := h.Count(dutytest.Member, "subject = $1 and name is not null", p.Subjects[0]); n != map[bool]int64{false: 1, true: 0}[left] {
				h.T.Errorf("left empty %v: %d rows have the name", left, n)
			}
			if n := h.Count(dutytest.Member, "id = $1 and name is null", since); n != 1 {
				h.T.Error("a row that the plan did not name got the value")
			}
			if left != (len(o.Goes) == 0) {
				h.T.Errorf("left empty %v: told %+v", left, o.Goes)
			}
		}
	})
}

// An address counts once its owner has proven to control it; then index and
// identifier follow it.
func TestANewAddressIsProvenFirst(t *testing.T) {
	desks(t, shared, func(h *dutytest.House, d *Desk) {
		p := person(h, "ada")
		w := Wish{Corrections: []Correction{{Field: "email", Old: "Ada@circle.example", New: "Lovelace@Circle.example"}}}
		if plan := d.plans(h, p, Rectification, w); len(plan.Parts) != 1 || plan.Parts[0].Does != Confirms {
			h.T.Fatalf("plan: %+v", plan.Parts)
		}
		p.Identifiers = append(p.Identifiers, subject.Identifier{Kind: subject.Email, Value: "lovelace@circle.example"})
		d.carries(h, "K-1", p, Rectification, w)
		d.until(h, "K-1")
		if n := h.Count(dutytest.Member, "email_index = $1", h.Vault.Index(dutytest.EmailSpace, "lovelace@circle.example")); n != 1 {
			h.T.Error("the member is not found by the new address")
		}
		if id, err := h.Subjects.Find(h.Ctx, h.DB, subject.Email, "lovelace@circle.example"); err != nil || id != p.Subjects[0] {
			h.T.Errorf("the new address leads to %s, %v", id, err)
		}
		if _, err := h.Subjects.Find(h.Ctx, h.DB, subject.Email, "ada@circle.example"); !fault.Is(err, fault.NotFound) {
			h.T.Errorf("the old address still leads somewhere: %v", err)
		}
		if dump := storetest.Dump(h.T, h.DB); strings.Contains(dump, "lovelace@") {
			h.T.Error("the new address lies in the clear")
		}
	})
}

func TestAnAddressOfSomebodyElseIsNotTaken(t *testing.T) {
	desks(t, shared, func(h *dutytest.House, d *Desk) {
		p := person(h, "ada")
		person(h, "bob")
		w := Wish{Corrections: []Correction{{Field: "email", New: "bob@circle.example"}, {Field: "name", New: "Ada L."}}}
		p.Identifiers = append(p.Identifiers, subject.Identifier{Kind: subject.Email, Value: "bob@circle.example"})
		var ended Carried
		d.OnCarried(func(_ context.Context, _ *store.Tx, c Carried) error { ended = c; return nil })
		d.carries(h, "K-1", p, Rectification, w)
		d.until(h, "K-1")
		taken := slices.ContainsFunc(ended.Stays, func(x Part) bool { return x.Reason == Taken })
		if ended.Failed != Taken || !taken {
			h.T.Errorf("told: %+v", ended)
		}
		if text := copyOf(h, d, p); !strings.Contains(text, "ada@circle.example") {
			h.T.Error("the address changed")
		}
	})
}

// What a device measured, or a program derived, is not corrected, and the plan
// says so.
func TestWhatWasMeasuredIsNotCorrected(t *testing.T) {
	desks(t, shared, func(h *dutytest.House, d *Desk) {
		p := person(h, "ada")
		plan := d.plans(h, p, Rectification, Wish{Corrections: []Correction{{Field: "page", New: "/other"}, {Field: "amount", New: "1"}}})
		if len(plan.Parts) != 2 {
			h.T.Fatalf("plan: %+v", plan.Parts)
		}
		for _, part := range plan.Parts {
			if part.Does != Cannot || part.Text["de"] == "" || part.Rows == 0 {
				h.T.Errorf("part: %+v", part)
			}
		}
	})
}

func TestWhatIsRightHasTheFormOfItsField(t *testing.T) {
	for category, values := range map[string][2][]string{
		"user.contact.email":             {{"a@b.example"}, {"a", "a@b.example\nBcc: x@y.example", "a b@c"}},
		"user.contact.phone_number":      {{"+49 611 1234", "0611/123-4"}, {"12", "call me", "+49 611 1234; drop"}},
		"user.contact.url":               {{"https://a.example/x"}, {"javascript:alert(1)", "a.example"}},
		"user.demographic.language":      {{"de", "de-AT"}, {"German"}},
		"user.demographic.date_of_birth": {{"1815-12-10"}, {"10.12.1815", "1815-13-01"}},
		"user.name":                      {{"O'Brien", "李"}, {"", "  ", "a\x00b", strings.Repeat("a", longestValue+1), "\xff"}},
	} {
		for _, v := range values[0] {
			if _, err := formed(category, v); err != nil {
				t.Errorf("%s: %q is refused: %v", category, v, err)
			}
		}
		for _, v := range values[1] {
			if got, err := formed(category, v); err == nil {
				t.Errorf("%s: %.30q is taken as %q", category, v, got)
			}
		}
	}
}

// MA13: an objection restricts the processing while it is examined; before the
// restriction ends the person is told.
func TestPromise_MA13_AnObjectionRestrictsWhileItIsExamined(t *testing.T) {
	desks(t, interested, func(h *dutytest.House, d *Desk) {
		p := Person{Subjects: []string{h.Subject("ada")}}
		var announced []string
		d.OnLifting(func(_ context.Context, _ *store.Tx, who string, _ time.Time) error {
			announced = append(announced, who)
			return nil
		})
		h.Write(func(ctx context.Context, tx *store.Tx) error { return d.Examine(ctx, tx, "K-1", p) })
		h.Write(func(ctx context.Context, tx *store.Tx) error { return d.Examine(ctx, tx, "K-1", p) })
		restricted(h, p, true)
		d.carries(h, "K-1", p, Objection, Wish{Activity: "circle"})
		d.until(h, "K-1")
		h.Write(func(ctx context.Context, tx *store.Tx) error { return d.Examined(ctx, tx, "K-1") })
		step(h)
		restricted(h, p, true) // told, not yet lifted
		if !slices.Equal(announced, p.Subjects) {
			h.T.Errorf("announced to %v", announced)
		}
		h.Clock.Advance(Notice)
		step(h)
		restricted(h, p, false)
		if stands, err := h.Subjects.Objected(h.Ctx, p.Subjects[0], "circle"); err != nil || !stands {
			h.T.Errorf("the objection does not stand: %v", err)
		}
	})
}

// A restriction that the person asked for outlasts an examination.
func TestAnExaminationDoesNotEndThePersonsOwnRestriction(t *testing.T) {
	desks(t, interested, func(h *dutytest.House, d *Desk) {
		p := Person{Subjects: []string{h.Subject("ada")}}
		h.Write(func(ctx context.Context, tx *store.Tx) error { return d.Examine(ctx, tx, "K-1", p) })
		if _, err := d.Restrict(h.Ctx, p.Subjects[0], "the address is wrong"); err != nil {
			h.T.Fatal(err)
		}
		h.Write(func(ctx context.Context, tx *store.Tx) error { return d.Examined(ctx, tx, "K-1") })
		h.Write(func(ctx context.Context, tx *store.Tx) error { return d.Examine(ctx, tx, "K-2", p) })
		h.Write(func(ctx context.Context, tx *store.Tx) error { return d.Examined(ctx, tx, "K-2") })
		h.Clock.Advance(2 * Notice)
		step(h)
		restricted(h, p, true)
	})
}

func copyOf(h *dutytest.House, d *Desk, p Person) string {
	h.T.Helper()
	c, err := d.Access(h.Ctx, p.Subjects[0])
	if err != nil {
		h.T.Fatal(err)
	}
	var b strings.Builder
	if err := c.JSON(&b); err != nil {
		h.T.Fatal(err)
	}
	return b.String()
}

func restricted(h *dutytest.House, p Person, want bool) {
	h.T.Helper()
	set, err := h.Subjects.Restricted(h.Ctx)
	if err != nil || set[p.Subjects[0]] != want {
		h.T.Errorf("restricted: %v, %v; want %v", set, err, want)
	}
}

// A correction reaches other systems by the category of its field, and what their rules
// forbid is told, and does not stop the rest.
func TestACorrectionReachesOtherSystems(t *testing.T) {
	desks(t, shared, func(h *dutytest.House, d *Desk) {
		p := person(h, "ada")
		erp := &neighbour{rows: map[string]int64{"ada@circle.example": 3}, acts: map[string]int{}, taken: true}
		d.Elsewhere = []Elsewhere{erp}
		var ended Carried
		d.OnCarried(func(_ context.Context, _ *store.Tx, c Carried) error { ended = c; return nil })
		d.carries(h, "K-1", p, Rectification, Wish{Corrections: []Correction{{Field: "name", New: "Ada L."}}})
		d.until(h, "K-1")
		if len(erp.told) != 1 || !slices.Equal(erp.told[0].Categories, []string{"user.name"}) {
			h.T.Errorf("told %+v", erp.told)
		}
		if ended.Failed != Taken || !slices.ContainsFunc(ended.Stays, func(x Part) bool { return x.Table == "customer" && x.Reason == Taken }) || len(ended.Goes) == 0 {
			h.T.Errorf("ended %+v", ended)
		}
	})
}
