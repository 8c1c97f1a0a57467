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
	"kept/internal/fault"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

// Codes have 128 random bits, live ten minutes, are used once, die of five wrong
// tries, and are nowhere to be read (threat 6).
func TestACodeIsOnceShortAndBounded(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		c := o.ask(ada, rights.Access)
		code := o.code(ada)
		if len(code) != 26 || code == o.codeAfter(c) {
			t.Fatalf("the code %q", code)
		}
		refused := func(why, number, code string) {
			t.Helper()
			if _, _, err := o.Prove(o.Ctx, number, code); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", why, err)
			}
		}
		var found int
		if err := o.DB.QueryRowContext(o.Ctx, "select count(*) from request_code where mark = $1", []byte(code)).Scan(&found); err != nil || found != 0 {
			t.Errorf("the code itself is stored: %d, %v", found, err)
		}
		refused("another one", c.Number, strings.Repeat("0", 26))
		o.Clock.Advance(10*time.Minute + time.Second)
		refused("too old", c.Number, code)
		code = o.codeAfter(c)
		o.must3(o.Prove(o.Ctx, c.Number, strings.ToUpper(code[:5]+"-"+code[5:10]+" "+code[10:])))
		refused("used", c.Number, code)
		code = o.codeAfter(c)
		for range 5 {
			refused("wrong", c.Number, strings.Repeat("1", 26))
		}
		refused("after five wrong ones", c.Number, code)
		for range 9 {
			o.codeAfter(c)
		}
		if n := len(o.sink.To(ada)); n > 6 {
			t.Errorf("%d codes in an hour", n)
		}
	})
}

func (o *office) must3(c request.Case, _ string, err error) { o.must(c, err) }

// codeAfter has a new code sent.
func (o *office) codeAfter(c request.Case) string {
	o.T.Helper()
	if err := o.Resend(o.Ctx, c.Number); err != nil {
		o.T.Fatal(err)
	}
	o.work()
	return o.code(ada)
}

