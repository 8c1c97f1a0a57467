package request_test

import (
	"archive/zip"
	"bytes"
	"net/http"
	"strings"
	"testing"

	"kept/internal/duty/request"
	"kept/internal/duty/rights"
	"kept/internal/fault"
)

// The whole way: ask, code, plan, approval, answer, file, end.
func TestAnAccessGoesTheWholeWay(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		c := o.ask(ada, rights.Access)
		o.is(c, request.Received)
		if got := o.sink.To(ada); len(got) != 1 || !strings.Contains(got[0].Read().Text, c.Number) {
			t.Fatalf("%d mails confirm the receipt", len(got))
		}
		c, pass := o.prove(c, ada)
		o.is(c, request.Planned)
		x, err := o.Look(o.Ctx, c.ID, "staff-1")
		if err != nil {
			t.Fatal(err)
		}
		if len(x.Plans) != 1 || len(x.Plans[0].Parts) == 0 || x.Contact.Mail != ada || len(x.Identities) != 1 {
			t.Fatalf("plans %+v, identities %+v", x.Plans, x.Identities)
		}
		o.must(o.Approve(o.Ctx, c.ID, request.Decision{By: "staff-1"}))
		o.work()
		c = o.is(c, request.Carried)
		// Nothing can be fetched before the answer has left.
		x, _ = o.Look(o.Ctx, c.ID, "staff-1")
		if len(x.Packages) != 1 {
			t.Fatalf("%d files", len(x.Packages))
		}
		path := "/privacy/request/package/" + x.Packages[0].ID
		cookie := request.CookieName + "=" + pass
		if r, _ := o.do(o.site, http.MethodGet, path, nil, "Cookie", cookie); r.StatusCode != http.StatusNotFound {
			t.Errorf("the file before the answer: %s", r.Status)
		}
		l := o.reply(c, request.Purpose{Kind: request.Reply})
		if !strings.Contains(l.Text, x.Packages[0].SHA256) || !strings.Contains(l.Text, "Reading circle") {
			t.Errorf("the answer: %s", l.Text)
		}
		o.is(c, request.Answered)
		if r, _ := o.do(o.site, http.MethodGet, path, nil); r.StatusCode != http.StatusNotFound {
			t.Errorf("the file without proof: %s", r.Status)
		}
		r, body := o.do(o.site, http.MethodGet, path, nil, "Cookie", cookie)
		if r.StatusCode != http.StatusOK || int64(len(body)) != x.Packages[0].Bytes {
			t.Fatalf("%s, %d bytes of %d", r.Status, len(body), x.Packages[0].Bytes)
		}
		if _, err := zip.NewReader(bytes.NewReader([]byte(body)), int64(len(body))); err != nil {
			t.Errorf("no ZIP: %v", err)
		}
		o.work()
		c = o.is(c, request.Closed)
		if !c.Answered.Before(c.Due) {
			t.Error("late")
		}
	})
}

// An erasure keeps what a law keeps, tells why, and the case outlives it.
func TestAnErasureIsAnsweredAfterwards(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.Bill(o.subject, o.Clock.Now())
		c, _ := o.prove(o.ask(ada, rights.Erasure, rights.Access), ada)
		if c.Rights[0] != rights.Access {
			t.Fatalf("%v: what is handed out comes first", c.Rights)
		}
		o.must(o.Approve(o.Ctx, c.ID, request.Decision{By: "staff-1"}))
		o.work()
		o.Clock.Advance(2 * hour) // where several nodes serve, all of it is looked at once more
		o.work()
		c = o.is(c, request.Carried)
		if n := o.House.Count("circle_letter", "true"); n != 0 {
			t.Errorf("%d letters are left", n)
		}
		l := o.reply(c, request.Purpose{Kind: request.Reply})
		for _, want := range []string{"We have erased", "147 AO", "dpo@circle.example", "HBDI Hessen", "Until"} {
			if !strings.Contains(l.Text, want) {
				t.Errorf("the answer does not say %q: %s", want, l.Text)
			}
		}
		o.is(c, request.Answered)
	})
}

// What no one may weigh is done and answered by itself (Art. 21(3), 7(3)), what
// is public needs no proof.
func TestWhatIsAbsoluteWaitsForNobody(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		c := o.ask("somebody@example.com", rights.Safeguards)
		o.is(c, request.Closed)
		if got := o.sink.To("somebody@example.com"); len(got) != 2 || codeIn.MatchString(got[0].Read().Text) {
			t.Errorf("%d mails", len(got))
		}
		c, _ = o.prove(o.ask(ada, rights.Withdrawal), ada)
		c = o.is(c, request.Closed)
		if c.ApprovedBy != request.Law {
			t.Errorf("approved by %q", c.ApprovedBy)
		}
	})
}

// A letter takes effect when it leaves, once, where the case stands.
func TestLettersActWhenTheyLeave(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		c, _ := o.prove(o.ask(ada, rights.Access), ada)
		due := c.Due
		if _, err := o.Draft(o.Ctx, c.ID, request.Purpose{Kind: request.Reply}); !fault.Is(err, fault.Conflict) {
			t.Errorf("an answer before anything was done: %v", err)
		}
		if _, err := o.Draft(o.Ctx, c.ID, request.Purpose{Kind: request.Refusal, Ground: request.Excessive}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a refusal without a reason: %v", err)
		}
		o.reply(c, request.Purpose{Kind: request.Extension, Reason: "three systems have to be searched by hand"})
		if c = o.now(c); !c.Due.After(due.AddDate(0, 1, 20)) || c.Extended.IsZero() {
			t.Errorf("due %s, was %s", c.Due, due)
		}
		if _, err := o.Draft(o.Ctx, c.ID, request.Purpose{Kind: request.Extension, Reason: "again"}); !fault.Is(err, fault.Conflict) {
			t.Errorf("extended twice: %v", err)
		}
		o.reply(c, request.Purpose{Kind: request.Clarify, Reason: "letters or visits?"})
		c = o.is(c, request.Waiting)
		due = c.Due
		o.Clock.Advance(10*day + 3*hour)
		c = o.must(o.Resume(o.Ctx, c.ID, "staff-1"))
		if got := c.Due.Sub(due); got < 9*day || got > 13*day {
			t.Errorf("ten days of waiting moved the end by %s", got)
		}
		l := o.reply(c, request.Purpose{Kind: request.Refusal, Ground: request.Excessive, Reason: "the same question for the ninth time this month"})
		c = o.is(c, request.Refused)
		if c.Ground != request.Excessive || !strings.Contains(l.Text, "12(5)") || !strings.Contains(l.Text, "court") {
			t.Errorf("%s: %s", c.Ground, l.Text)
		}
		_, err := o.Approve(o.Ctx, c.ID, request.Decision{By: "staff-1"})
		conflict(t, err)
	})
}
