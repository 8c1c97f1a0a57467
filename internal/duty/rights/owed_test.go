package rights

import (
	"testing"
	"time"

	"kept/internal/duty/dutytest"
	"kept/internal/subject"
)

// What a hold kept from an erasure goes when the hold ends, by a request of its
// own; until then the person is told what stays.
func TestAnErasureThatAHoldKeptIsFinishedAfterwards(t *testing.T) {
	desks(t, nothingOutlasts, func(h *dutytest.House, d *Desk) {
		for _, lifted := range []bool{true, false} {
			visitor := map[bool]string{true: "ada", false: "bob"}[lifted]
			id := plant(h, visitor, visitor+"@circle.example")
			hold := h.Hold(subject.Hold{Subject: id, Activity: "circle", Until: h.Clock.Now().Add(time.Hour)})
			if _, err := d.Erase(h.Ctx, id); err != nil {
				h.T.Fatal(err)
			}
			work(h)
			if n := h.EventCount(dutytest.Visit); n != 2 {
				h.T.Fatalf("%d visits under the hold, want 2", n)
			}
			if n := h.Count("rights_owed", "subject = $1", id); n != 1 {
				h.T.Errorf("%d erasures are owed, want 1", n)
			}
			if lifted {
				h.Lift(hold)
			} else {
				h.Clock.Advance(time.Hour)
			}
			work(h)
			var request string
			if err := h.DB.QueryRowContext(h.Ctx, "select id from rights_request order by received_at desc, id limit 1").Scan(&request); err != nil {
				h.T.Fatal(err)
			}
			h.Exec("delete from subject_hold") // the hold's own record, kept for three years, names the number that was hers
			erased(h, d, id, request, visitor, visitor+"@circle.example")
			if n := h.Count("rights_owed", "1 = 1"); n != 0 {
				h.T.Errorf("%d erasures are owed still", n)
			}
		}
	})
}

// A hold under which nothing of the person lies keeps only who it is about.
func TestAHoldThatKeepsNothing(t *testing.T) {
	desks(t, nothingOutlasts, func(h *dutytest.House, d *Desk) {
		ada := plant(h, "ada", "ada@circle.example")
		hold := h.Hold(subject.Hold{Subject: ada, Activity: "elsewhere"})
		request, err := d.Erase(h.Ctx, ada)
		if err != nil {
			h.T.Fatal(err)
		}
		work(h)
		if r, err := d.Request(h.Ctx, request); err != nil || r.State != Done {
			h.T.Fatalf("%+v, %v", r, err)
		}
		if n := h.EventCount(dutytest.Visit) + h.Count(dutytest.Member, "1 = 1"); n != 0 {
			h.T.Errorf("%d rows are left", n)
		}
		h.Lift(hold)
		work(h)
		if n := h.Count("subject", "id = $1", ada); n != 0 {
			h.T.Error("the subject stays after the hold")
		}
	})
}
