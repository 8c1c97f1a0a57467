package rights

import (
	"context"
	"errors"
	"fmt"
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

// neighbour is another system that holds rows of people by their address.
type neighbour struct {
	rows     map[string]int64 // by address
	down     bool
	stubborn bool // says that it erased, and did not
	byHand   bool // no program can tell it anything
	acts     map[string]int
	taken    bool         // its rules forbid a correction
	told     []Correction // what was to be corrected
}

func (n *neighbour) Systems() []string { return []string{"erp"} }

func (n *neighbour) up() error {
	if n.down {
		return fault.New(fault.Unavailable, "erp does not answer")
	}
	return nil
}

func (n *neighbour) held(p Person) (total int64) {
	for _, i := range p.Identifiers {
		total += n.rows[i.Value]
	}
	return total
}

func (n *neighbour) Plan(_ context.Context, p Person, r Right, _ Wish) ([]Planned, error) {
	does := Deletes
	if r != Erasure {
		does = HandsOut
	}
	if n.byHand {
		does = Cannot
	}
	if err := n.up(); err != nil || n.held(p) == 0 {
		return nil, err
	}
	return []Planned{{System: "erp", Does: does, Part: Part{Activity: "erp", Table: "customer", Rows: n.held(p)}}}, nil
}

func (n *neighbour) Read(context.Context, Person, Right, func(Record) error) error { return n.up() }

func (n *neighbour) Erase(_ context.Context, p Person, key string) ([]Part, error) {
	if err := n.up(); err != nil {
		return nil, err
	}
	part := Part{Activity: "erp", Table: "customer", Rows: n.held(p)}
	for _, i := range p.Identifiers {
		if !n.stubborn {
			delete(n.rows, i.Value)
		}
	}
	n.acts[key]++
	return []Part{part}, nil
}

func (n *neighbour) Correct(_ context.Context, _ Person, c []Correction, _ []Planned, key string) ([]Part, error) {
	n.acts[key]++
	if n.told = c; n.taken {
		return []Part{{Activity: "erp", Table: "customer", Reason: Taken}}, n.up()
	}
	return nil, n.up()
}

func (n *neighbour) Mark(_ context.Context, p Person, r Right, _ Wish, on bool) ([]Part, error) {
	n.acts[fmt.Sprint(r, " ", on)]++
	return nil, n.up()
}

func (n *neighbour) Left(_ context.Context, p Person) ([]Part, error) {
	if err := n.up(); err != nil || n.held(p) == 0 {
		return nil, err
	}
	return []Part{{Activity: "erp", Table: "customer", Rows: n.held(p)}}, nil
}

// person is ada, who is known here and in the other system.
func person(h *dutytest.House, visitor string) Person {
	address := visitor + "@circle.example"
	id := plant(h, visitor, address)
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return h.Subjects.Link(ctx, tx, id, subject.Email, address)
	})
	return Person{Subjects: []string{id}, Identifiers: []subject.Identifier{{Kind: subject.Email, Value: address}}}
}

func (d *Desk) plans(h *dutytest.House, p Person, r Right, w Wish) Plan {
	h.T.Helper()
	plan, err := d.Plan(h.Ctx, p, r, w)
	if err != nil {
		h.T.Fatal(err)
	}
	return plan
}

func (d *Desk) carries(h *dutytest.House, of string, p Person, r Right, w Wish) {
	h.T.Helper()
	plan := d.plans(h, p, r, w)
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return d.Carry(ctx, tx, Order{Case: of, Person: p, Right: r, Wish: w, Plan: plan, By: "officer"})
	})
}

// until works and lets time pass until the order of a case is done.
func (d *Desk) until(h *dutytest.House, of string) Progress {
	h.T.Helper()
	for range 60 {
		step(h)
		o := d.of(h, of)
		if o.State == Done {
			step(h)
			return d.of(h, of)
		}
		h.Clock.Advance(patience)
	}
	h.T.Fatalf("the order is not done: %+v", d.of(h, of))
	return Progress{}
}

// step does what is due, whatever fails.
func step(h *dutytest.House) {
	h.T.Helper()
	for range 200 {
		if more, err := h.Jobs.Step(h.Ctx); err != nil {
			h.T.Fatal(err)
		} else if !more {
			return
		}
	}
}

func (d *Desk) of(h *dutytest.House, of string) Progress {
	h.T.Helper()
	all, err := d.Orders(h.Ctx, of)
	if err != nil || len(all) != 1 {
		h.T.Fatalf("orders of %s: %+v, %v", of, all, err)
	}
	return all[0]
}

