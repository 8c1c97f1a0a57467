package rights

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

func desks(t *testing.T, activities string, f func(h *dutytest.House, d *Desk)) {
	t.Helper()
	dutytest.Each(t, activities, []manifest.Manifest{Manifest()}, func(t *testing.T, h *dutytest.House) { f(h, desk(h)) })
}

func desk(h *dutytest.House) *Desk {
	h.T.Helper()
	d, err := Open(h.Ctx, Config{
		DB: h.DB, Events: h.Events, Vault: h.Vault, Ledger: h.Ledger, Subjects: h.Subjects, Consent: h.Consent, Jobs: h.Jobs,
		Clock: h.Clock, Manifests: h.Manifests, Policy: h.Policy,
	})
	if err != nil {
		h.T.Fatal(err)
	}
	return d
}

// plant gives a person something in every table.
func plant(h *dutytest.House, visitor, email string) (id string) {
	id = h.Subject(visitor)
	h.WriteLetter(h.Join(id, email), "a secret of "+visitor)
	h.Bill(id, h.Clock.Now())
	h.See(id, "/read/"+visitor, h.Clock.Now(), h.Clock.Now().AddDate(0, -1, 0))
	return id
}

const nothingOutlasts = `  circle:
    purpose: analytics.reporting
    basis: consent
    group: statistics
    data: [person, proof, letter, amount, visitor, time, page, address]
    retention:
      - {from: collection, keep: 1 year, then: delete}
      - {data: amount, from: invoice-date, keep: 1 year, then: delete}
`

// work does everything that an erasure leads to: also the second look, where
// other nodes may serve.
func work(h *dutytest.House) {
	h.T.Helper()
	h.Work()
	h.Clock.Advance(retain.Spread)
	h.Work()
}

// erased fails the test unless nothing of the person is left anywhere.
func erased(h *dutytest.House, d *Desk, id, request, visitor, email string) {
	h.T.Helper()
	r, err := d.Request(h.Ctx, request)
	if err != nil || r.State != Done || r.Subject != "" || r.Intent == "" || r.Leaf == "" {
		h.T.Fatalf("request: %+v, %v", r, err)
	}
	c, err := d.Access(h.Ctx, id)
	if err != nil || !c.Nothing {
		h.T.Errorf("a copy after the erasure: %+v, %v", c, err)
	}
	refs, err := h.Vault.Refs(h.Ctx, id)
	if err != nil || len(refs) > 0 {
		h.T.Errorf("keys after the erasure: %v, %v", refs, err)
	}
	var events strings.Builder
	if err := h.Events.Dump(h.Ctx, &events); err != nil {
		h.T.Fatal(err)
	}
	for where, dump := range map[string]string{"the database": storetest.Dump(h.T, h.DB), "the events": events.String()} {
		for _, planted := range []string{id, "secret of " + visitor, "/read/" + visitor, email} {
			if strings.Contains(dump, planted) {
				h.T.Errorf("%q is still in %s", planted, where)
			}
		}
	}
}

func TestErasure(t *testing.T) {
	desks(t, nothingOutlasts, func(h *dutytest.House, d *Desk) {
		ada, bob := plant(h, "ada", "ada@circle.example"), plant(h, "bob", "bob@circle.example")
		goes, stays, err := d.Preview(h.Ctx, ada)
		if err != nil || len(goes) != 4 || len(stays) != 0 {
			h.T.Fatalf("preview: %+v, %+v, %v", goes, stays, err)
		}
		request, err := d.Erase(h.Ctx, ada)
		if err != nil {
			h.T.Fatal(err)
		}
		if again, err := d.Erase(h.Ctx, ada); err != nil || again != request {
			h.T.Errorf("asked again: %s, %v; want %s", again, err, request)
		}
		work(h)
		erased(h, d, ada, request, "ada", "ada@circle.example")
		if n := h.Count(dutytest.Letter, "1 = 1") + h.EventCount(dutytest.Visit); n != 3 {
			h.T.Errorf("%d letters and visits of the other are left, want 3", n)
		}
		if id, err := h.Subjects.Find(h.Ctx, h.DB, subject.Visitor, "bob"); err != nil || id != bob {
			h.T.Errorf("the other is not found any more: %v", err)
		}
		if n := h.Leaves("erasure.intended") + h.Leaves("erasure.done"); n != 2 {
			h.T.Errorf("%d leaves, want an intent and an end", n)
		}
	})
}

