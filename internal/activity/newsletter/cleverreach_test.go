package newsletter_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity"
	"kept/internal/activity/activitytest"
	"kept/internal/activity/newsletter"
	"kept/internal/clock"
	"kept/internal/egress"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/remote/cleverreach"
	"kept/internal/remote/cleverreach/cleverreachtest"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

// carriedPolicy hands addresses and first names to CleverReach, and nothing else.
var carriedPolicy = strings.NewReplacer("activities:\n", `recipients:
  cleverreach: {name: CleverReach GmbH & Co. KG, address: Rastede, country: DE, role: processor, agreement: {kind: dpa}, hosts: [example.com]}
activities:
`, "basis: consent", "basis: consent\n    recipients: {cleverreach: [email, first_name]}", "double_opt_in: true", "dispatch: {cleverreach: {protocol: cleverreach}}, double_opt_in: true").Replace(listed)

// there is a house whose newsletter is dispatched through the stand-in.
type there struct {
	*activitytest.House
	t      *testing.T
	server *cleverreachtest.Server
}

func withProvider(t *testing.T, f func(t *testing.T, h there)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		clk := clock.At(noon)
		s := cleverreachtest.New(t, clk)
		h := there{activitytest.EnvOver(t, egress.Options{Resolver: s, Dial: s.Dial, Roots: s.Roots()}, place, carriedPolicy, clk, newsletter.Kind{}), t, s}
		news(h.House).CleverReach = s.Account
		f(t, h)
	})
}

const group = "Kept newsletter"

// bring takes people over from a file.
func (h there) bring(addresses ...string) {
	h.t.Helper()
	text := head
	for _, a := range addresses {
		text += proven(a)
	}
	take(h.t, h.House, newsletter.Import{Table: table(h.t, text)})
}

// known are the addresses in the group at the provider.
func (h there) known() (all []string) {
	for _, r := range h.server.Receivers(group) {
		all = append(all, r.Email)
	}
	slices.Sort(all)
	return all
}

// carriage is a campaign to everybody, that remembers what was recorded.
type carriage struct {
	h      there
	id     string
	done   map[string]mail.Event
	failed error // of Record
}

func (c *carriage) consignment() newsletter.Consignment {
	next := func(ctx context.Context, n int) (letters []mail.Letter, err error) {
		page, _, err := news(c.h.House).Recipients(ctx, c.h.DB, newsletter.Segment{Activity: "newsletter"}, "", 1000)
		for _, r := range page {
			if _, told := c.done[r.ID]; !told && len(letters) < n {
				letters = append(letters, mail.Letter{ID: r.ID, Message: mail.Message{Subject: r.Subject}})
			}
		}
		return letters, err
	}
	record := func(_ context.Context, _ *store.Tx, outcomes []mail.Outcome) error {
		if c.failed != nil {
			return c.failed
		}
		for _, o := range outcomes {
			c.done[o.Message] = o.Event
		}
		return nil
	}
	common := func(fill func(string) string) (newsletter.Common, error) {
		return newsletter.Common{Title: "News", Text: "Hello " + fill("first_name") + fill("last_name") + "\n" + fill("unsubscribe")}, nil
	}
	return newsletter.Consignment{ID: c.id, Common: common, Campaign: mail.Campaign{Activity: "newsletter", Next: next, Record: record}}
}

func (c *carriage) carry() (mail.Tally, error) {
	c.h.t.Helper()
	carrier, err := news(c.h.House).Carrier(entry(c.h.House))
	if err != nil {
		c.h.t.Fatal(err)
	}
	return carrier.Carry(c.h.t.Context(), c.consignment())
}

