package rights

import (
	"context"
	"slices"
	"testing"
	"time"

	"kept/internal/duty/dutytest"
	"kept/internal/store"
	"kept/internal/subject"
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
		if erp.acts["restriction false"] < 2 || erp.acts["restriction true"] != 1 {
			h.T.Errorf("a restriction that was lifted at once: %v", erp.acts)
		}
	})
}

// Where no program can tell another system, a restriction that an examination begins is
// a task of somebody, and so is its end: only after the person was told (Art. 18(3)), and
// what was not ticked off until then is overtaken. Whoever got the data is told both.
func TestAnExaminationIsDoneByHandWhereNoProgramCan(t *testing.T) {
	desks(t, shared, func(h *dutytest.House, d *Desk) {
		p := person(h, "ada")
		erp := &neighbour{rows: map[string]int64{"ada@circle.example": 3}, acts: map[string]int{}, byHand: true}
		d.Elsewhere = []Elsewhere{erp}
		var told []time.Time // ends that the person was told
		d.OnLifting(func(_ context.Context, _ *store.Tx, _ string, at time.Time) error {
			told = append(told, at)
			return nil
		})
		d.OnCarried(func(_ context.Context, _ *store.Tx, c Carried) error {
			h.T.Errorf("told as something that was asked for: %+v", c)
			return nil
		})
		h.Write(func(ctx context.Context, tx *store.Tx) error { return d.Examine(ctx, tx, "K-1", p) })
		step(h)
		task := d.taskFor(h, "erp", Restricted)
		if task.Case != "K-1" || task.Fields[0] != "customer" {
			h.T.Errorf("the task: %+v", task)
		}
		if who, err := d.Whom(h.Ctx, task.ID); err != nil || len(who.Person.Identifiers) == 0 {
			h.T.Errorf("whom it is about: %+v, %v", who, err)
		}
		if err := d.Tick(h.Ctx, task.ID, "officer"); err != nil {
			h.T.Fatal(err)
		}
		step(h)
		recipient := d.taskFor(h, "", Restricted)
		if recipient.Recipient == "" {
			h.T.Errorf("who got the data: %+v", recipient)
		}
		h.Write(func(ctx context.Context, tx *store.Tx) error { return d.Examined(ctx, tx, "K-1") })
		h.Clock.Advance(Notice - time.Minute)
		step(h)
		if all, _ := d.Tellings(h.Ctx, ""); len(told) != 1 || len(all) != 1 {
			h.T.Fatalf("before the notice is over: the person was told %v, others %+v", told, all)
		}
		h.Clock.Advance(time.Minute)
		step(h)
		lift := d.taskFor(h, "erp", Lifted)
		if all, _ := d.Tellings(h.Ctx, "K-1"); len(all) != 3 || lift.Since.Before(told[0]) {
			h.T.Errorf("%+v", all)
		}
		if err := d.Tick(h.Ctx, lift.ID, "officer"); err != nil {
			h.T.Fatal(err)
		}
		step(h)
		last := d.taskFor(h, "", Lifted)
		if err := d.Tick(h.Ctx, last.ID, "officer"); err != nil {
			h.T.Fatal(err)
		}
		if n := h.Count("rights_order", "closed_at is null or content is not null"); n != 0 {
			h.T.Errorf("%d orders are open or name the person still", n)
		}
		if erp.acts["restriction true"] == 0 || erp.acts["restriction false"] == 0 {
			h.T.Errorf("%v", erp.acts)
		}
	})
}

// taskFor is the one open task of a right in a system; of a recipient without one.
func (d *Desk) taskFor(h *dutytest.House, system string, r Right) Informing {
	h.T.Helper()
	open, err := d.Tellings(h.Ctx, "")
	if err != nil || len(open) != 1 || open[0].System != system || open[0].Right != r || open[0].Way != ByHand {
		h.T.Fatalf("%+v, %v", open, err)
	}
	return open[0]
}

// A task to restrict that nobody ticked off is overtaken by the end of the restriction.
func TestTheEndOfARestrictionOvertakesItsTasks(t *testing.T) {
	desks(t, shared, func(h *dutytest.House, d *Desk) {
		p := person(h, "ada")
		erp := &neighbour{rows: map[string]int64{"ada@circle.example": 3}, acts: map[string]int{}, byHand: true}
		d.Elsewhere = []Elsewhere{erp}
		h.Write(func(ctx context.Context, tx *store.Tx) error { return d.Examine(ctx, tx, "K-1", p) })
		step(h)
		d.taskFor(h, "erp", Restricted)
		h.Write(func(ctx context.Context, tx *store.Tx) error { return d.Examined(ctx, tx, "K-1") })
		h.Clock.Advance(Notice)
		step(h)
		open, err := d.Tellings(h.Ctx, "")
		if err != nil || !slices.ContainsFunc(open, func(i Informing) bool { return i.System == "erp" && i.Right == Lifted }) ||
			slices.ContainsFunc(open, func(i Informing) bool { return i.System == "erp" && i.Right == Restricted }) {
			h.T.Errorf("%+v, %v", open, err)
		}
	})
}

