package rights

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
	"kept/internal/subject"
)

// crowd plants people, and returns them with what was planted.
func crowd(h *dutytest.House, name string, n int) (ids []string) {
	h.T.Helper()
	for i := range n {
		visitor := fmt.Sprintf("%s%d", name, i)
		ids = append(ids, plant(h, visitor, visitor+"@circle.example"))
	}
	return ids
}

func TestManyAreErasedTogetherAndAreGone(t *testing.T) {
	desks(t, nothingOutlasts, func(h *dutytest.House, d *Desk) {
		all, other := crowd(h, "many", 7), plant(h, "bob", "bob@circle.example")
		held := plant(h, "held", "held@circle.example")
		h.Hold(subject.Hold{Subject: held})
		requests, err := d.EraseMany(h.Ctx, append(slices.Clone(all), held))
		if err != nil || len(requests) != 8 {
			h.T.Fatalf("%v, %v", requests, err)
		}
		again, err := d.EraseMany(h.Ctx, all[:1])
		if err != nil || again[0] != requests[0] {
			h.T.Errorf("asked again: %v, %v", again, err)
		}
		work(h)
		h.Clock.Advance(retain.Spread)
		work(h)
		for i, id := range all {
			visitor := fmt.Sprintf("many%d", i)
			erased(h, d, id, requests[i], visitor, visitor+"@circle.example")
		}
		if r, err := d.Request(h.Ctx, requests[7]); err != nil || r.State != Done || len(r.Stays) == 0 {
			h.T.Errorf("whom a hold keeps goes alone: %+v, %v", r, err)
		}
		for _, id := range []string{other, held} {
			if c, err := d.Access(h.Ctx, id); err != nil || c.Nothing {
				h.T.Errorf("somebody else's data went: %v", err)
			}
		}
	})
}

// The group is broken after each of its steps in turn; run again, it ends.
func TestManySurviveBeingKilledAnywhere(t *testing.T) {
	killed := errors.New("killed")
	desks(t, nothingOutlasts, func(h *dutytest.House, d *Desk) {
		steps := []string{"many planned", "many intended", "many keys destroyed", "many rows erased", "many events' keys destroyed", "many forgotten", "many verified", "many finished"}
		for i, at := range steps {
			name := string(rune('a'+i)) + "-"
			all := crowd(h, name, 3)
			died := false
			d.fail = func(step string) error {
				if step == at && !died {
					died = true
					return killed
				}
				return nil
			}
			requests, err := d.EraseMany(h.Ctx, all)
			if err != nil {
				h.T.Fatal(err)
			}
			for range 4 {
				step(h)
				h.Clock.Advance(retain.Spread)
			}
			if !died {
				h.T.Fatalf("there is no step %q", at)
			}
			for n, id := range all {
				visitor := fmt.Sprintf("%s%d", name, n)
				erased(h, d, id, requests[n], visitor, visitor+"@circle.example")
			}
		}
		if n := h.Count("rights_request", "intent_leaf is null or leaf is null"); n != 0 {
			h.T.Errorf("%d requests have no leaves", n)
		}
		if open, err := d.requests(h.Ctx, "where closed_at is null"); err != nil || len(open) != 0 {
			h.T.Errorf("open: %v, %v", open, err)
		}
	})
}