// The erasure is broken after each of its steps in turn; run again, it ends.
func TestErasureSurvivesBeingKilledAnywhere(t *testing.T) {
	killed := errors.New("killed")
	var steps []string
	desks(t, nothingOutlasts, func(h *dutytest.House, d *Desk) {
		steps = nil
		d.fail = func(step string) error { steps = append(steps, step); return nil }
		request, err := d.Erase(h.Ctx, plant(h, "first", "first@circle.example"))
		if err != nil {
			h.T.Fatal(err)
		}
		work(h)
		if r, err := d.Request(h.Ctx, request); err != nil || r.State != Done {
			h.T.Fatalf("%+v, %v", r, err)
		}
		if len(steps) < 9 {
			h.T.Fatalf("only %d steps: %v", len(steps), steps)
		}
		slices.Sort(steps)
		for i, at := range slices.Compact(steps) {
			if at == "before "+string(Done) {
				continue
			}
			visitor := "v" + string(rune('a'+i))
			id := plant(h, visitor, visitor+"@circle.example")
			d.fail = func(step string) error {
				if step == at {
					return killed
				}
				return nil
			}
			request, err := d.Erase(h.Ctx, id)
			if err != nil {
				h.T.Fatal(err)
			}
			err = d.carryOut(h.Ctx, request, false)
			if err == nil { // the step belongs to the second look
				err = d.carryOut(h.Ctx, request, true)
			}
			if !errors.Is(err, killed) {
				h.T.Fatalf("%s: %v", at, err)
			}
			d.fail = nil
			work(h)
			erased(h, d, id, request, visitor, visitor+"@circle.example")
		}
	})
}

// What a rule keeps stays, is told with reason and date, and can still be read;
// what it does not keep goes.
func TestWhatARuleKeepsStaysAndIsTold(t *testing.T) {
	desks(t, dutytest.Standard, func(h *dutytest.House, d *Desk) {
		ada := plant(h, "ada", "ada@circle.example")
		_, stays, err := d.Preview(h.Ctx, ada)
		if err != nil || len(stays) != 2 {
			h.T.Fatalf("stays: %+v, %v", stays, err)
		}
		proof := stays[slices.IndexFunc(stays, func(p Part) bool { return p.Table == dutytest.Member })]
		if proof.Rule != "circle/proof/left" || proof.Reason != reasonClaims || proof.Text["en"] != "defence of claims" || !proof.Until.Equal(h.Clock.Now().AddDate(3, 0, 0)) {
			h.T.Errorf("told about the proof: %+v", proof)
		}
		request, err := d.Erase(h.Ctx, ada)
		if err != nil {
			h.T.Fatal(err)
		}
		work(h)
		r, err := d.Request(h.Ctx, request)
		if err != nil || r.State != Done || len(r.Stays) != 2 {
			h.T.Fatalf("request: %+v, %v", r, err)
		}
		if n := h.Count(dutytest.Member, "name is not null or length(email) > 0"); n != 0 {
			h.T.Error("the name or the address is still there")
		}
		if n := h.Count(dutytest.Member, "proof is not null and left_at is not null"); n != 1 {
			h.T.Error("the proof is gone, or does not count from the erasure")
		}
		if n := h.Count(dutytest.Letter, "1 = 1") + h.EventCount(dutytest.Visit); n != 0 {
			h.T.Errorf("%d letters and visits are still there", n)
		}
		c, err := d.Access(h.Ctx, ada)
		if err != nil || c.Nothing {
			h.T.Fatalf("what stays is hidden from the person: %+v, %v", c, err)
		}
		var text strings.Builder
		if err := c.JSON(&text); err != nil || !strings.Contains(text.String(), "signed up: ada@circle.example") {
			h.T.Errorf("the proof cannot be read any more: %v", err)
		}
		if id, err := h.Subjects.Find(h.Ctx, h.DB, subject.Visitor, "ada"); err != nil || id != ada {
			h.T.Errorf("what stays cannot be found any more: %v", err)
		}
	})
}

func TestAHoldKeepsAgainstErasure(t *testing.T) {
	desks(t, nothingOutlasts, func(h *dutytest.House, d *Desk) {
		ada := plant(h, "ada", "ada@circle.example")
		until := h.Clock.Now().AddDate(1, 0, 0)
		h.Hold(subject.Hold{Subject: ada, Activity: "circle", Until: until})
		request, err := d.Erase(h.Ctx, ada)
		if err != nil {
			h.T.Fatal(err)
		}
		work(h)
		r, err := d.Request(h.Ctx, request)
		if err != nil || r.State != Done || len(r.Stays) != 4 || r.Stays[0].Reason != reasonHold || !r.Stays[0].Until.Equal(until) {
			h.T.Fatalf("request: %+v, %v", r, err)
		}
		if n := h.Count(dutytest.Letter, "1 = 1") + h.EventCount(dutytest.Visit); n != 3 {
			h.T.Errorf("%d letters and visits are left under the hold, want 3", n)
		}
	})
}

