package activitytest

import (
	"context"
	"strings"
	"testing"

	"kept/internal/activity"
	"kept/internal/clock"
	"kept/internal/duty/rights"
	"kept/internal/manifest"
	"kept/internal/store"
	"kept/internal/subject"
)

// withheld are the fields that a copy does not show, since others are in them and
// no program can tell apart what is whose.
func withheld(kind activity.Kind) map[string]bool {
	fields := map[string]bool{}
	for _, t := range kind.Manifest().Tables {
		for _, c := range t.Columns {
			if c.Others == manifest.Withheld {
				fields[c.Field] = true
			}
		}
	}
	return fields
}

// traces is what using somebody's data leaves behind.
type traces struct{ mails, rows, handed int64 }

func (h *House) traces(kind activity.Kind) (n traces) {
	h.T.Helper()
	h.Work()
	m := kind.Manifest()
	for i := range m.Tables {
		if t := &m.Tables[i]; t.Subject != "" || t.Parent != "" { // the others are about nobody
			n.rows += h.Rows(t)
		}
	}
	n.mails = int64(len(h.Sink.Mails()))
	n.handed = h.leaves("delivery")
	return n
}

func (h *House) leaves(kind string) int64 {
	h.T.Helper()
	ctx := context.Background()
	if _, err := h.Ledger.Sequence(ctx); err != nil {
		h.T.Fatal(err)
	}
	counts, err := h.Ledger.Count(ctx)
	if err != nil {
		h.T.Fatal(err)
	}
	return counts[kind]
}

// restricted has the data of two people used, of whom one restricted it (Art. 18
// GDPR): of the other something is left behind, or the examination shows nothing;
// of the one nothing is.
func restricted(t *testing.T, kind activity.Kind, c Config, place store.Config) {
	if c.Use == nil {
		t.Skip("the kind does nothing with data but keep it")
	}
	h := Env(t, place, c.Policy(c.Fields), clock.At(start), kind)
	free, bound := c.Plant(h, 1), c.Plant(h, 2)
	before := h.traces(kind)
	c.Use(h, free)
	after := h.traces(kind)
	if before == after {
		t.Fatal("using data leaves no trace: the examination would show nothing")
	}
	if _, err := h.Rights.Restrict(context.Background(), bound.Subject, "disputed"); err != nil {
		t.Fatal(err)
	}
	before = h.traces(kind)
	c.Use(h, bound)
	if after := h.traces(kind); after != before {
		t.Errorf("restricted data was used: %+v, before %+v", after, before)
	}
	if err := h.Rights.Lift(context.Background(), bound.Subject); err != nil {
		t.Fatal(err)
	}
	before = h.traces(kind)
	c.Use(h, bound)
	if h.traces(kind) == before {
		t.Error("nothing is used after the restriction was lifted")
	}
}

// corrected has each field of one person corrected that the person gave, and
// looks that it is right in the copy, that the old value is nowhere, and that
// nobody else's changed.
func corrected(t *testing.T, kind activity.Kind, c Config, place store.Config) {
	h := Env(t, place, c.Policy(c.Fields), clock.At(start), kind)
	ctx := context.Background()
	planted, other := c.Plant(h, 1), c.Plant(h, 2)
	if planted.Subject == "" {
		t.Skip("the kind does not know whose its rows are")
	}
	p := rights.Person{Subjects: []string{planted.Subject}}
	m := kind.Manifest()
	for _, f := range m.Fields {
		old := planted.Values[f.Name]
		if f.Source != "person" || len(old) < telling || old == other.Values[f.Name] {
			continue
		}
		right := "right-" + f.Name
		switch {
		case strings.HasPrefix(f.Category, "user.contact.email"):
			right = "right@person.example"
			p.Identifiers = append(p.Identifiers, subject.Identifier{Kind: subject.Email, Value: right})
		case strings.HasPrefix(f.Category, "user.contact.phone_number"):
			right = "+49 611 99887766"
		case strings.HasPrefix(f.Category, "user.contact.url"):
			right = "https://right.example"
		}
		wish := rights.Wish{Corrections: []rights.Correction{{Field: f.Name, Old: old, New: right}}}
		plan, err := h.Rights.Plan(ctx, p, rights.Rectification, wish)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		can := false
		for _, part := range plan.Parts {
			can = can || part.Does == rights.Corrects
		}
		if !can {
			continue // the plan says why: it was measured, or proves something
		}
		err = h.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			return h.Rights.Carry(ctx, tx, rights.Order{Case: "exam/" + f.Name, Person: p, Right: rights.Rectification, Wish: wish, Plan: plan, By: "exam"})
		})
		if err != nil {
			t.Fatal(err)
		}
		h.Work()
		if orders, err := h.Rights.Orders(ctx, "exam/"+f.Name); err != nil || len(orders) != 1 || orders[0].State != rights.Done {
			t.Errorf("%s: %+v, %v", f.Name, orders, err)
		}
		if text := h.CopyOf(planted.Subject); !strings.Contains(text, right) {
			t.Errorf("the copy does not show the right %s", f.Name)
		}
	}
	if !holds(h.CopyOf(other.Subject), other.Values, withheld(kind)) {
		t.Error("another person's data changed")
	}
}
