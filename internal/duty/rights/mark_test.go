package rights

import (
	"context"
	"testing"

	"kept/internal/duty/dutytest"
	"kept/internal/store"
)

// What no program can do in another system a person does by hand: the order waits
// until it is ticked off, and only then it is told as done.
func TestAnOrderWaitsForWhatIsDoneByHand(t *testing.T) {
	for _, right := range []Right{Restriction, Withdrawal, Erasure} {
		t.Run(string(right), func(t *testing.T) {
			desks(t, shared, func(h *dutytest.House, d *Desk) {
				p := person(h, "ada")
				erp := &neighbour{rows: map[string]int64{"ada@circle.example": 3}, acts: map[string]int{}, byHand: true}
				d.Elsewhere = []Elsewhere{erp}
				var ended []Carried
				d.OnCarried(func(_ context.Context, _ *store.Tx, c Carried) error { ended = append(ended, c); return nil })
				d.carries(h, "K-1", p, right, Wish{})
				for range 5 {
					step(h)
					h.Clock.Advance(patience)
				}
				if o := d.of(h, "K-1"); o.State == Done || len(o.ByHand) != 1 || o.ByHand[0] != "erp" || len(ended) != 0 {
					h.T.Fatalf("before it is ticked off: %+v, told %+v", o, ended)
				}
				open, err := d.Tellings(h.Ctx, "K-1")
				if err != nil || len(open) != 1 || open[0].System != "erp" || open[0].Fields[0] != "customer" {
					h.T.Fatalf("%+v, %v", open, err)
				}
				who, err := d.Whom(h.Ctx, open[0].ID)
				if err != nil || len(who.Person.Identifiers) != 1 {
					h.T.Errorf("whom it is about: %+v, %v", who, err)
				}
				if err := d.Tick(h.Ctx, open[0].ID, "officer"); err != nil {
					h.T.Fatal(err)
				}
				d.until(h, "K-1")
				if len(ended) != 1 || !holdsPart(ended[0].Goes, "customer", 3) {
					h.T.Errorf("told: %+v", ended)
				}
			})
		})
	}
}

func holdsPart(parts []Part, table string, rows int64) bool {
	for _, p := range parts {
		if p.Table == table && p.Rows == rows {
			return true
		}
	}
	return false
}

// A restriction stands in other systems as long as it does here, however it began and
// ended, and although a system did not answer meanwhile.
func TestARestrictionStandsElsewhereAsLongAsHere(t *testing.T) {
	desks(t, shared, func(h *dutytest.House, d *Desk) {
		p := person(h, "ada")
		erp := &neighbour{rows: map[string]int64{"ada@circle.example": 3}, acts: map[string]int{}, down: true}
		d.Elsewhere = []Elsewhere{erp}
		h.Write(func(ctx context.Context, tx *store.Tx) error { return d.Examine(ctx, tx, "K-1", p) })
		step(h)
		erp.down = false
		h.Clock.Advance(2 * patience)
		step(h)
		if erp.acts["restriction true"] == 0 {
			h.T.Fatalf("an examination is not told: %v", erp.acts)
		}
		h.Write(func(ctx context.Context, tx *store.Tx) error { return d.Examined(ctx, tx, "K-1") })
		h.Clock.Advance(Notice)
		step(h)
		if erp.acts["restriction false"] != 1 {
			h.T.Errorf("its end is not told: %v", erp.acts)
		}
		if _, err := d.Restrict(h.Ctx, p.Subjects[0], "wrong"); err != nil {
			h.T.Fatal(err)
		}
		if err := d.Lift(h.Ctx, p.Subjects[0]); err != nil {
			h.T.Fatal(err)
		}
		step(h)
		if erp.acts["restriction false"] != 2 {
			h.T.Errorf("a restriction that was lifted at once: %v", erp.acts)
		}
	})
}
