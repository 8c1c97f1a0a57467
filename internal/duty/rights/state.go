package rights

import "kept/internal/fault"

// State is how far a request is.
type State string

// The states. Done and Refused are final.
const (
	Received  State = "received"
	Prepared  State = "planned"   // what goes and what stays is known
	Executing State = "executing" // the intent is in the ledger
	Verified  State = "verified"  // everything was asked again, nothing answered
	Done      State = "done"
	Refused   State = "refused"
	Waiting   State = "waiting" // for something that is missing; goes on where it stopped
)

// Event is what happens to a request.
type Event string

// The events.
const (
	doPlan    Event = "plan"
	doExecute Event = "execute"
	doVerify  Event = "verify"
	doFinish  Event = "finish"
	doRefuse  Event = "refuse"
	doWait    Event = "wait"
	doResume  Event = "resume"
)

// steps are the only ways from one state to another. Resume leads back to where
// the request waits and is not in the table.
var steps = map[State]map[Event]State{
	Received:  {doPlan: Prepared, doRefuse: Refused, doWait: Waiting},
	Prepared:  {doExecute: Executing, doRefuse: Refused, doWait: Waiting},
	Executing: {doVerify: Verified, doWait: Waiting},
	Verified:  {doFinish: Done},
}

// progress is where a request stands; from is the state that a waiting request
// goes back to.
type progress struct{ at, from State }

// after returns where e leads, Conflict if it leads nowhere from here. A request
// that has begun to execute cannot be refused any more: part of it is done.
func (p progress) after(e Event) (progress, error) {
	if p.at == Waiting {
		switch {
		case e == doResume:
			return progress{at: p.from}, nil
		case e == doRefuse && p.from != Executing:
			return progress{at: Refused}, nil
		}
	}
	next, ok := steps[p.at][e]
	if !ok {
		return p, fault.New(fault.Conflict, "a request that is %s cannot %s", p.at, e)
	}
	if next == Waiting {
		return progress{at: Waiting, from: p.at}, nil
	}
	return progress{at: next}, nil
}
