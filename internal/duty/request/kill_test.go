package request_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/duty/request"
	"kept/internal/duty/rights"
	"kept/internal/store"
	"kept/internal/subject"
)

// A case is stopped after each of its steps in turn, from asking to the end. Taken up
// again it goes the whole way: nothing is lost, nothing is said or written down twice,
// and nothing is told done before it is (threats 6 and 7).
func TestACaseSurvivesBeingKilledAnywhere(t *testing.T) {
	for _, asked := range [][]rights.Right{{rights.Access, rights.Portability, rights.Erasure}, {rights.Rectification}, {rights.Withdrawal}} {
		t.Run(string(asked[0]), func(t *testing.T) {
			each(t, func(t *testing.T, o *office) {
				var steps []string
				o.StopAt(func(step string) error { steps = append(steps, step); return nil })
				whole := o.goes("first@example.org", asked, "")
				slices.Sort(steps)
				steps = slices.Compact(steps)
				if len(steps) < 6 {
					t.Fatalf("only %v", steps)
				}
				for i, at := range steps {
					if got := o.goes("v"+string(rune('a'+i))+"@example.org", asked, at); !maps.Equal(got, whole) {
						t.Errorf("stopped after %q:\n%v, want\n%v", at, got, whole)
					}
				}
			})
		})
	}
}

// goes takes a request of somebody new the whole way, stopped once after a step, and
// returns how often what was said and written down.
func (o *office) goes(address string, asked []rights.Right, stop string) map[string]int {
	o.T.Helper()
	person := o.newcomer(address)
	if stop != "" {
		died := false
		o.StopAt(func(step string) error {
			if step != stop || died {
				return nil
			}
			died = true
			return errors.New("killed")
		})
		defer func() {
			if !died {
				o.T.Errorf("nothing was stopped after %q", stop)
			}
		}()
	}
	before := o.leaves()
	a := request.Asking{Rights: asked, Channel: request.Page, Lang: "en", Contact: request.Contact{Mail: address}}
	if asked[0] == rights.Rectification {
		a.Wish.Corrections = []rights.Correction{{Field: "letter", Old: "Dear circle", New: "Dear all"}}
	}
	c := o.must(o.Ask(o.Ctx, a))
	for range 200 {
		o.work()
		c = o.now(c)
		o.honest(c, person, address)
		if c.State == request.Closed && o.Clock.Now().Sub(c.Closed) > rights.Notice+hour {
			break
		}
		o.moves(c, address)
		o.Clock.Advance(time.Minute)
		switch c.State {
		case request.Executing:
			o.Clock.Advance(time.Hour) // where several nodes serve, all of it is looked at once more
		case request.Closed:
			o.Clock.Advance(rights.Notice)
		}
	}
	o.is(c, request.Closed)
	return o.said(c, address, before)
}

// newcomer is a member of the circle who wrote a letter.
func (o *office) newcomer(address string) (id string) {
	o.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		id, _, err = o.Subjects.Ensure(ctx, tx, subject.Email, address)
		return err
	})
	o.WriteLetter(o.Join(id, address), "Dear circle")
	return id
}

// moves does what people do: the one who asks proves it and fetches, the clerk approves
// and answers.
func (o *office) moves(c request.Case, address string) {
	o.T.Helper()
	switch c.State {
	case request.Received:
		for _, m := range o.sink.To(address) {
			if code := codeIn.FindStringSubmatch(m.Read().Text); code != nil {
				_, _, err := o.Prove(o.Ctx, c.Number, code[1])
				o.must(c, err)
				break
			}
		}
	case request.Planned:
		if x, err := o.Look(o.Ctx, c.ID, "staff-1"); err != nil {
			o.T.Fatal(err)
		} else if len(x.Plans) > 0 && asOf(x.Plans) && c.ApprovedBy == "" {
			o.must(o.Approve(o.Ctx, c.ID, request.Decision{By: "staff-1"}))
		}
	case request.Carried:
		if c.ApprovedBy == request.Law {
			break // it is answered by itself
		}
		l, err := o.Draft(o.Ctx, c.ID, request.Purpose{Kind: request.Reply})
		if err != nil {
			o.T.Fatal(err)
		}
		o.must(o.Send(o.Ctx, c.ID, l.ID, "staff-1", request.ByMail))
	case request.Answered:
		x, err := o.Look(o.Ctx, c.ID, "staff-1")
		if err != nil {
			o.T.Fatal(err)
		}
		for _, p := range x.Packages {
			var b bytes.Buffer
			if p.Fetched > 0 {
				continue
			}
			if err := o.Fetch(o.Ctx, c, p, &b); err != nil {
				o.T.Fatal(err)
			}
			if got := sha256.Sum256(b.Bytes()); hex.EncodeToString(got[:]) != p.SHA256 {
				o.T.Errorf("the file for %s is not whole", p.Right)
			}
		}
	}
}

