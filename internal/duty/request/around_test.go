package request_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"kept/internal/duty/request"
	"kept/internal/duty/rights"
	"kept/internal/i18n"
	"kept/internal/subject"
)

// What is public needs no proof; reading the same request anew as one that does
// is no way around it (threat 7).
func TestAReadingAnewIsNoWayAroundTheProof(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		c := o.must(o.Ask(o.Ctx, request.Asking{
			Rights: []rights.Right{request.Complaint}, Channel: request.Page, Lang: "en", Contact: request.Contact{Name: "Ada", Mail: ada},
		}))
		o.is(c, request.Identified)
		o.must(o.Classify(o.Ctx, c.ID, []rights.Right{rights.Access, rights.Erasure}, "", "staff-1"))
		o.is(c, request.Received)
		o.work()
		o.is(c, request.Received)
		if _, err := o.Approve(o.Ctx, c.ID, request.Decision{By: "staff-1"}); err == nil {
			t.Fatal("nobody proved who asks, and it was approved")
		}
		c, _ = o.prove(c, ada) // the code was sent when it was needed
		o.is(c, request.Planned)
		x, err := o.Look(o.Ctx, c.ID, "staff-1")
		if err != nil || len(x.Identities) != 1 || len(x.Plans) != 2 || len(x.Plans[0].Parts) == 0 {
			t.Fatalf("%v, identities %+v, plans %+v", err, x.Identities, x.Plans)
		}
		// Whose proof is there goes on where it stands.
		o.must(o.Classify(o.Ctx, c.ID, []rights.Right{rights.Access}, "", "staff-1"))
		o.work()
		o.is(c, request.Planned)
	})
}

// Whoever wrote a letter and is found nowhere gets an answer too: there is nothing
// to erase, and the request does not stay behind.
func TestALetterOfSomebodyUnknownIsAnswered(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		c := o.must(o.Ask(o.Ctx, request.Asking{
			Rights: []rights.Right{rights.Erasure, rights.Restriction}, Channel: request.Letter, Lang: "en", By: "staff-1", Contact: request.Contact{Name: "Grace", Post: "Weg 1"},
		}))
		o.must(o.Vouch(o.Ctx, c.ID, request.Seen{Evidence: "the signature", By: "staff-1"}))
		o.work()
		o.is(c, request.Planned)
		o.must(o.Approve(o.Ctx, c.ID, request.Decision{By: "staff-1"}))
		o.work()
		o.Clock.Advance(time.Hour)
		o.work()
		o.is(c, request.Carried)
	})
}

// A correction to an address that nobody has proven waits at every door, not only
// where the console leaves the button out.
func TestAnUnprovenAddressIsApprovedAtNoDoor(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		c := o.must(o.Ask(o.Ctx, request.Asking{
			Rights: []rights.Right{rights.Access, rights.Rectification}, Channel: request.Page, Lang: "en", Contact: request.Contact{Mail: ada},
			Wish: request.Wish{Corrections: []rights.Correction{{Field: "email", New: "ada@elsewhere.example"}}},
		}))
		o.work()
		c, _ = o.prove(c, ada)
		o.is(c, request.Planned)
		_, err := o.Approve(o.Ctx, c.ID, request.Decision{By: "staff-1"})
		conflict(t, err)
		o.is(c, request.Planned)
		// Without the correction the rest need not wait.
		o.must(o.Approve(o.Ctx, c.ID, request.Decision{By: "staff-1", Verdicts: map[rights.Right]request.Verdict{
			rights.Rectification: {Refuse: true, Ground: request.Unidentified, Reason: "the new address was not confirmed"},
		}}))
		o.work()
		o.is(c, request.Carried)
	})
}

// A title says what a short mail wants. A long one may want more: nothing closes
// by itself before somebody has read it.
func TestALongMailIsReadBeforeItIsClosed(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		long := strings.Repeat("I have been a member of your circle for many years. ", 5) + "I want a copy of all that you hold about me."
		for _, title := range []string{"Complaint", "Beschwerde", "Widerruf"} {
			if got := request.Commands(title, long); len(got) != 0 {
				t.Errorf("%s: a long text is taken for %v alone", title, got)
			}
		}
		if got := request.Commands("Beschwerde", "Bitte um Auskunft, wo ich mich beschweren kann."); len(got) != 2 {
			t.Errorf("a short mail wants %v", got)
		}
		for title, want := range map[string]rights.Right{"Loeschung": rights.Erasure, "Löschung": rights.Erasure, "Datenuebertragung": rights.Portability} {
			if got := request.Commands(title, ""); len(got) != 1 || got[0] != want {
				t.Errorf("%s is read as %v", title, got)
			}
		}
		if got := request.Commands("Auskunft", long); len(got) != 1 {
			t.Errorf("what a person looks at anyway: %v", got)
		}
	})
}

