package request_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kept/internal/duty/request"
	"kept/internal/duty/rights"
)

// seen is what happened to a case, written down once more in a few words.
type seen struct {
	proven, approved, answered bool
	over, waits, late          bool
	rights                     []rights.Right
}

// public reports whether all of what is asked for is: no proof and no approval by a
// person is needed then.
func (s seen) public() bool {
	return len(s.rights) > 0 && !slices.ContainsFunc(s.rights, func(r rights.Right) bool { return r != rights.Safeguards && r != request.Complaint })
}

// In every order of events, of people, of the staff and of jobs, no step is
// skipped: nothing is planned before it is known who asks, nothing done before
// somebody approved the plan, nothing answered before it is done (threat 7).
func TestNoOrderOfEventsSkipsAStep(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			address := fmt.Sprintf("person-%d@example.org", n)
			asked := rapid.SampledFrom([][]rights.Right{
				{rights.Access}, {rights.Portability, rights.Erasure}, {rights.Restriction}, {}, {rights.Safeguards}, {request.Complaint, rights.Safeguards}, {request.Complaint, rights.Access},
			}).Draw(rt, "rights")
			c := o.must(o.Ask(o.Ctx, request.Asking{Rights: asked, Channel: request.Page, Lang: "en", Contact: request.Contact{Mail: address}, Wish: request.Wish{Words: "please"}}))
			w := seen{rights: asked}
			for range rapid.IntRange(1, 14).Draw(rt, "events") {
				event := rapid.SampledFrom([]string{
					"jobs", "jobs", "code", "wrong code", "vouch", "classify", "replan", "approve", "approve", "doubt", "resume", "refuse", "answer", "answer", "extend", "withdraw", "other's code", "month",
					"classify as public",
				}).Draw(rt, "event")
				o.happen(rt, &w, c, address, event)
				now := o.now(c)
				check(rt, event, now, w)
			}
		})
	})
}

// happen does what an event says and notes what it may have led to.
func (o *office) happen(rt *rapid.T, w *seen, c request.Case, address, event string) {
	letter := func(kind request.Kind) bool {
		l, err := o.Draft(o.Ctx, c.ID, request.Purpose{Kind: kind, Ground: request.Unfounded, Reason: "as the model says"})
		if err != nil {
			return false
		}
		_, err = o.Send(o.Ctx, c.ID, l.ID, "staff-1", request.ByMail)
		return err == nil
	}
	switch event {
	case "jobs":
		o.work()
	case "code":
		if len(o.sink.To(address)) == 0 || codeIn.FindStringSubmatch(o.sink.To(address)[0].Read().Text) == nil {
			return
		}
		_, _, err := o.Prove(o.Ctx, c.Number, o.code(address))
		w.proven = w.proven || err == nil
	case "wrong code":
		if _, _, err := o.Prove(o.Ctx, c.Number, "00000000000000000000000000"); err == nil {
			rt.Fatal("a wrong code was taken")
		}
	case "other's code":
		if _, _, err := o.Prove(o.Ctx, "0000-0000", o.other(address)); err == nil {
			rt.Fatal("the code of one request was taken for another")
		}
	case "vouch":
		_, err := o.Vouch(o.Ctx, c.ID, request.Seen{Evidence: "called back", By: "staff-1"})
		w.proven = w.proven || err == nil
	case "classify":
		if now, err := o.Classify(o.Ctx, c.ID, []rights.Right{rights.Access}, "", "staff-1"); err == nil {
			w.rights = now.Rights
		}
	case "classify as public":
		if now, err := o.Classify(o.Ctx, c.ID, []rights.Right{request.Complaint}, "", "staff-1"); err == nil {
			w.rights = now.Rights
		}
	case "month":
		o.Clock.Advance(31 * 24 * hour)
		o.work()
		w.late = true
	case "replan":
		_, _ = o.Replan(o.Ctx, c.ID)
	case "approve":
		before := o.now(c)
		_, err := o.Approve(o.Ctx, c.ID, request.Decision{By: "staff-1"})
		if err == nil && (before.State != request.Planned || before.Planned.IsZero()) {
			rt.Fatalf("a request that was %s was approved", before.State)
		}
		w.approved = w.approved || err == nil
	case "doubt":
		w.waits = letter(request.Doubt) || w.waits
	case "resume":
		_, _ = o.Resume(o.Ctx, c.ID, "staff-1")
	case "refuse":
		w.over = letter(request.Refusal) || w.over
	case "answer":
		before := o.now(c)
		if letter(request.Reply) {
			if before.State != request.Carried {
				rt.Fatalf("a request that was %s was answered", before.State)
			}
			w.answered = true
		}
	case "extend":
		_ = letter(request.Extension)
	case "withdraw":
		_, err := o.Withdraw(o.Ctx, c.ID, "")
		w.over = w.over || err == nil
	}
}

// other is a code of the case, for who names another number with it.
func (o *office) other(address string) string {
	for _, m := range o.sink.To(address) {
		if found := codeIn.FindStringSubmatch(m.Read().Text); found != nil {
			return found[1]
		}
	}
	return "00000000000000000000000000"
}

// rank is how far a state is.
var rank = map[request.State]int{
	request.Received: 0, request.Identified: 1, request.Planned: 2, request.Approved: 3, request.Executing: 4, request.Carried: 5, request.Answered: 6, request.Closed: 7,
}

func check(rt *rapid.T, event string, c request.Case, w seen) {
	at, straight := rank[c.State]
	if c.State == request.Waiting {
		at, straight = rank[c.From], true
	}
	switch {
	case c.State == request.Lapsed && (w.proven || !w.late || w.public()):
		rt.Fatalf("after %s: it lapsed although %+v", event, w)
	case straight && at >= 1 && !w.proven && !w.public():
		rt.Fatalf("after %s: %s, and nobody proved who asks", event, c.State)
	case straight && at >= 2 && c.Planned.IsZero():
		rt.Fatalf("after %s: %s without a plan", event, c.State)
	case straight && at >= 3 && !w.approved && c.ApprovedBy != request.Law:
		rt.Fatalf("after %s: %s, and nobody approved", event, c.State)
	case c.ApprovedBy == request.Law && !w.public():
		rt.Fatalf("after %s: the law approved %v", event, c.Rights)
	case straight && at >= 5 && c.Carried.IsZero():
		rt.Fatalf("after %s: %s, and nothing was done", event, c.State)
	case straight && at >= 6 && !w.answered && c.ApprovedBy != request.Law:
		rt.Fatalf("after %s: %s, and no answer left", event, c.State)
	case (c.State == request.Refused || c.State == request.Withdrawn) && (!w.over || w.approved && !c.Carried.IsZero()):
		rt.Fatalf("after %s: %s although %+v", event, c.State, w)
	case (c.State == request.Waiting) != (c.From != ""):
		rt.Fatalf("after %s: %s from %q", event, c.State, c.From)
	}
}
