package contactsync

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/activity/contactsync/run"
	"kept/internal/clock"
	"kept/internal/remote/ews"
	"kept/internal/remote/ews/ewstest"
	"kept/internal/remote/throttle"
)

const ada = "ada@muster.example"

// server returns an Exchange server with one mailbox and a way into a folder of it.
func server(t *testing.T) (*ewstest.Server, run.Mailbox) {
	t.Helper()
	s := ewstest.New(clock.System)
	s.Account(`MUSTER\svc`, "secret")
	s.Mailbox(ada)
	c, err := ews.New(ews.Config{
		URL: "https://mail.example/EWS/Exchange.asmx", Account: `MUSTER\svc`, Password: func() string { return "secret" }, Clock: clock.System,
		Limiter: throttle.New(throttle.Outlook, clock.System), Way: func() (http.RoundTripper, error) { return s.Transport(), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Mailbox(ada, propertySet, propertyName).EnsureFolder(t.Context(), "Muster")
	if err != nil {
		t.Fatal(err)
	}
	return s, OnPremises(c, ada, f.ID)
}

// carry carries out what is wanted, as carryOut does for Graph.
func carry(t *testing.T, ctx context.Context, m run.Mailbox, p *pad, wanted []roster.Wanted, rules roster.Rules) error {
	t.Helper()
	known := p.all()
	if p.begun {
		var err error
		if known, err = run.Reconcile(ctx, ours, m, p, known); err != nil {
			return err
		}
	}
	o := order(rules)
	o.AtOnce = stepsAtOnce
	problems, err := run.Run(ctx, o, m, p, roster.Steps(roster.Draft(wanted, rules, ews.Limits), known))
	if len(problems) > 0 {
		t.Errorf("problems: %+v", problems)
	}
	return err
}

// However often and wherever a run is cut off on an Exchange server, refused for the
// rate or broken behind the work, in the end each person stands once with one photo,
// and then nothing is left to do.
func TestARunThatIsCutOffOnPremisesLeavesNobodyTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := server(t)
		s.Latency = 100 * time.Millisecond
		r := rand.New(rand.NewPCG(3, 4))
		s.Break(func(op string) int {
			if !strings.HasPrefix(op, "Find") && r.IntN(10) == 0 {
				return http.StatusBadGateway
			}
			return 0
		})
		s.Busy(func(string) (string, time.Duration) {
			return []string{"", "ErrorServerBusy", "ErrorTooManyObjectsOpened"}[max(0, r.IntN(60)-57)], 200 * time.Millisecond
		})
		p := &pad{known: map[string]roster.Known{}}
		for cut := range 12 {
			wanted := crowd(100 + 10*(cut%3))
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(500+r.IntN(8000))*time.Millisecond)
			before := p.all()
			_ = carry(t, ctx, m, p, wanted, nil) // cut off, or broken twice at the same call
			cancel()
			if p.begun && r.IntN(2) == 0 { // killed: the last notes are lost
				for _, k := range p.all() {
					if !slices.Contains(before, k) && r.IntN(2) == 0 {
						delete(p.known, k.Person)
					}
				}
			}
		}
		s.Break(nil)
		s.Busy(nil)
		wanted := crowd(105)
		if err := carry(t, t.Context(), m, p, wanted, nil); err != nil {
			t.Fatal(err)
		}
		found := map[string]int{}
		for _, c := range s.Contacts(ada) {
			if mark, ok := roster.ParseMark(c.Mark()); ok {
				found[mark.Person]++
			}
			if len(c.Photos) != 1 {
				t.Errorf("%s has %d photos", c.Fields["contacts:GivenName"], len(c.Photos))
			}
		}
		if len(found) != 105 {
			t.Errorf("%d people stand in the mailbox", len(found))
		}
		for person, n := range found {
			if n != 1 {
				t.Errorf("%s stands %d times", person, n)
			}
		}
		s.Counts()
		if err := carry(t, t.Context(), m, p, wanted, nil); err != nil || len(s.Counts()) != 0 {
			t.Errorf("a run without changes made calls (%v)", err)
		}
	})
}

// What the owner of the mailbox wrote is not touched by a run or by its undoing.
func TestWhatIsNotOursOnPremisesIsNotTouched(t *testing.T) {
	s, m := server(t)
	own := s.Type(ada, "Muster", "", map[string]string{"contacts:GivenName": "Mother"})
	other := s.Type(ada, "Muster", "", map[string]string{
		"contacts:GivenName": "of another synchronisation", "property:{" + propertySet + "}" + propertyName: roster.Mark{Owner: "sync2", Person: "p1", Hash: "x"}.String(),
	})
	p := &pad{known: map[string]roster.Known{}}
	rules := roster.Rules{"title": roster.Write, "note": roster.Keep}
	wanted := crowd(3)
	if err := carry(t, t.Context(), m, p, wanted, rules); err != nil {
		t.Fatal(err)
	}
	first := p.known["p0"].Item
	s.Type(ada, "Muster", first, map[string]string{"item:Body": "typed", "contacts:JobTitle": "typed", "contacts:GivenName": "typed"})
	s.Discard(ada, p.known["p1"].Item) // it comes back with the change
	for i := range wanted {
		wanted[i].Card.Title, wanted[i].Card.Last = "from the source", "new"
	}
	if err := carry(t, t.Context(), m, p, wanted, rules); err != nil {
		t.Fatal(err)
	}
	for _, c := range s.Contacts(ada) {
		if c.ID != first {
			continue
		}
		for field, want := range map[string]string{"item:Body": "typed", "contacts:JobTitle": "typed", "contacts:GivenName": "Nr. 0", "contacts:Surname": "new"} {
			if c.Fields[field] != want {
				t.Errorf("%s is %v", field, c.Fields[field])
			}
		}
	}
	removed, problems, err := run.Undo(t.Context(), order(rules), m, p)
	if err != nil || removed != 3 || len(problems) != 0 || len(p.known) != 0 {
		t.Errorf("undone %d, %v, %v; %d remembered", removed, problems, err, len(p.known))
	}
	var left []string
	for _, c := range s.Contacts(ada) {
		left = append(left, c.ID)
	}
	if !slices.Equal(left, []string{own, other}) {
		t.Errorf("left are %q", left)
	}
}

// Steps that come at the same time are written in one call.
func TestStepsOnPremisesShareCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := server(t)
		s.Latency = 250 * time.Millisecond
		p := &pad{known: map[string]roster.Known{}}
		wanted := crowd(1000)
		for i := range wanted {
			wanted[i].Card.Photo = nil
		}
		s.Counts()
		begun := time.Now()
		if err := carry(t, t.Context(), m, p, wanted, nil); err != nil {
			t.Fatal(err)
		}
		if n := s.Counts()["CreateItem"]; n > 40 || len(s.Contacts(ada)) != 1000 {
			t.Errorf("%d contacts in %d calls", len(s.Contacts(ada)), n)
		}
		t.Logf("1,000 contacts in %s", time.Since(begun))
	})
}