const shared = `  circle:
    purpose: analytics.reporting
    basis: consent
    group: statistics
    data: [person, proof, letter, amount, visitor, time, page, address]
    recipients:
      printer: [name, letter]
    retention:
      - {from: collection, keep: 1 year, then: delete}
      - {data: amount, from: invoice-date, keep: 1 year, then: delete}
recipients:
  printer: {name: Druckerei Blau, country: DE, role: processor, agreement: {kind: dpa}, requests: rights@printer.example}
`

func TestAnOrderErasesHereAndElsewhereAndSaysWhoIsTold(t *testing.T) {
	desks(t, shared, func(h *dutytest.House, d *Desk) {
		p := person(h, "ada")
		erp := &neighbour{rows: map[string]int64{"ada@circle.example": 3, "bob@circle.example": 2}, acts: map[string]int{}}
		d.Elsewhere = []Elsewhere{erp}
		var ended []Carried
		d.OnCarried(func(_ context.Context, _ *store.Tx, c Carried) error { ended = append(ended, c); return nil })
		plan := d.plans(h, p, Erasure, Wish{})
		if len(plan.Told) != 1 || plan.Told[0].Recipient != "printer" || plan.Told[0].Way != ByHand || !slices.Equal(plan.Told[0].Fields, []string{"name", "letter"}) {
			h.T.Errorf("told: %+v", plan.Told)
		}
		if n := len(plan.Parts); n != 5 || plan.Parts[4].System != "erp" || plan.Parts[4].Rows != 3 {
			h.T.Fatalf("plan: %+v", plan.Parts)
		}
		d.carries(h, "K-1", p, Erasure, Wish{})
		d.carries(h, "K-1", p, Erasure, Wish{}) // asked twice
		o := d.until(h, "K-1")
		if len(ended) != 1 || ended[0].Case != "K-1" || len(ended[0].Goes) != 5 || ended[0].Leaf == "" || ended[0].Failed != "" {
			h.T.Errorf("told at the end: %+v", ended)
		}
		if len(o.Goes) != 5 || len(o.Waits) != 0 {
			h.T.Errorf("order: %+v", o)
		}
		if erp.held(p) != 0 || erp.rows["bob@circle.example"] != 2 || erp.acts["K-1/erasure"] != 1 {
			h.T.Errorf("elsewhere: %+v", erp)
		}
		if c, err := d.Access(h.Ctx, p.Subjects[0]); err != nil || !c.Nothing {
			h.T.Errorf("a copy after the erasure: %+v, %v", c, err)
		}
		// Until the printer is told, the order knows of whom; then nothing does.
		open, err := d.Tellings(h.Ctx, "")
		if err != nil || len(open) != 1 {
			h.T.Fatalf("to be told: %+v, %v", open, err)
		}
		if news, err := d.Whom(h.Ctx, open[0].ID); err != nil || news.Person.Identifiers[0].Value != "ada@circle.example" {
			h.T.Errorf("whom: %+v, %v", news, err)
		}
		if err := d.Tick(h.Ctx, open[0].ID, "officer"); err != nil {
			h.T.Fatal(err)
		}
		if err := d.Tick(h.Ctx, open[0].ID, "officer"); !fault.Is(err, fault.NotFound) {
			h.T.Errorf("ticked twice: %v", err)
		}
		if n := h.Count("rights_order", "content is not null"); n != 0 {
			h.T.Error("the order still knows of whom it was")
		}
		if dump := storetest.Dump(h.T, h.DB); strings.Contains(dump, p.Subjects[0]) || strings.Contains(dump, "ada@") {
			h.T.Error("the person is still named somewhere")
		}
	})
}

