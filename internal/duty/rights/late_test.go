package rights

import (
	"strings"
	"testing"
	"time"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
	"kept/internal/manifest"
	"kept/internal/store/event"
	"kept/internal/store/storetest"
)

// What another node takes in before it knows of an erasure goes too, and only
// then is the erasure called done.
func TestErasureEndsWhatAnotherNodeTookInMeanwhile(t *testing.T) {
	h := dutytest.Open(t, storetest.Postgres(t), nothingOutlasts, []manifest.Manifest{Manifest()})
	d := desk(h)
	ada := plant(h, "ada", "ada@circle.example")
	request, err := d.Erase(h.Ctx, ada)
	if err != nil {
		t.Fatal(err)
	}
	h.Work()
	if n := h.EventCount(dutytest.Visit) + h.Count(dutytest.Letter, "1 = 1"); n > 0 {
		t.Errorf("%d rows wait for the second look", n)
	}
	h.See(ada, "/late", h.Clock.Now())
	if r, err := d.Request(h.Ctx, request); err != nil || r.State != Executing || h.Leaves("erasure.done") > 0 {
		t.Fatalf("while another node may not know: %+v, %v", r, err)
	}
	h.Clock.Advance(retain.Spread)
	h.Work()
	erased(h, d, ada, request, "ada", "ada@circle.example")
	if n := h.EventCount(dutytest.Visit); n > 0 {
		t.Errorf("%d visits are nobody's", n)
	}
}

// An event that comes in between the erasure and the last look is seen by that
// look: the erasure is not called done.
func TestErasureIsNotDoneWhileEventsAnswer(t *testing.T) {
	desks(t, nothingOutlasts, func(h *dutytest.House, d *Desk) {
		ada := plant(h, "ada", "ada@circle.example")
		d.fail = func(step string) error {
			if step == "erased "+dutytest.Visit {
				h.See(ada, "/late", h.Clock.Now())
			}
			return nil
		}
		request, err := d.Erase(h.Ctx, ada)
		if err != nil {
			t.Fatal(err)
		}
		h.Work()
		if r, err := d.Request(h.Ctx, request); err != nil || r.State != Executing || h.Leaves("erasure.done") > 0 {
			t.Fatalf("%+v, %v", r, err)
		}
		var seen int
		if err := h.Events.Of(h.Ctx, dutytest.Visit, ada, func(event.Row) error { seen++; return nil }); err != nil || seen != 1 {
			t.Errorf("the late event cannot be found any more: %d, %v", seen, err)
		}
		d.fail = nil
		for range 3 {
			h.Clock.Advance(time.Hour)
			work(h)
		}
		erased(h, d, ada, request, "ada", "ada@circle.example")
		var events strings.Builder
		if err := h.Events.Dump(h.Ctx, &events); err != nil || strings.Contains(events.String(), "/late") {
			t.Errorf("the late event is still there, %v", err)
		}
	})
}