var numbers = regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}|[0-9a-z]{26}`)

// Who types an address or a number gets the same answer, whether or not it is
// known, and the same is stored (threat 12).
func TestKnownAndUnknownGetTheSameAnswer(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		var pages, rows []string
		for _, address := range []string{ada, "nobody@example.net"} {
			r, _ := o.do(o.site, http.MethodPost, "/privacy/request", url.Values{"right": {"access"}, "email": {address}})
			_, body := o.do(o.site, http.MethodGet, r.Header.Get("Location"), nil)
			pages = append(pages, r.Status+numbers.ReplaceAllString(r.Header.Get("Location")+body, "N"))
			var n int64
			if err := o.DB.QueryRowContext(o.Ctx, `select (select count(*) from request_identity) + (select count(*) from subject_identifier)`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, string(rune('0'+n)))
		}
		if pages[0] != pages[1] || rows[0] != rows[1] {
			t.Errorf("known and unknown differ:\n%s\n%s\n%v", pages[0], pages[1], rows)
		}
		known := o.ask(ada, rights.Access).Number
		pages = nil
		for _, number := range []string{known, "0000-0000"} {
			r, body := o.do(o.site, http.MethodPost, "/privacy/request/open", url.Values{"number": {number}})
			wrong, page := o.do(o.site, http.MethodPost, "/privacy/request/code", url.Values{"number": {number}, "code": {strings.Repeat("2", 26)}})
			pages = append(pages, numbers.ReplaceAllString(r.Status+body+wrong.Status+page, "N"))
		}
		if pages[0] != pages[1] {
			t.Errorf("numbers differ:\n%s\n%s", pages[0], pages[1])
		}
	})
}

// A network cannot have codes sent without end (threat 11).
func TestANetworkIsHeldOff(t *testing.T) {
	o := open(t, storetest.SQLite(t))
	var last *http.Response
	for range 25 {
		last, _ = o.do(o.site, http.MethodPost, "/privacy/request", url.Values{"right": {"access"}, "email": {ada}})
	}
	if last.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the 25th request in a row: %s", last.Status)
	}
	o.Clock.Advance(61 * time.Minute)
	if last, _ = o.do(o.site, http.MethodPost, "/privacy/request", url.Values{"right": {"access"}, "email": {ada}}); last.StatusCode != http.StatusSeeOther {
		t.Errorf("an hour later: %s", last.Status)
	}
}

// A letter has no address to prove: a person writes down what showed who asks,
// and joins what belongs together. Without evidence nothing goes on.
func TestALetterIsIdentifiedByAPersonWithEvidence(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		c := o.must(o.Ask(o.Ctx, request.Asking{
			Rights: []rights.Right{rights.Access}, Channel: request.Letter, Lang: "de", Received: o.Clock.Now().AddDate(0, 0, -3),
			Contact: request.Contact{Name: "Ada", Post: "Weg 1"}, By: "staff-1",
		}))
		o.work()
		if c = o.is(c, request.Received); !c.PausedSince.IsZero() || c.Due.Sub(o.Clock.Now()) > 30*day {
			t.Errorf("the clock of a letter: %+v", c)
		}
		if _, err := o.Vouch(o.Ctx, c.ID, request.Seen{Kind: subject.Email, Value: ada, By: "staff-1"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("without evidence: %v", err)
		}
		o.must(o.Vouch(o.Ctx, c.ID, request.Seen{Kind: subject.Email, Value: "ADA@example.org", Evidence: "called back on the number of the contract", By: "staff-1"}))
		o.work()
		c = o.is(c, request.Planned)
		x, err := o.Look(o.Ctx, c.ID, "staff-1")
		if err != nil || len(x.Plans[0].Parts) < 2 {
			t.Errorf("the plan %+v, %v", x.Plans, err)
		}
		visitor := o.Subject("v-1")
		o.See(visitor, "/x", o.Clock.Now())
		o.must(o.Vouch(o.Ctx, c.ID, request.Seen{Kind: subject.Visitor, Value: "v-1", Evidence: "shows it in her browser", By: "staff-1"}))
		o.work()
		more, err := o.Look(o.Ctx, c.ID, "staff-1")
		if err != nil || len(more.Plans[0].Parts) <= len(x.Plans[0].Parts) {
			t.Errorf("with one more identifier %d parts, before %d (%v)", len(more.Plans[0].Parts), len(x.Plans[0].Parts), err)
		}
		o.must(o.Approve(o.Ctx, c.ID, request.Decision{By: "staff-1"}))
		o.work()
		o.is(c, request.Carried)
		l, err := o.Draft(o.Ctx, c.ID, request.Purpose{Kind: request.Reply})
		if err != nil || !strings.Contains(l.Text, "Guten Tag Ada") {
			t.Fatalf("%v: %s", err, l.Text)
		}
		if _, err := o.Send(o.Ctx, c.ID, l.ID, "staff-1", request.ByMail); !fault.Is(err, fault.Invalid) {
			t.Errorf("a mail to nobody: %v", err)
		}
		o.must(o.Send(o.Ctx, c.ID, l.ID, "staff-1", request.ByPost))
		o.is(c, request.Answered)
	})
}

// Who asks for somebody else waits until a person has seen what lets them.
func TestWhoAsksForAnotherWaitsForAPerson(t *testing.T) {
	o := open(t, storetest.SQLite(t))
	c := o.must(o.Ask(o.Ctx, request.Asking{
		Rights: []rights.Right{rights.Erasure}, Channel: request.Page, Lang: "en", Contact: request.Contact{Mail: "lawyer@example.net"},
		Wish: request.Wish{For: &request.Behalf{Name: "Ada", As: request.Attorney}},
	}))
	o.work()
	c, _ = o.prove(c, "lawyer@example.net")
	o.is(c, request.Received)
	o.must(o.Vouch(o.Ctx, c.ID, request.Seen{Kind: subject.Email, Value: ada, Evidence: "power of attorney of 1 March, checked with Ada", By: "staff-1"}))
	o.work()
	o.is(c, request.Planned)
}

// A mail to the privacy address is a request; one that answers a letter of a case
// belongs to it and proves nothing.
func TestAMailIsARequest(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		bring := func(to, title, text string) {
			t.Helper()
			raw := "From: Ada <" + ada + ">\r\nTo: " + to + "\r\nSubject: " + title + "\r\nMessage-ID: <" + title[:3] + "@x>\r\n\r\n" + text + "\r\n"
			if err := o.mail.Bring(o.Ctx, ada, []string{to}, []byte(raw)); err != nil {
				t.Fatal(err)
			}
			o.work()
		}
		domain := o.mail.Domain()
		bring("privacy@"+domain, "Auskunft", "Bitte senden Sie mir meine Daten.")
		bring("privacy@"+domain, "A long story", "I would like to know a few things about what you keep. "+strings.Repeat("More words. ", 9))
		all, err := o.List(o.Ctx, request.Which{Open: true})
		if err != nil || len(all) != 2 {
			t.Fatalf("%d requests, %v", len(all), err)
		}
		read, unread := all[0], all[1]
		if len(read.Rights) == 0 {
			read, unread = unread, read
		}
		if read.Rights[0] != rights.Access || read.Lang != "de" || read.Channel != request.Mail || len(unread.Rights) != 0 || unread.Lang != "en" {
			t.Fatalf("%+v\n%+v", read, unread)
		}
		bring("privacy+"+strings.ToLower(unread.Number)+"@"+domain, "Re: it", "Yes, everything please.")
		if now := o.now(unread); now.State != request.Received {
			t.Errorf("a mail that proves nothing moved the request to %s", now.State)
		}
		x, err := o.Look(o.Ctx, unread.ID, "staff-1")
		if err != nil || !strings.Contains(x.Notes[len(x.Notes)-1].Text, "everything please") {
			t.Errorf("the history %+v, %v", x.Notes, err)
		}
		o.must(o.Classify(o.Ctx, unread.ID, []rights.Right{rights.Confirmation}, "", "staff-1"))
		c, _ := o.prove(unread, ada)
		o.is(c, request.Planned)
		if got := request.Commands("Widerspruch und Löschung", ""); len(got) != 2 {
			t.Errorf("commands %v", got)
		}
	})
}
