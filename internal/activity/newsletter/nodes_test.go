package newsletter_test

import (
	"context"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/newsletter"
	"kept/internal/clock"
	"kept/internal/mail/mailtest"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// nodes are two houses over one database, with clocks of their own.
func nodes(t *testing.T, readers int) (here, there *activitytest.House) {
	t.Helper()
	place, sink := storetest.Postgres(t), mailtest.NewSink(t)
	here = activitytest.EnvTo(t, sink, place, withoutConfirmation(), clock.At(noon), newsletter.Kind{})
	there = activitytest.EnvTo(t, sink, place, withoutConfirmation(), clock.At(noon), newsletter.Kind{})
	many(t, here, readers)
	return here, there
}

// gate stops some conversations of a mail server in their middle, until it opens.
type gate struct {
	mu        sync.Mutex
	let, stop int      // so many pass, then so many are stopped
	stopped   []string // to whom
	full      chan struct{}
	opened    chan struct{}
}

func newGate(sink *mailtest.Sink, let, stop int) *gate {
	g := &gate{let: let, stop: stop, full: make(chan struct{}), opened: make(chan struct{})}
	sink.Answer = g.answer
	return g
}

func (g *gate) answer(to string) *smtp.SMTPError {
	g.mu.Lock()
	if g.let--; g.let >= 0 || len(g.stopped) == g.stop {
		g.mu.Unlock()
		return nil
	}
	if g.stopped = append(g.stopped, to); len(g.stopped) == g.stop {
		close(g.full)
	}
	g.mu.Unlock()
	<-g.opened
	return nil
}

// background works at a house until open's end.
func background(h *activitytest.House) (wait func()) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			if worked, err := h.Jobs.Step(context.Background()); err != nil || !worked {
				if err != nil {
					h.T.Error(err)
				}
				return
			}
		}
	}()
	return func() { <-ended }
}

// written counts the letters that each reader got, and fails for one who got two under
// different names.
func written(t *testing.T, letters []mailtest.Mail) map[string]int {
	t.Helper()
	seen, name := map[string]int{}, map[string]string{}
	for _, m := range letters {
		to, id := m.To[0], m.Read().MessageID
		if seen[to]++; seen[to] > 1 && name[to] != id {
			t.Errorf("%s got the letter as %s and as %s", to, name[to], id)
		}
		name[to] = id
	}
	return seen
}