// Somebody else may write a request in a person's name, and hope that the person
// opens the link: what leads elsewhere is told to the person, and to who approves.
func TestWhatLeadsElsewhereIsSeenBeforeItIsConfirmed(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		c := o.must(o.Ask(o.Ctx, request.Asking{
			Rights: []rights.Right{rights.Portability, rights.Rectification}, Channel: request.Page, Lang: "en", Contact: request.Contact{Mail: ada},
			Wish: request.Wish{ToMail: "mallory@elsewhere.example", Corrections: []rights.Correction{{Field: "email", New: "new@elsewhere.example"}}},
		}))
		o.work()
		told := o.sink.To(ada)[0].Read().Text
		for _, want := range []string{"goes to: mallory@elsewhere.example", "- new@elsewhere.example"} {
			if !strings.Contains(told, want) {
				t.Errorf("the mail with the code says nothing of %s:\n%s", want, told)
			}
		}
		o.prove(c, ada)
		if _, page := o.do(o.desk, http.MethodGet, "/requests/"+c.ID, nil); !strings.Contains(page, "mallory@elsewhere.example") {
			t.Error("the console does not show to whom the data goes")
		}
	})
}

// A plan that was made again while somebody looked at the one before is not
// approved with it.
func TestAPlanThatNobodyLookedAtIsNotApproved(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		c := o.ask(ada, rights.Erasure)
		o.prove(c, ada)
		looked := regexp.MustCompile(`name="plan" value="([0-9a-f]{32})"`)
		_, page := o.do(o.desk, http.MethodGet, "/requests/"+c.ID, nil)
		before := looked.FindStringSubmatch(page)
		if before == nil {
			t.Fatal("the form does not say which plan it approves")
		}
		o.Clock.Advance(time.Minute)
		o.must(o.Vouch(o.Ctx, c.ID, request.Seen{Kind: "email", Value: "grace@example.org", Evidence: "called back", By: "staff-2"}))
		o.work()
		path := "/requests/" + c.ID + "/approve"
		if r, _ := o.do(o.desk, http.MethodPost, path, url.Values{"plan": {before[1]}}); r.StatusCode != http.StatusConflict {
			t.Errorf("the plan of before: %s", r.Status)
		}
		o.is(c, request.Planned)
		_, page = o.do(o.desk, http.MethodGet, "/requests/"+c.ID, nil)
		if r, _ := o.do(o.desk, http.MethodPost, path, url.Values{"plan": {looked.FindStringSubmatch(page)[1]}}); r.StatusCode != http.StatusSeeOther {
			t.Errorf("the plan of now: %s", r.Status)
		}
	})
}

// A hold that is placed until a day is told to end on that day, not on the next.
func TestTheAnswerNamesTheLastDayOfWhatIsKept(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		year := o.Clock.Now().Year() + 1
		o.Hold(subject.Hold{Subject: o.subject, Activity: "circle", Until: time.Date(year, 7, 1, 0, 0, 0, 0, request.Zone(o.Policy()))})
		c := o.ask(ada, rights.Erasure)
		o.prove(c, ada)
		want := i18n.Date(time.Date(year, 6, 30, 0, 0, 0, 0, time.UTC), "en")
		if _, page := o.do(o.desk, http.MethodGet, "/requests/"+c.ID, nil); !strings.Contains(page, want) {
			t.Errorf("the plan does not say %s", want)
		}
		o.must(o.Approve(o.Ctx, c.ID, request.Decision{By: "staff-1"}))
		o.work()
		o.Clock.Advance(2 * hour) // where several nodes serve, all of it is looked at once more
		o.work()
		if l := o.reply(o.is(c, request.Carried), request.Purpose{Kind: request.Reply}); !strings.Contains(l.Text, want) {
			t.Errorf("the answer does not say %s:\n%s", want, l.Text)
		}
	})
}

// "I object" and "this is wrong", without saying to what, wait for a person who
// enters it: the console says so, and no job fails over it.
func TestWhatIsLeftOpenWaitsForAPerson(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		c := o.ask(ada, rights.Objection, rights.Rectification)
		c, _ = o.prove(c, ada)
		o.is(c, request.Identified)
		failed := 0
		if err := o.DB.QueryRowContext(o.Ctx, "select count(*) from job where error <> ''").Scan(&failed); err != nil || failed > 0 {
			t.Errorf("%v, %d jobs failed", err, failed)
		}
		_, page := o.do(o.desk, http.MethodGet, "/requests/"+c.ID, nil)
		for _, r := range c.Rights {
			if want := i18n.T("en", "request.one.lacks."+string(r)); !strings.Contains(page, want) {
				t.Errorf("the console does not say: %s", want)
			}
		}
		if err := o.Correct(o.Ctx, c.ID, rights.Correction{Field: "letter", New: "dear circle"}, "staff-1"); err != nil {
			t.Fatal(err)
		}
		o.must(o.Classify(o.Ctx, c.ID, []rights.Right{rights.Rectification}, "", "staff-1"))
		o.work()
		o.is(c, request.Planned)
	})
}