// The processor gets the fields that the policy declares and no others, and sends
// nothing but what is handed to it, to nobody else.
func TestPromise_AH37_TheProviderGetsWhatIsDeclaredAndWritesNothingItself(t *testing.T) {
	withProvider(t, func(t *testing.T, h there) {
		h.bring("ada@person.example", "bob@person.example", "eve@person.invalid")
		if n := len(h.server.Calls); n != 0 {
			t.Errorf("%d calls before a campaign", n)
		}
		c := &carriage{h: h, id: "c1", done: map[string]mail.Event{}}
		if tally, err := c.carry(); err != nil || tally.Sent != 2 || tally.Refused != 1 {
			t.Fatalf("%+v %v", tally, err)
		}
		if sent := h.server.Sent(); len(sent) != 1 || len(sent[0]) != 2 {
			t.Errorf("sent %v", sent)
		}
		if said := h.server.Content("kept.c1"); !strings.Contains(said, "Hello {FIRSTNAME}\n") {
			t.Errorf("it says %s", said)
		}
		for _, r := range h.server.Receivers(group) {
			if len(r.Attributes) != 1 || r.Attributes["firstname"] != "Ada" {
				t.Errorf("%+v", r)
			}
		}
		for _, body := range h.server.Bodies {
			for _, secret := range []string{"Lovelock", "Werk AG", "198.51.100", "Einwilligung", "s3cret"} {
				if strings.Contains(body, secret) {
					t.Errorf("%s went over: %s", secret, body)
				}
			}
		}
		if _, err := c.carry(); err != nil { // again: nobody gets it twice
			t.Fatal(err)
		}
		if sent := h.server.Sent(); len(sent) != 1 {
			t.Errorf("sent %v", sent)
		}
		for _, role := range []string{"third-party", "joint-controller"} {
			agreement := map[string]string{"third-party": "role: third-party", "joint-controller": "role: joint-controller, agreement: {kind: arrangement, essence: {de: x, en: x}}"}[role]
			h.SetPolicy(strings.Replace(carriedPolicy, "role: processor, agreement: {kind: dpa}", agreement, 1))
			if _, err := news(h.House).Carrier(entry(h.House)); !fault.Is(err, fault.Refused) {
				t.Errorf("%s would carry the newsletter: %v", role, err)
			}
		}
	})
}

// Whoever leaves here, by whichever way, is deleted there, and that counts as done
// only when the provider, asked again, knows nothing of them.
func TestWhoLeavesHereIsDeletedThere(t *testing.T) {
	for way, leave := range map[string]func(h there, p *person) error{
		"a link": func(h there, p *person) error {
			p.press(newsletter.Path + "/leave/" + news(h.House).LinkOf(h.t, p.email))
			return nil
		},
		"the staff": func(h there, p *person) error {
			_, err := news(h.House).Remove(h.t.Context(), entry(h.House), p.email, false)
			return err
		},
		"an erasure": func(h there, p *person) error { _, err := h.Rights.Erase(h.t.Context(), p.subject()); return err },
		"an objection": func(h there, p *person) error {
			return h.about(func(ctx context.Context, tx *store.Tx) error {
				return h.Subjects.Object(ctx, tx, p.subject(), "newsletter")
			})
		},
		"a restriction": func(h there, p *person) error {
			return h.about(func(ctx context.Context, tx *store.Tx) error {
				return h.Subjects.Restrict(ctx, tx, p.subject(), "contested")
			})
		},
		"an early wish": func(h there, p *person) error {
			return news(h.House).Forget(h.t.Context(), news(h.House).LinkOf(h.t, p.email), true)
		},
	} {
		t.Run(way, func(t *testing.T) {
			withProvider(t, func(t *testing.T, h there) {
				h.t = t
				h.bring("ada1@person.example", "bob@person.example")
				c := &carriage{h: h, id: "c1", done: map[string]mail.Event{}}
				if _, err := c.carry(); err != nil {
					t.Fatal(err)
				}
				p := someone(h.House, 1)
				who := p.subject()
				h.server.Down = true
				if err := leave(h, p); err != nil {
					t.Fatal(err)
				}
				h.Work()
				left, err := news(h.House).AtProcessors(t.Context(), []string{who})
				if err != nil || len(left) != 1 || left[0].Receivers != 1 {
					t.Errorf("the provider is down, and %v is left there (%v)", left, err)
				}
				h.server.Down, h.server.Lost = false, 100 // it says it did and did not
				h.Clock.Advance(6 * time.Minute)
				h.Work()
				if left, err := news(h.House).AtProcessors(t.Context(), []string{who}); err != nil || len(left) != 1 || left[0].Receivers != 1 {
					t.Errorf("a deletion that did not happen counts: %v %v", left, err)
				}
				h.server.Lost = 0
				h.Clock.Advance(2 * time.Hour)
				h.Work()
				if got := h.known(); !slices.Equal(got, []string{"bob@person.example"}) {
					t.Errorf("it knows %v", got)
				}
				if left, err := news(h.House).AtProcessors(t.Context(), []string{who}); err != nil || len(left) != 0 {
					t.Errorf("left: %v %v", left, err)
				}
				if !strings.Contains(leaves(h.House), "newsletter.deleted-there") {
					t.Error("no leaf says that it was deleted there")
				}
			})
		})
	}
}

