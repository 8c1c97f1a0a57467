package rights

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// In whatever order events come, a request is executed only after it was
// planned, verified only after it was executed, done only after it was verified,
// never refused once it has begun, and never moved once it is closed.
func TestNoStepIsSkippedInAnyOrderOfEvents(t *testing.T) {
	events := []Event{doPlan, doExecute, doVerify, doFinish, doRefuse, doWait, doResume}
	must := map[State]State{Prepared: Received, Executing: Prepared, Verified: Executing, Done: Verified}
	rapid.Check(t, func(t *rapid.T) {
		p := progress{at: Received}
		reached := []State{Received}
		for range rapid.IntRange(0, 40).Draw(t, "events") {
			e := rapid.SampledFrom(events).Draw(t, "event")
			next, err := p.after(e)
			if err != nil {
				if next != p {
					t.Fatalf("%s in %s is refused and changes %+v to %+v", e, p.at, p, next)
				}
				continue
			}
			switch {
			case p.at == Done || p.at == Refused:
				t.Fatalf("%s moved a request that was %s", e, p.at)
			case next.at == Refused && slices.Contains(reached, Executing):
				t.Fatalf("refused after it had begun: %v", reached)
			case next.at == Waiting && next.from != p.at:
				t.Fatalf("waits from %s, but would go back to %s", p.at, next.from)
			case p.at == Waiting && e == doResume && next.at != p.from:
				t.Fatalf("waited from %s, resumed to %s", p.from, next.at)
			}
			if before, ok := must[next.at]; ok && !slices.Contains(reached, before) {
				t.Fatalf("%s without ever having been %s: %v", next.at, before, reached)
			}
			p = next
			reached = append(reached, p.at)
		}
	})
}
