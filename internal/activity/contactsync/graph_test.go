package contactsync

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kept/internal/activity/contactsync/roster"
	"kept/internal/activity/contactsync/run"
	"kept/internal/clock"
	"kept/internal/remote/card"
	"kept/internal/remote/graph"
	"kept/internal/remote/graph/graphtest"
	"kept/internal/remote/throttle"
)

// pad is a book in memory. What is not written is lost with the process.
type pad struct {
	mu    sync.Mutex
	known map[string]roster.Known
	begun bool
}

func (p *pad) Begin(context.Context) error { p.begun = true; return nil }
func (p *pad) End(context.Context) error   { p.begun = false; return nil }
func (p *pad) Write(_ context.Context, notes []run.Note) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range notes {
		if n.Known == (roster.Known{}) {
			delete(p.known, n.Person)
			continue
		}
		p.known[n.Person] = n.Known
	}
	return nil
}

func (p *pad) all() []roster.Known {
	var all []roster.Known
	for _, k := range p.known {
		all = append(all, k)
	}
	return all
}

const ours = "sync1"

var picture1 = append([]byte{0xff, 0xd8, 0xff}, make([]byte, 100)...)

func order(rules roster.Rules) run.Order {
	return run.Order{Owner: ours, Rules: rules, AtOnce: 4, Photo: func(context.Context, string) ([]byte, error) { return picture1, nil }}
}

// exchange returns a service with one mailbox and a way into a folder of it.
func exchange(t *testing.T) (*graphtest.Service, *graphtest.Tenant, online) {
	t.Helper()
	s := graphtest.New(clock.System)
	tenant := s.Tenant("muster")
	tenant.Register("app", "secret")
	tenant.AddUser("u1", map[string]any{"userPrincipalName": "ada@muster.example"})
	c, err := graph.New(graph.Config{
		Service: "https://graph.example/v1.0", Login: "https://graph.example", Tenant: "muster", Client: "app",
		Credential: graph.Secret{Reveal: func() string { return "secret" }}, Transport: s.Transport(), Limiter: throttle.New(throttle.Outlook, clock.System), Clock: clock.System,
	})
	if err != nil {
		t.Fatal(err)
	}
	box := c.Mailbox("ada@muster.example", propertySet, propertyName)
	f, err := box.EnsureFolder(t.Context(), "Muster")
	if err != nil {
		t.Fatal(err)
	}
	return s, tenant, online{box, f.ID}
}

func crowd(n int) []roster.Wanted {
	var all []roster.Wanted
	for i := range n {
		all = append(all, roster.Wanted{Person: fmt.Sprint("p", i), Card: card.Card{First: fmt.Sprint("Nr. ", i), Photo: &card.Photo{Sum: "s"}}})
	}
	return all
}

// persons counts the contacts of ours by person.
func persons(tenant *graphtest.Tenant) map[string]int {
	found := map[string]int{}
	for _, c := range tenant.Contacts("ada@muster.example") {
		if m, ok := roster.ParseMark(c.Mark()); ok {
			found[m.Person]++
		}
	}
	return found
}

func carryOut(t *testing.T, ctx context.Context, o online, p *pad, wanted []roster.Wanted, rules roster.Rules) error {
	t.Helper()
	known := p.all()
	if p.begun {
		var err error
		if known, err = run.Reconcile(ctx, ours, o, p, known); err != nil {
			return err
		}
	}
	problems, err := run.Run(ctx, order(rules), o, p, roster.Steps(roster.Draft(wanted, rules, graph.Limits), known))
	if len(problems) > 0 {
		t.Errorf("problems: %+v", problems)
	}
	return err
}

