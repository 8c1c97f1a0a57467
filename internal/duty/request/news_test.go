package request_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/duty/request"
	"kept/internal/duty/rights"
	"kept/internal/mail/mailtest"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

// news are the mails that tell the officer what waits.
func (o *office) news() []mailtest.Mail {
	o.T.Helper()
	return slices.DeleteFunc(o.sink.To("dpo@circle.example"), func(m mailtest.Mail) bool { return !strings.Contains(m.Read().Title, "need") })
}

// What needs a person is told to the officer once, in one mail an hour, and names
// nobody; what needs none is not.
func TestTheOfficerLearnsWhatWaitsForADecision(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		c := o.ask(ada, rights.Access)
		if n := len(o.news()); n != 0 {
			t.Fatalf("%d mails before it is known who asks", n)
		}
		o.prove(c, ada)
		o.work()
		first := o.news()
		if len(first) != 1 || !strings.Contains(first[0].Read().Text, c.Number+": look at the plan") {
			t.Fatalf("%d mails", len(first))
		}
		for n := range 30 {
			address := fmt.Sprintf("person-%d@example.org", n)
			o.prove(o.ask(address, rights.Access), address)
		}
		o.prove(o.ask("marketing@example.org", rights.Withdrawal), "marketing@example.org")
		o.Clock.Advance(59 * time.Minute)
		o.work()
		if n := len(o.news()); n != 1 {
			t.Fatalf("%d mails within the hour", n)
		}
		o.Clock.Advance(2 * time.Minute)
		o.work()
		all := o.news()
		if len(all) != 2 {
			t.Fatalf("%d mails after the hour", len(all))
		}
		if text := all[1].Read().Text; strings.Count(text, "look at the plan") != 20 || !strings.Contains(text, "10 more") || strings.Contains(text, c.Number) {
			t.Errorf("the second mail:\n%s", text)
		}
		for _, m := range all {
			for _, word := range []string{ada, "person-1@", "Ada", "marketing@"} {
				if strings.Contains(string(m.Raw), word) || strings.Contains(m.Read().Text, word) {
					t.Errorf("the mail to the officer says %q", word)
				}
			}
		}
		o.must(o.Approve(o.Ctx, c.ID, request.Decision{By: "staff-1"}))
		o.work()
		o.Clock.Advance(2 * time.Hour)
		o.work()
		if all = o.news(); len(all) != 3 || !strings.Contains(all[2].Read().Text, c.Number+": it is carried out") {
			t.Errorf("%d mails after it was carried out", len(all))
		}
	})
}

// A letter, a call, words, and an objection that does not say to what wait for a
// person from the beginning.
func TestTheOfficerLearnsWhatIsToBeReadAndEntered(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		o.must(o.Ask(o.Ctx, request.Asking{Rights: []rights.Right{rights.Access}, Channel: request.Letter, By: "staff-1", Contact: request.Contact{Post: "Weg 1"}}))
		o.must(o.Ask(o.Ctx, request.Asking{Channel: request.Mail, Contact: request.Contact{Mail: "words@example.org"}, Wish: request.Wish{Words: "what do you know of me?"}}))
		open := o.ask(ada, rights.Objection)
		o.prove(open, ada)
		o.Clock.Advance(2 * time.Hour)
		o.work()
		var said string
		for _, m := range o.news() {
			said += m.Read().Text
		}
		for _, want := range []string{"look at what shows who asks", "read what is asked for", "enter what the request leaves open"} {
			if strings.Count(said, want) != 1 {
				t.Errorf("%q is told %d times", want, strings.Count(said, want))
			}
		}
	})
}

// A request whose code never comes back ends by itself after the time that the
// policy declares; nothing is left that says whose address it was.
func TestWhatNobodyConfirmsEndsByItself(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		const address = "somebody.else@example.org"
		c := o.must(o.Ask(o.Ctx, request.Asking{
			Rights: []rights.Right{rights.Access, rights.Erasure}, Channel: request.Page, Lang: "en", Contact: request.Contact{Name: "Grace Hopper", Mail: address},
			Wish: request.Wish{Words: "all of it"}, Proven: []request.Identity{{Kind: subject.Visitor, Value: "a-browser", Proof: request.ByBrowser}},
		}))
		o.work()
		o.Clock.Advance(29 * 24 * time.Hour)
		o.work()
		o.is(c, request.Received)
		o.Clock.Advance(25 * time.Hour)
		o.work()
		c = o.is(c, request.Lapsed)
		if n := o.House.Count("mail_outbox", "subject = $1", c.ID); n != 0 {
			t.Errorf("%d mails about a case that lapsed are still recorded", n)
		}
		if c.Closed.IsZero() || c.Late(o.Clock.Now()) || c.Open() {
			t.Errorf("%+v", c)
		}
		x, err := o.Look(o.Ctx, c.ID, "staff-1")
		if err != nil || x.Contact != (request.Contact{}) || len(x.Identities)+len(x.Letters) != 0 || x.Wish.Words != "" {
			t.Errorf("%v: %+v", err, x)
		}
		if refs, err := o.Vault.Refs(o.Ctx, c.ID); err != nil || len(refs) != 0 {
			t.Errorf("keys are left: %v, %v", refs, err)
		}
		if dump := storetest.Dump(t, o.DB); strings.Contains(dump, address) {
			t.Error("the address is in the clear")
		}
		all, err := o.Register(o.Ctx, time.Time{}, time.Time{})
		if err != nil || len(all) != 1 || all[0].State != request.Lapsed || len(all[0].Rights) != 2 {
			t.Errorf("the register: %+v, %v", all, err)
		}
		s, err := o.Desk.Count(o.Ctx, time.Time{}, time.Time{})
		if err != nil || s.Lapsed != 1 || s.Open != 0 || s.Late != 0 {
			t.Errorf("statistics: %+v, %v", s, err)
		}
		mails := len(o.sink.To(address))
		if err := o.Resend(o.Ctx, c.Number); err != nil {
			t.Fatal(err)
		}
		o.work()
		if n := len(o.sink.To(address)); n != mails {
			t.Error("a new code was sent")
		}
		_, err = o.Approve(o.Ctx, c.ID, request.Decision{By: "staff-1"})
		conflict(t, err)
	})
}