func (h there) about(f func(ctx context.Context, tx *store.Tx) error) error {
	return h.DB.Write(h.t.Context(), f)
}

// leaves are the kinds of what stands in the ledger.
func leaves(h *activitytest.House) string {
	h.T.Helper()
	if _, err := h.Ledger.Sequence(context.Background()); err != nil {
		h.T.Fatal(err)
	}
	recent, err := h.Ledger.Recent(context.Background(), 1000)
	if err != nil {
		h.T.Fatal(err)
	}
	text, err := json.Marshal(recent)
	if err != nil {
		h.T.Fatal(err)
	}
	return string(text)
}

// Whoever leaves by a mail of the provider has left here: its hook says so, or it
// is asked.
func TestWhoLeavesThereHasLeftHere(t *testing.T) {
	withProvider(t, func(t *testing.T, h there) {
		h.bring("ada1@person.example", "ada2@person.example", "ada3@person.example")
		c := &carriage{h: h, id: "c1", done: map[string]mail.Event{}}
		if _, err := c.carry(); err != nil {
			t.Fatal(err)
		}
		call := h.server.Unsubscribe("ada1@person.example", false)
		forged := httptest.NewRequest(http.MethodPost, call.URL.Path, strings.NewReader(`{"event":"receiver.unsubscribed","payload":{"pool_id":"1003"}}`))
		forged.Header.Set(cleverreach.CallToken, "guessed")
		if status, _ := answered(t, h.Serve(forged)); status != http.StatusForbidden {
			t.Errorf("a made-up call: %d", status)
		}
		call.RequestURI, call.URL.Host, call.URL.Scheme = "", "", ""
		if status, _ := answered(t, h.Serve(call)); status != http.StatusOK {
			t.Errorf("the hook's call: %d", status)
		}
		h.Work()
		by := func(address string) string {
			proofs, err := news(h.House).Proofs(t.Context(), address)
			if err != nil || len(proofs) != 1 {
				t.Fatal(proofs, err)
			}
			return proofs[0].UnsubscribedBy
		}
		if by("ada1@person.example") != string(newsletter.ByLink) || by("ada2@person.example") != "" {
			t.Errorf("left: %q %q", by("ada1@person.example"), by("ada2@person.example"))
		}
		h.server.Unsubscribe("ada2@person.example", true) // the call is lost
		h.Clock.Advance(6 * time.Minute)
		h.Work()
		if by("ada2@person.example") != string(newsletter.ByBounce) || by("ada3@person.example") != "" {
			t.Errorf("left: %q %q", by("ada2@person.example"), by("ada3@person.example"))
		}
		if got := h.known(); !slices.Equal(got, []string{"ada3@person.example"}) {
			t.Errorf("it knows %v", got)
		}
		r := httptest.NewRequest(http.MethodGet, call.URL.Path+"?secret=abc123", nil)
		if status, body := answered(t, h.Serve(r)); status != http.StatusOK || !strings.HasSuffix(body, " abc123") {
			t.Errorf("verification: %d %s", status, body)
		}
		r = httptest.NewRequest(http.MethodGet, call.URL.Path+"?secret=%3Cscript%3E", nil)
		if status, _ := answered(t, h.Serve(r)); status != http.StatusBadRequest {
			t.Errorf("a secret of markup: %d", status)
		}
	})
}