// An order's own task to restrict is overtaken when the restriction is lifted, whoever
// does it, and the order says so; a task to lift is overtaken when one begins again.
func TestALiftedRestrictionOvertakesWhatItsOrderLeftToDo(t *testing.T) {
	for name, lift := range map[string]func(*dutytest.House, *Desk, string){
		"the person": func(h *dutytest.House, d *Desk, who string) {
			if err := d.Lift(h.Ctx, who); err != nil {
				h.T.Fatal(err)
			}
		},
		"the staff": func(h *dutytest.House, d *Desk, who string) {
			h.Write(func(ctx context.Context, tx *store.Tx) error { return d.LiftAfterNotice(ctx, tx, "K-9", who) })
			h.Clock.Advance(Notice)
		},
	} {
		t.Run(name, func(t *testing.T) {
			desks(t, shared, func(h *dutytest.House, d *Desk) {
				p, other := person(h, "ada"), person(h, "bea")
				erp := &neighbour{rows: map[string]int64{"ada@circle.example": 3, "bea@circle.example": 1}, acts: map[string]int{}, byHand: true}
				d.Elsewhere = []Elsewhere{erp}
				var ended []Carried
				d.OnCarried(func(_ context.Context, _ *store.Tx, c Carried) error { ended = append(ended, c); return nil })
				d.carries(h, "K-1", p, Restriction, Wish{})
				d.carries(h, "K-2", other, Restriction, Wish{})
				step(h)
				d.openTasks(h, "K-1 restriction", "K-2 restriction")
				lift(h, d, p.Subjects[0])
				step(h)
				h.Clock.Advance(patience)
				step(h)
				if o := d.of(h, "K-1"); o.State != Done || len(ended) != 1 || ended[0].Failed != LiftedSince || holdsPart(ended[0].Goes, "customer", 3) {
					h.T.Fatalf("%+v, told %+v", o, ended)
				}
				if n := h.Count("rights_told", "asked = 'restriction' and told_by = $1", Overtaken); n != 1 {
					h.T.Errorf("%d tasks say that they were overtaken", n)
				}
				d.openTasks(h, " lifted", "K-2 restriction")
				if _, err := d.Restrict(h.Ctx, p.Subjects[0], "wrong"); err != nil {
					h.T.Fatal(err)
				}
				step(h)
				d.openTasks(h, " restricted", "K-2 restriction")
			})
		})
	}
}

// openTasks checks what is left to be done by hand in a system: a case, where the order
// has one that the test named, and the right.
func (d *Desk) openTasks(h *dutytest.House, want ...string) {
	h.T.Helper()
	open, err := d.Tellings(h.Ctx, "")
	if err != nil {
		h.T.Fatal(err)
	}
	var got []string
	for _, i := range open {
		name := ""
		if i.Right == Restriction {
			name = i.Case
		}
		if i.System != "" {
			got = append(got, name+" "+string(i.Right))
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		h.T.Fatalf("tasks %q, want %q", got, want)
	}
}

// A system that was down while a restriction was ordered and lifted is not restricted
// afterwards.
func TestARestrictionThatWasLiftedIsNotMadeUpFor(t *testing.T) {
	desks(t, shared, func(h *dutytest.House, d *Desk) {
		p := person(h, "ada")
		erp := &neighbour{rows: map[string]int64{"ada@circle.example": 3}, acts: map[string]int{}}
		d.Elsewhere = []Elsewhere{erp}
		d.carries(h, "K-1", p, Restriction, Wish{})
		erp.down = true
		step(h)
		if err := d.Lift(h.Ctx, p.Subjects[0]); err != nil {
			h.T.Fatal(err)
		}
		step(h)
		erp.down, erp.acts = false, map[string]int{}
		d.until(h, "K-1")
		if erp.acts["restriction true"] != 0 || erp.acts["restriction false"] == 0 {
			h.T.Errorf("%v", erp.acts)
		}
	})
}

// Somebody of whom only another system holds something is known here while it is
// restricted: else nobody could lift it.
func TestARestrictionElsewhereAloneCanBeLifted(t *testing.T) {
	desks(t, shared, func(h *dutytest.House, d *Desk) {
		const address = "cyd@circle.example"
		p := Person{Identifiers: []subject.Identifier{{Kind: subject.Email, Value: address}}}
		erp := &neighbour{rows: map[string]int64{address: 3}, acts: map[string]int{}}
		d.Elsewhere = []Elsewhere{erp}
		d.carries(h, "K-1", p, Restriction, Wish{})
		d.until(h, "K-1")
		h.Clock.Advance(30 * 24 * time.Hour)
		if _, err := h.Subjects.Sweep(h.Ctx, 100); err != nil {
			h.T.Fatal(err)
		}
		id, err := h.Subjects.Find(h.Ctx, h.DB, subject.Email, address)
		if err != nil {
			h.T.Fatalf("nobody knows whose data is restricted: %v", err)
		}
		if err := d.Lift(h.Ctx, id); err != nil {
			h.T.Fatal(err)
		}
		step(h)
		if erp.acts["restriction true"] != 1 || erp.acts["restriction false"] != 1 {
			h.T.Errorf("%v", erp.acts)
		}
		h.Clock.Advance(48 * time.Hour)
		if n, err := h.Subjects.Sweep(h.Ctx, 100); err != nil || n != 1 {
			h.T.Errorf("forgotten afterwards: %d, %v", n, err)
		}
	})
}
