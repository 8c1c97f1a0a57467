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
	"kept/internal/remote/card"
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

func crowd(n int) []roster.Wanted {
	var all []roster.Wanted
	for i := range n {
		all = append(all, roster.Wanted{Person: fmt.Sprint("p", i), Card: card.Card{First: fmt.Sprint("Nr. ", i), Photo: &card.Photo{Sum: "s"}}})
	}
	return all
}

// stood is a contact as it stands in a mailbox, whatever the service.
type stood struct {
	id, mark                 string
	first, last, title, note string
	photos                   int
}

// far is a mailbox at a service that a test breaks, and in which its owner types.
type far struct {
	mailbox run.Mailbox
	takes   card.Limits
	atOnce  int

	slow     func(time.Duration)
	breaks   func(decide func(writes bool) int) // nil: nothing breaks
	refuses  func(refuse func() bool)           // for the rate; nil: nothing
	contacts func() []stood
	types    func(id string, c stood) string // what is empty stays; the mark is one of its own
	discards func(id string)
	calls    func() int // since the last time
}

const ada = "ada@muster.example"

// everywhere runs a test at each service.
func everywhere(t *testing.T, f func(t *testing.T, x far)) {
	for name, open := range map[string]func(*testing.T) far{"graph": inGraph, "ews": onServer} {
		t.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { f(t, open(t)) }) })
	}
}

// carry brings the mailbox to what is wanted, as a run does.
func (x far) carry(t *testing.T, ctx context.Context, p *pad, wanted []roster.Wanted, rules roster.Rules) error {
	t.Helper()
	known := p.all()
	if p.begun {
		var err error
		if known, err = run.Reconcile(ctx, ours, x.mailbox, p, known); err != nil {
			return err
		}
	}
	o := order(rules)
	o.AtOnce = x.atOnce
	problems, err := run.Run(ctx, o, x.mailbox, p, roster.Steps(roster.Draft(wanted, rules, x.takes), known))
	if len(problems) > 0 {
		t.Errorf("problems: %+v", problems)
	}
	return err
}

// However often and wherever a run is cut off, refused for the rate or broken behind
// the work, and whatever of its notes is lost: in the end each person stands once
// with one photo, and then nothing is left to do.
func TestARunThatIsCutOffLeavesNobodyTwice(t *testing.T) {
	everywhere(t, func(t *testing.T, x far) {
		x.slow(100 * time.Millisecond)
		r := rand.New(rand.NewPCG(1, 2))
		x.breaks(func(writes bool) int {
			if writes && r.IntN(10) == 0 {
				return http.StatusBadGateway
			}
			return 0
		})
		x.refuses(func() bool { return r.IntN(30) == 0 })
		p := &pad{known: map[string]roster.Known{}}
		for cut := range 12 {
			wanted := crowd(100 + 10*(cut%3))
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(500+r.IntN(6000))*time.Millisecond)
			before := p.all()
			_ = x.carry(t, ctx, p, wanted, nil) // cut off, or broken twice at the same call
			cancel()
			if p.begun && r.IntN(2) == 0 { // killed: the last notes are lost
				for _, k := range p.all() {
					if !slices.Contains(before, k) && r.IntN(2) == 0 {
						delete(p.known, k.Person)
					}
				}
			}
		}
		x.breaks(nil)
		x.refuses(nil)
		wanted := crowd(105)
		if err := x.carry(t, t.Context(), p, wanted, nil); err != nil {
			t.Fatal(err)
		}
		found := map[string]int{}
		for _, c := range x.contacts() {
			if mark, ok := roster.ParseMark(c.mark); ok {
				found[mark.Person]++
			}
			if c.photos != 1 {
				t.Errorf("%s has %d photos", c.first, c.photos)
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
		x.calls()
		if err := x.carry(t, t.Context(), p, wanted, nil); err != nil || x.calls() != 0 {
			t.Errorf("a run without changes made calls (%v)", err)
		}
	})
}

// What the owner of the mailbox wrote is not touched by a run or by its undoing; a
// contact that they removed comes back with a change.
func TestWhatIsNotOursIsNotTouched(t *testing.T) {
	everywhere(t, func(t *testing.T, x far) {
		own := x.types("", stood{first: "Mother"})
		other := x.types("", stood{first: "of another synchronisation", mark: roster.Mark{Owner: "sync2", Person: "p1", Hash: "x"}.String()})
		p := &pad{known: map[string]roster.Known{}}
		rules := roster.Rules{"title": roster.Write, "note": roster.Keep}
		wanted := crowd(3)
		if err := x.carry(t, t.Context(), p, wanted, rules); err != nil {
			t.Fatal(err)
		}
		first := p.known["p0"].Item
		x.types(first, stood{note: "typed", title: "typed", first: "typed"})
		x.discards(p.known["p1"].Item)
		for i := range wanted {
			wanted[i].Card.Title, wanted[i].Card.Last = "from the source", "new"
		}
		if err := x.carry(t, t.Context(), p, wanted, rules); err != nil {
			t.Fatal(err)
		}
		for _, c := range x.contacts() {
			if want := (stood{id: first, mark: c.mark, first: "Nr. 0", last: "new", title: "typed", note: "typed", photos: 1}); c.id == first && c != want {
				t.Errorf("%+v", c)
			}
			if c.id == p.known["p1"].Item && (c.last != "new" || c.photos != 1) {
				t.Errorf("who was removed stands as %+v", c)
			}
		}
		removed, problems, err := run.Undo(t.Context(), order(rules), x.mailbox, p)
		if err != nil || removed != 3 || len(problems) != 0 || len(p.known) != 0 {
			t.Errorf("undone %d, %v, %v; %d remembered", removed, problems, err, len(p.known))
		}
		var left []string
		for _, c := range x.contacts() {
			left = append(left, c.id)
		}
		if !slices.Equal(left, []string{own, other}) {
			t.Errorf("left are %q", left)
		}
	})
}