// A campaign that ends at any step goes on, and leaves there once.
func TestACampaignThroughTheProviderGoesOn(t *testing.T) {
	withProvider(t, func(t *testing.T, h there) {
		h.bring("ada1@person.example", "ada2@person.example")
		c := &carriage{h: h, id: "c1", done: map[string]mail.Event{}, failed: fault.New(fault.Unavailable, "the disk is full")}
		if _, err := c.carry(); err == nil || len(h.server.Sent()) != 0 {
			t.Fatal("it went on without a record")
		}
		c.failed = nil
		h.server.Down = true
		if _, err := c.carry(); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%v", err)
		}
		h.server.Down, h.server.Busy = false, 1
		if _, err := c.carry(); !fault.Is(err, fault.TooMany) {
			t.Errorf("%v", err)
		}
		if tally, err := c.carry(); err != nil || tally.Sent != 2 {
			t.Errorf("%+v %v", tally, err)
		}
		if _, err := h.DB.ExecContext(t.Context(), "delete from newsletter_consignment"); err != nil { // it ended before it could note that
			t.Fatal(err)
		}
		if _, err := c.carry(); err != nil {
			t.Fatal(err)
		}
		if sent := h.server.Sent(); len(sent) != 1 || len(sent[0]) != 2 {
			t.Errorf("sent %v", sent)
		}
	})
}

// Whoever leaves between the handing over and the release gets nothing.
func TestWhoLeavesBeforeTheReleaseGetsNothing(t *testing.T) {
	withProvider(t, func(t *testing.T, h there) {
		h.bring("ada1@person.example", "ada2@person.example")
		c := &carriage{h: h, id: "c1", done: map[string]mail.Event{}}
		out := c.consignment()
		next := out.Next
		out.Next = func(ctx context.Context, n int) ([]mail.Letter, error) {
			letters, err := next(ctx, n)
			if err == nil && len(letters) == 0 {
				_, err = news(h.House).Remove(ctx, entry(h.House), "ada1@person.example", false)
			}
			return letters, err
		}
		carrier, err := news(h.House).Carrier(entry(h.House))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := carrier.Carry(t.Context(), out); err != nil {
			t.Fatal(err)
		}
		if sent := h.server.Sent(); len(sent) != 1 || !slices.Equal(sent[0], []string{"ada2@person.example"}) {
			t.Errorf("sent %v", sent)
		}
		if _, err := h.Subjects.Find(t.Context(), h.DB, subject.Email, "ada2@person.example"); err != nil {
			t.Error(err)
		}
	})
}

// What is erased, corrected or restricted here is told to the processor on the way that
// it is written to, and counts as told once it knows nothing of them (Art. 19 GDPR).
func TestTheProviderIsToldOfRights(t *testing.T) {
	for right, change := range map[string]func(h there, p *person) error{
		"erasure":       func(h there, p *person) error { _, err := h.Rights.Erase(h.t.Context(), p.subject()); return err },
		"rectification": func(there, *person) error { return nil },
		"restriction": func(h there, p *person) error {
			return h.about(func(ctx context.Context, tx *store.Tx) error {
				return h.Subjects.Restrict(ctx, tx, p.subject(), "contested")
			})
		},
	} {
		t.Run(right, func(t *testing.T) {
			withProvider(t, func(t *testing.T, h there) {
				h.t = t
				h.bring("ada1@person.example", "bob@person.example")
				if _, err := (&carriage{h: h, id: "c1", done: map[string]mail.Event{}}).carry(); err != nil {
					t.Fatal(err)
				}
				var tells activity.Tells = news(h.House)
				if !tells.Tells("newsletter", "cleverreach") || tells.Tells("newsletter", "somebody") || tells.Tells("nothing", "cleverreach") {
					t.Error("it tells the wrong ones")
				}
				p := someone(h.House, 1)
				if err := change(h, p); err != nil {
					t.Fatal(err)
				}
				h.server.Down = true
				if err := tells.Tell(t.Context(), "newsletter", "cleverreach", right, []string{p.email}, "1"); !fault.Is(err, fault.Unavailable) {
					t.Errorf("the provider is down: %v", err)
				}
				h.server.Down = false
				for range 2 { // once more is no harm
					if err := tells.Tell(t.Context(), "newsletter", "cleverreach", right, []string{p.email}, "1"); err != nil {
						t.Fatal(err)
					}
				}
				if got := h.known(); !slices.Equal(got, []string{"bob@person.example"}) {
					t.Errorf("it knows %v", got)
				}
			})
		})
	}
}