// A part of the system that never answers makes the request wait, visibly; it
// goes on where it stopped.
func TestAFailingErasureWaits(t *testing.T) {
	desks(t, nothingOutlasts, func(h *dutytest.House, d *Desk) {
		ada := plant(h, "ada", "ada@circle.example")
		d.fail = func(step string) error {
			if step == "keys destroyed" {
				return fault.New(fault.Unavailable, "does not answer")
			}
			return nil
		}
		request, err := d.Erase(h.Ctx, ada)
		if err != nil {
			h.T.Fatal(err)
		}
		for range eraseAttempts {
			work(h)
			h.Clock.Advance(2 * time.Hour)
		}
		r, err := d.Request(h.Ctx, request)
		if err != nil || r.State != Waiting || r.From != Executing || r.Reason != reasonFailed {
			h.T.Fatalf("request: %+v, %v", r, err)
		}
		if open, err := d.Pending(h.Ctx); err != nil || len(open) != 1 {
			h.T.Errorf("pending: %v, %v", open, err)
		}
		if err := d.Refuse(h.Ctx, request, "late", "staff"); !fault.Is(err, fault.Conflict) {
			h.T.Errorf("refused what has begun: %v", err)
		}
		d.fail = nil
		if err := d.Resume(h.Ctx, request); err != nil {
			h.T.Fatal(err)
		}
		work(h)
		erased(h, d, ada, request, "ada", "ada@circle.example")
	})
}

func TestRestriction(t *testing.T) {
	desks(t, nothingOutlasts, func(h *dutytest.House, d *Desk) {
		ada := plant(h, "ada", "ada@circle.example")
		request, err := d.Restrict(h.Ctx, ada, "the address is wrong")
		if err != nil {
			h.T.Fatal(err)
		}
		if r, err := d.Request(h.Ctx, request); err != nil || r.State != Done || r.Closed.IsZero() {
			h.T.Errorf("request: %+v, %v", r, err)
		}
		if set, err := h.Subjects.Restricted(h.Ctx); err != nil || !set[ada] {
			h.T.Errorf("restricted: %v, %v", set, err)
		}
		if err := d.Lift(h.Ctx, ada); err != nil {
			h.T.Fatal(err)
		}
		if set, err := h.Subjects.Restricted(h.Ctx); err != nil || set[ada] {
			h.T.Errorf("restricted after lifting: %v, %v", set, err)
		}
	})
}

const interested = `  circle:
    purpose: analytics.reporting
    basis: legitimate-interests
    interest: {en: good books, de: gute Bücher}
    data: [visitor, time, page]
    retention:
      - {from: collection, keep: 1 year, then: delete}
`

func TestPromise_MC29_ObjectionStopsWhatRestsOnInterest(t *testing.T) {
	desks(t, interested, func(h *dutytest.House, d *Desk) {
		ada, bob := h.Subject("ada"), h.Subject("bob")
		if _, err := d.Object(h.Ctx, ada, "circle"); err != nil {
			h.T.Fatal(err)
		}
		for id, want := range map[string]bool{ada: true, bob: false} {
			if got, err := h.Subjects.Objected(h.Ctx, id, "circle"); err != nil || got != want {
				h.T.Errorf("objected: %v, %v; want %v", got, err, want)
			}
		}
		if n := h.Leaves("objection.made"); n != 1 {
			h.T.Errorf("%d leaves", n)
		}
		if _, err := d.Object(h.Ctx, ada, "elsewhere"); !fault.Is(err, fault.NotFound) {
			h.T.Errorf("objection to what does not exist: %v", err)
		}
		h.Take(h.Read(dutytest.Standard))
		if _, err := d.Object(h.Ctx, ada, "circle"); !fault.Is(err, fault.Invalid) {
			h.T.Errorf("objection to what rests on consent: %v", err)
		}
	})
}

// CT05: what was collected directly goes at once when the person asks, and a
// statutory period stays untouched.
func TestPromise_CT05_DeletedAtOnceOnRequestButForStatutoryPeriods(t *testing.T) {
	desks(t, dutytest.Standard, func(h *dutytest.House, d *Desk) {
		ada := plant(h, "ada", "ada@circle.example")
		if _, err := d.Erase(h.Ctx, ada); err != nil {
			h.T.Fatal(err)
		}
		work(h)
		if n := h.Count(dutytest.Letter, "1 = 1") + h.EventCount(dutytest.Visit); n != 0 {
			h.T.Errorf("%d letters and visits are left", n)
		}
		if n := h.Count(dutytest.Invoice, "amount > 0"); n != 1 {
			h.T.Errorf("%d invoices are left, want 1", n)
		}
	})
}

func TestRefusingNeedsAReason(t *testing.T) {
	desks(t, nothingOutlasts, func(h *dutytest.House, d *Desk) {
		request, err := d.Erase(h.Ctx, plant(h, "ada", "ada@circle.example"))
		if err != nil {
			h.T.Fatal(err)
		}
		if err := d.Refuse(h.Ctx, request, "", "staff"); !fault.Is(err, fault.Invalid) {
			h.T.Errorf("refused without a reason: %v", err)
		}
		if err := d.Refuse(h.Ctx, request, "excessive", "staff"); err != nil {
			h.T.Fatal(err)
		}
		work(h)
		if n := h.EventCount(dutytest.Visit); n != 2 {
			h.T.Errorf("a refused request deleted: %d visits left", n)
		}
		if n := h.Leaves("request.refused"); n != 1 {
			h.T.Errorf("%d leaves", n)
		}
	})
}