// Nodes that send one campaign take turns, whichever dies: nobody is missed, nobody
// gets more than a connection of a killed one explains, and who leaves by another
// node's page while they send gets nothing.
func TestNodesThatDieSendOneCampaign(t *testing.T) {
	place, sink := storetest.Postgres(t), mailtest.NewSink(t)
	desk := activitytest.EnvTo(t, sink, place, withoutConfirmation(), clock.At(noon), newsletter.Kind{})
	many(t, desk, killReaders)
	welcome := len(sink.Mails())
	id := compose(t, desk, draft())
	schedule(t, desk, id, newsletter.When{})
	left := map[string]bool{}
	leave := func(most int) {
		got := written(t, sink.Mails()[welcome:])
		for i := range killReaders {
			if to := reader(i); got[to] == 0 && !left[to] && most > 0 {
				most--
				left[to] = true
				if err := news(desk).LeaveAs(t.Context(), "newsletter", to, newsletter.ByMail); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	kills := 0
	for i, until := range []int{100, 250, 400} {
		both := [2]*exec.Cmd{campaignProcess(t, place, sink, 2*i), campaignProcess(t, place, sink, 2*i)}
		sink.Wait(welcome + until)
		for _, node := range both { // one of them sends; the other may have ended, since there is nothing for it to do
			if err := node.Process.Signal(syscall.SIGKILL); err != nil {
				t.Log(err)
			}
			if err := node.Wait(); err != nil {
				kills++
			}
		}
		leave(10)
	}
	if kills < 3 {
		t.Fatalf("%d nodes were killed at work", kills)
	}
	both := [2]*exec.Cmd{campaignProcess(t, place, sink, 20), campaignProcess(t, place, sink, 20)}
	for _, node := range both {
		if err := node.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	desk.Clock.Advance(time.Hour)
	desk.Work()
	c := campaign(t, desk, id)
	if c.State != newsletter.Done || c.Tally.Sent != killReaders-int64(len(left)) || c.Tally.Recipients != killReaders {
		t.Errorf("%s %+v, %d left", c.State, c.Tally, len(left))
	}
	got, twice := written(t, sink.Mails()[welcome:]), 0
	for i := range killReaders {
		to := reader(i)
		if (got[to] == 0) != left[to] {
			t.Errorf("%s got %d letters; left: %v", to, got[to], left[to])
		}
		twice += max(0, got[to]-1)
	}
	if twice > kills*killConnections {
		t.Errorf("%d letters left twice; %d kills explain %d", twice, kills, kills*killConnections)
	}
	t.Logf("sent twice: %d, %d kills", twice, kills)
}

// A node that stood still for longer than its lease, or whose clock is behind, does not
// send on beside the one that took over: it learns of it with the first letter.
func TestANodeThatStoodStillDoesNotSendBesideAnother(t *testing.T) {
	const readers, connections = 60, 3
	here, there := nodes(t, readers)
	news(here).SetConnections(connections)
	welcome := len(here.Sink.Mails())
	g := newGate(here.Sink, 10, connections)
	id := compose(t, here, draft())
	schedule(t, here, id, newsletter.When{})
	standing := background(here)
	<-g.full
	there.Clock.Advance(time.Minute)
	there.Work()
	if c := campaign(t, there, id); c.State != newsletter.Done || c.Tally.Sent != readers {
		t.Errorf("the other node: %s %+v", c.State, c.Tally)
	}
	close(g.opened)
	standing()
	there.Clock.Advance(time.Hour)
	there.Work()
	got, twice := written(t, here.Sink.Mails()[welcome:]), 0
	for i := range readers {
		if got[reader(i)] == 0 {
			t.Errorf("%s got nothing", reader(i))
		}
		twice += max(0, got[reader(i)]-1)
	}
	if twice > connections {
		t.Errorf("%d letters left twice; %d conversations stood still", twice, connections)
	}
	if c := campaign(t, there, id); c.State != newsletter.Done || c.Tally.Sent != readers {
		t.Errorf("at the end: %s %+v", c.State, c.Tally)
	}
}

// Two campaigns leave from two nodes at once, each from one of them.
func TestTwoNodesSendTwoCampaignsAtOnce(t *testing.T) {
	const readers = 80
	here, there := nodes(t, readers)
	welcome := len(here.Sink.Mails())
	ids := []string{compose(t, here, draft()), compose(t, there, draft())}
	for _, id := range ids {
		schedule(t, here, id, newsletter.When{})
	}
	one, other := background(here), background(there)
	one()
	other()
	for _, h := range []*activitytest.House{here, there} {
		h.Clock.Advance(time.Hour)
		h.Work()
	}
	for _, id := range ids {
		if c := campaign(t, there, id); c.State != newsletter.Done || c.Tally.Sent != readers {
			t.Errorf("%s %+v", c.State, c.Tally)
		}
	}
	seen := map[string]int{}
	for _, m := range here.Sink.Mails()[welcome:] {
		seen[m.To[0]]++
	}
	for i := range readers {
		if n := seen[reader(i)]; n != 2 {
			t.Errorf("%s got %d letters of two campaigns", reader(i), n)
		}
	}
}

// What people do at one node holds a second later for letters that another has read
// already, and for those of which it is telling the mail server.
func TestWhoLeavesAtOneNodeGetsNothingFromTheOther(t *testing.T) {
	write := func(t *testing.T, h *activitytest.House, f func(ctx context.Context, tx *store.Tx) error) {
		if err := h.DB.Write(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	for name, act := range map[string]func(t *testing.T, p *person){
		"unsubscribed": func(_ *testing.T, p *person) { p.leaveNow() },
		"restricted": func(t *testing.T, p *person) {
			write(t, p.h, func(ctx context.Context, tx *store.Tx) error {
				return p.h.Subjects.Restrict(ctx, tx, p.subject(), "disputed")
			})
		},
		"objected": func(t *testing.T, p *person) {
			write(t, p.h, func(ctx context.Context, tx *store.Tx) error {
				return p.h.Subjects.Object(ctx, tx, p.subject(), "newsletter")
			})
		},
		"erased": func(t *testing.T, p *person) {
			if _, err := p.h.Rights.Erase(t.Context(), p.subject()); err != nil {
				t.Fatal(err)
			}
			p.h.Work()
		},
	} {
		t.Run(name, func(t *testing.T) {
			const readers = 12
			here, there := nodes(t, readers)
			news(here).SetConnections(1)
			welcome := len(here.Sink.Mails())
			g := newGate(here.Sink, 3, 1)
			id := compose(t, here, draft())
			schedule(t, here, id, newsletter.When{})
			sending := background(here)
			<-g.full
			got := written(t, here.Sink.Mails()[welcome:])
			var left []string
			for i := range readers {
				p := &person{t: t, h: there, email: reader(i)}
				if waits := p.email == g.stopped[0]; waits || got[p.email] == 0 && len(left) < 4 {
					act(t, p)
					left = append(left, p.email)
				}
			}
			here.Clock.Advance(time.Second)
			there.Clock.Advance(time.Second)
			close(g.opened)
			sending()
			for _, h := range []*activitytest.House{here, there} {
				h.Clock.Advance(time.Hour)
				h.Work()
			}
			got = written(t, here.Sink.Mails()[welcome:])
			for _, to := range left {
				if got[to] > 0 {
					t.Errorf("%s %s at the other node and got the letter; in conversation: %v", to, name, to == g.stopped[0])
				}
			}
			if c := campaign(t, there, id); c.State != newsletter.Done || c.Tally.Sent != readers-int64(len(left)) {
				t.Errorf("%s %+v, %d left", c.State, c.Tally, len(left))
			}
		})
	}
}