// asOf reports whether a person decides: a withdrawal is approved by the law.
func asOf(plans []rights.Plan) bool {
	return !slices.ContainsFunc(plans, func(p rights.Plan) bool { return p.Right == rights.Withdrawal })
}

// honest checks that nothing is said before it is so.
func (o *office) honest(c request.Case, person, address string) {
	o.T.Helper()
	left := o.House.Count("circle_letter", "member in (select id from circle_member where subject = $1)", person)
	answered := slices.ContainsFunc(o.titles(address), func(title string) bool { return strings.Contains(title, "answer") })
	done := c.State == request.Carried || c.State == request.Answered || c.State == request.Closed
	if answered && c.Answered.IsZero() || c.Answered.IsZero() != (c.State != request.Answered && c.State != request.Closed) {
		o.T.Errorf("%s, answered %s, told %v", c.State, c.Answered, o.titles(address))
	}
	if slices.Contains(c.Rights, rights.Erasure) && done && left != 0 {
		o.T.Errorf("%s with %d letters left", c.State, left)
	}
	x, err := o.Look(o.Ctx, c.ID, "staff-1")
	if err != nil {
		o.T.Fatal(err)
	}
	for _, p := range x.Parts {
		if done && p.Done.IsZero() {
			o.T.Errorf("%s before %s is done", c.State, p.Right)
		}
	}
	for _, p := range x.Packages {
		if _, err := o.Package(o.Ctx, c, p.ID); (err == nil) != (c.State == request.Answered || c.State == request.Closed) {
			o.T.Errorf("a file of a request that is %s: %v", c.State, err)
		}
	}
}

// number is that of a case.
var number = regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}`)

// titles are the mails to an address, without what names the case.
func (o *office) titles(address string) (all []string) {
	for _, m := range o.sink.To(address) {
		title := m.Read().Title
		all = append(all, number.ReplaceAllString(title, "…"))
	}
	return all
}

// leaves counts the leaves by kind.
func (o *office) leaves() map[string]int {
	if _, err := o.Ledger.Sequence(o.Ctx); err != nil {
		o.T.Fatal(err)
	}
	counts, err := o.Ledger.Count(o.Ctx)
	if err != nil {
		o.T.Fatal(err)
	}
	found := map[string]int{}
	for kind, n := range counts {
		found[kind] = int(n)
	}
	return found
}

// said is what was said to the person and written down since.
func (o *office) said(c request.Case, address string, before map[string]int) map[string]int {
	found := map[string]int{}
	for k, n := range o.leaves() {
		about := strings.HasPrefix(k, "request.") && k != "request.opened"
		if n -= before[k]; n > 0 && (about || strings.HasPrefix(k, "order.") || strings.HasPrefix(k, "erasure.") || strings.HasPrefix(k, "rectification.")) {
			found[k] = n
		}
	}
	for _, title := range o.titles(address) {
		found["mail: "+title]++
	}
	x, err := o.Look(o.Ctx, c.ID, "staff-1")
	if err != nil {
		o.T.Fatal(err)
	}
	found["letters"], found["files"], found["parts"] = len(x.Letters), len(x.Packages), len(x.Parts)
	return found
}