// Class 15: an order is killed after each of its steps in turn, for each right; a
// system is down at first. It never ends before all of it is done, and is done
// once.
func TestAnOrderSurvivesBeingKilledAnywhere(t *testing.T) {
	killed := errors.New("killed")
	wishes := map[Right]Wish{
		Erasure: {}, Restriction: {}, Withdrawal: {}, Access: {},
		Rectification: {Corrections: []Correction{{Field: "name", Old: "Ada", New: "Ada Lovelace"}}},
	}
	desks(t, shared, func(h *dutytest.House, d *Desk) {
		for r, w := range wishes {
			erp := &neighbour{rows: map[string]int64{}, acts: map[string]int{}}
			d.Elsewhere = []Elsewhere{erp}
			ended := map[string]int{}
			d.carried = nil
			d.OnCarried(func(_ context.Context, _ *store.Tx, c Carried) error { ended[c.Case]++; return nil })
			var steps []string
			d.fail = func(step string) error { steps = append(steps, step); return nil }
			d.carries(h, "first/"+string(r), person(h, "first-"+string(r)), r, w)
			d.until(h, "first/"+string(r))
			slices.Sort(steps)
			for i, at := range slices.Compact(steps) {
				visitor := string(r) + string(rune('a'+i))
				p := person(h, visitor)
				erp.rows[visitor+"@circle.example"], erp.down = 1, true
				d.fail = nil
				d.carries(h, "K/"+visitor, p, r, w)
				step(h)
				if o := d.of(h, "K/"+visitor); o.State == Done || !slices.Equal(o.Waits, []string{"erp"}) && r != Erasure {
					h.T.Fatalf("%s, %s: with a system down: %+v", r, at, o)
				}
				erp.down = false
				died := false
				d.fail = func(step string) error {
					if step == at && !died {
						died = true
						return killed
					}
					return nil
				}
				d.until(h, "K/"+visitor)
				if ended["K/"+visitor] != 1 {
					h.T.Errorf("%s, %s: ended %d times", r, at, ended["K/"+visitor])
				}
				h.Clock.Advance(patience) // what was stopped after its end is taken up once more
				step(h)
				if n := h.Count("rights_order", "case_id = $1 and content is not null", "K/"+visitor); n != 0 && (r == Withdrawal || r == Access) {
					h.T.Errorf("%s, %s: what the order knew of the person is kept", r, at)
				}
				if r == Erasure && erp.held(p) != 0 {
					h.T.Errorf("%s, %s: still elsewhere", r, at)
				}
				if n := h.Count(dutytest.Member, "name = 'Ada Lovelace' and subject = $1", p.Subjects[0]); r == Rectification && n != 1 {
					h.T.Errorf("%s, %s: not corrected", r, at)
				}
			}
		}
	})
}

// An erasure that another system only claims is not done: it is asked again, and
// the order waits for a person.
func TestAnErasureThatIsOnlyClaimedIsNotDone(t *testing.T) {
	desks(t, nothingOutlasts, func(h *dutytest.House, d *Desk) {
		p := person(h, "ada")
		erp := &neighbour{rows: map[string]int64{"ada@circle.example": 1}, acts: map[string]int{}, stubborn: true}
		d.Elsewhere = []Elsewhere{erp}
		d.carries(h, "K-2", p, Erasure, Wish{})
		for range 2 * carryAttempts {
			step(h)
			h.Clock.Advance(2 * time.Hour)
		}
		if o := d.of(h, "K-2"); o.State == Done || len(o.Waits) == 0 {
			h.T.Fatalf("%+v", o)
		}
		erp.stubborn = false
		d.until(h, "K-2")
	})
}

func TestAnOrderIsRefusedThatNobodyDecidedOrProved(t *testing.T) {
	desks(t, shared, func(h *dutytest.House, d *Desk) {
		p := person(h, "ada")
		for name, o := range map[string]Order{
			"no case":     {By: "officer", Person: p, Right: Access, Plan: Plan{Right: Access}},
			"nobody":      {Case: "K", By: "officer", Right: Access, Plan: Plan{Right: Access}},
			"other plan":  {Case: "K", By: "officer", Person: p, Right: Access, Plan: Plan{Right: Erasure}},
			"undecided":   {Case: "K", By: "officer", Person: p, Right: Erasure, Plan: Plan{Right: Erasure, Parts: []Planned{{Does: Decides}}}},
			"not proven":  {Case: "K", By: "officer", Person: p, Right: Rectification, Wish: Wish{Corrections: []Correction{{Field: "email", New: "x@y.example"}}}, Plan: Plan{Right: Rectification, Parts: []Planned{{Does: Confirms}}}},
			"no activity": {Case: "K", By: "officer", Person: p, Right: Objection, Plan: Plan{Right: Objection}},
		} {
			err := h.DB.Write(h.Ctx, func(ctx context.Context, tx *store.Tx) error { return d.Carry(ctx, tx, o) })
			if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
				h.T.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAnErasureOfOneActivityLeavesTheOthers(t *testing.T) {
	desks(t, nothingOutlasts, func(h *dutytest.House, d *Desk) {
		p := person(h, "ada")
		id := h.Accept()
		both := Person{Subjects: []string{p.Subjects[0], id}}
		d.carries(h, "K-3", both, Erasure, Wish{Activity: "circle"})
		d.until(h, "K-3")
		if n := h.Count(dutytest.Member, "1 = 1") + h.EventCount(dutytest.Visit); n != 0 {
			h.T.Errorf("%d rows of the circle are left", n)
		}
		if n := h.Count("consent_decision", "ended_at is null"); n != 1 {
			h.T.Errorf("%d decisions stand, want 1", n)
		}
		if found, err := h.Subjects.Find(h.Ctx, h.DB, subject.Visitor, "ada"); err != nil || found != p.Subjects[0] {
			// nothing is left of ada: the subject itself goes
			if !fault.Is(err, fault.NotFound) {
				h.T.Error(err)
			}
		}
	})
}
