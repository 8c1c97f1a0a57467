package request

import "kept/internal/fault"

// State is how far a case is.
type State string

// The states. Closed, Refused, Withdrawn and Lapsed are final.
const (
	Received   State = "received"
	Identified State = "identified" // it is known who asks
	Planned    State = "planned"    // it is known what would be done
	Approved   State = "approved"   // a person, or the law itself, has approved that
	Executing  State = "executing"  // it is being done
	Carried    State = "carried"    // it is done, and a second look at the data agrees
	Answered   State = "answered"   // the answer has left
	Closed     State = "closed"
	Refused    State = "refused"
	Withdrawn  State = "withdrawn" // by the person
	Lapsed     State = "lapsed"    // nobody ever showed that it is theirs
	Waiting    State = "waiting"   // for the person; the clock stands still
)

// Event is what happens to a case.
type Event string

// The events.
const (
	Identify Event = "identify"
	Plan     Event = "plan"
	Approve  Event = "approve"
	Execute  Event = "execute"
	Carry    Event = "carry"
	Answer   Event = "answer"
	Close    Event = "close"
	Refuse   Event = "refuse"
	Withdraw Event = "withdraw"
	Pause    Event = "pause"
	Resume   Event = "resume"
	Lapse    Event = "lapse"  // the code never came back
	Reread   Event = "reread" // it wants more than what is public, and nobody has shown who asks
)

// steps are the only ways from one state to another. Resume leads back to where
// the case waits and is not in the table. From the beginning of the execution on
// nothing can be refused or withdrawn: part of it is done.
var steps = map[State]map[Event]State{
	Received:   {Identify: Identified, Refuse: Refused, Withdraw: Withdrawn, Pause: Waiting, Lapse: Lapsed},
	Identified: {Plan: Planned, Refuse: Refused, Withdraw: Withdrawn, Pause: Waiting, Reread: Received},
	Planned:    {Plan: Planned, Approve: Approved, Refuse: Refused, Withdraw: Withdrawn, Pause: Waiting, Reread: Received},
	Approved:   {Execute: Executing, Refuse: Refused, Withdraw: Withdrawn},
	Executing:  {Carry: Carried},
	Carried:    {Answer: Answered},
	Answered:   {Close: Closed},
}

// final are the states that a case does not leave.
var final = map[State]bool{Closed: true, Refused: true, Withdrawn: true, Lapsed: true}

// progress is where a case stands; from is the state that a waiting one goes
// back to.
type progress struct{ at, from State }

// after returns where e leads, Conflict if it leads nowhere from here. Who proves
// what was waited for goes on where the case stood.
func (p progress) after(e Event) (progress, error) {
	if p.at == Waiting {
		switch e {
		case Resume:
			return progress{at: p.from}, nil
		case Refuse:
			return progress{at: Refused}, nil
		case Withdraw:
			return progress{at: Withdrawn}, nil
		case Reread:
			return progress{at: Waiting, from: Received}, nil
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