// However often and wherever a run is cut off, and whatever of its notes is lost,
// in the end each person stands once, and then nothing is left to do.
func TestARunThatIsCutOffLeavesNobodyTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, tenant, o := exchange(t)
		s.Latency = 100 * time.Millisecond
		r := rand.New(rand.NewPCG(1, 2))
		s.Break(func(r2 *http.Request) int { // every tenth write breaks behind the work
			if r2.Method != http.MethodGet && r.IntN(10) == 0 {
				return http.StatusBadGateway
			}
			return 0
		})
		p := &pad{known: map[string]roster.Known{}}
		for cut := range 12 {
			wanted := crowd(100 + 10*(cut%3))
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(500+r.IntN(4000))*time.Millisecond)
			before := p.all()
			_ = carryOut(t, ctx, o, p, wanted, nil) // cut off, or broken twice at the same call
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
		wanted := crowd(105)
		if err := carryOut(t, t.Context(), o, p, wanted, nil); err != nil {
			t.Fatal(err)
		}
		found := persons(tenant)
		if len(found) != 105 {
			t.Errorf("%d people stand in the mailbox", len(found))
		}
		for person, n := range found {
			if n != 1 {
				t.Errorf("%s stands %d times", person, n)
			}
		}
		s.Counts()
		if err := carryOut(t, t.Context(), o, p, wanted, nil); err != nil || len(s.Counts()) != 0 {
			t.Errorf("a run without changes made calls (%v)", err)
		}
	})
}

// What the owner of the mailbox wrote is not touched by a run or by its undoing.
func TestWhatIsNotOursIsNotTouched(t *testing.T) {
	_, tenant, o := exchange(t)
	own := tenant.Type("ada@muster.example", "Muster", "", map[string]any{"givenName": "Mother"})
	other := tenant.Type("ada@muster.example", "Muster", "", map[string]any{"givenName": "of another synchronisation", "singleValueExtendedProperties": []any{
		map[string]any{"id": fmt.Sprintf("String {%s} Name %s", propertySet, propertyName), "value": roster.Mark{Owner: "sync2", Person: "p1", Hash: "x"}.String()},
	}})
	p := &pad{known: map[string]roster.Known{}}
	rules := roster.Rules{"title": roster.Write, "note": roster.Keep}
	wanted := crowd(3)
	if err := carryOut(t, t.Context(), o, p, wanted, rules); err != nil {
		t.Fatal(err)
	}
	first := p.known["p0"].Item
	tenant.Type("ada@muster.example", "Muster", first, map[string]any{"personalNotes": "typed", "jobTitle": "typed", "givenName": "typed"})
	for i := range wanted {
		wanted[i].Card.Title, wanted[i].Card.Last = "from the source", "new"
	}
	if err := carryOut(t, t.Context(), o, p, wanted, rules); err != nil {
		t.Fatal(err)
	}
	for _, c := range tenant.Contacts("ada@muster.example") {
		if c.ID != first {
			continue
		}
		for field, want := range map[string]string{"personalNotes": "typed", "jobTitle": "typed", "givenName": "Nr. 0", "surname": "new"} {
			if c.Fields[field] != want {
				t.Errorf("%s is %v", field, c.Fields[field])
			}
		}
	}
	removed, problems, err := run.Undo(t.Context(), order(rules), o, p)
	if err != nil || removed != 3 || len(problems) != 0 || len(p.known) != 0 {
		t.Errorf("undone %d, %v, %v; %d remembered", removed, problems, err, len(p.known))
	}
	var left []string
	for _, c := range tenant.Contacts("ada@muster.example") {
		left = append(left, c.ID)
	}
	if !slices.Equal(left, []string{own, other}) {
		t.Errorf("left are %q", left)
	}
}

// A contact that its owner removed comes back with the next change of its source.
func TestARemovedContactIsWrittenAnew(t *testing.T) {
	_, tenant, o := exchange(t)
	p := &pad{known: map[string]roster.Known{}}
	wanted := crowd(2)
	if err := carryOut(t, t.Context(), o, p, wanted, nil); err != nil {
		t.Fatal(err)
	}
	tenant.Discard("ada@muster.example", p.known["p1"].Item)
	wanted[1].Card.Last = "changed"
	if err := carryOut(t, t.Context(), o, p, wanted, nil); err != nil {
		t.Fatal(err)
	}
	found := tenant.Contacts("ada@muster.example")
	if len(found) != 2 || found[1].Fields["surname"] != "changed" || len(found[1].Photo) == 0 {
		t.Errorf("%+v", found)
	}
}
