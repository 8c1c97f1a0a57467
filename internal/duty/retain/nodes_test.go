package retain_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"kept/internal/duty/dutytest"
	"kept/internal/duty/retain"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/store"
)

// posted is what really leaves: mails of transactions that committed.
type posted struct {
	mu    sync.Mutex
	mails []mail.Message
}

func (p *posted) Enqueue(_ context.Context, tx *store.Tx, m mail.Message) (string, error) {
	tx.OnCommit(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.mails = append(p.mails, m)
	})
	return "", nil
}

func (p *posted) want(h *dutytest.House, what string, n int) {
	h.T.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.mails) != n {
		h.T.Errorf("%s: %d mails, want %d", what, len(p.mails), n)
	}
}

// reached finds everybody at one address.
func reached(_ context.Context, _, subject string, _ []string) (retain.Reach, error) {
	return retain.Reach{Lang: "de", To: []mail.Address{{Mail: subject + "@circle.example"}}}, nil
}

// standing is a node that stops where it looks for an address, and what lets it go on.
func standing(h *dutytest.House, box *posted) (node *retain.Sweeper, stands <-chan struct{}, wake func()) {
	node = open(h)
	stopped, woken := make(chan struct{}), make(chan struct{})
	var once sync.Once
	node.Tell(box, func(ctx context.Context, activity, subject string, to []string) (retain.Reach, error) {
		once.Do(func() { close(stopped) })
		<-woken
		return reached(ctx, activity, subject, to)
	})
	return node, stopped, func() { close(woken) }
}

func teller(h *dutytest.House, box *posted) *retain.Sweeper {
	s := open(h)
	s.Tell(box, reached)
	return s
}

// sweepAll runs nodes at once; each may find that another is at it.
func sweepAll(h *dutytest.House, nodes ...*retain.Sweeper) {
	h.T.Helper()
	var all sync.WaitGroup
	for _, s := range nodes {
		all.Go(func() {
			if _, err := s.Sweep(h.Ctx); err != nil && !fault.Is(err, fault.Conflict) {
				h.T.Error(err)
			}
		})
	}
	all.Wait()
}

// Whichever node runs, and however many at once: everybody is told once, and once that
// it is taken back.
func TestManyNodesTellEverybodyOnce(t *testing.T) {
	sweeps(t, announced, func(h *dutytest.House, s *retain.Sweeper) {
		sweep(h, s)
		box, people := &posted{}, 8
		var members []string
		for i := range people {
			member := h.Join(h.Subject(fmt.Sprint(i)), fmt.Sprintf("p%d@circle.example", i))
			leaves(h, member, h.Clock.Now().AddDate(0, 0, 9))
			members = append(members, member)
		}
		nodes := []*retain.Sweeper{teller(h, box), teller(h, box), teller(h, box), teller(h, box)}
		for range 3 {
			sweepAll(h, nodes...)
		}
		box.want(h, "told", people)
		want(h, "announced", h.Leaves("retention.announced"), int64(people))
		for _, m := range members {
			leaves(h, m, time.Time{})
		}
		for range 3 {
			sweepAll(h, nodes...)
		}
		box.want(h, "told and taken back", 2*people)
		want(h, "taken back", h.Leaves("retention.taken-back"), int64(people))
	})
}

// A node that stood still while another took over tells nobody a second time, neither
// what ends nor that it does not.
func TestANodeThatStoodStillTellsNobodyTwice(t *testing.T) {
	sweeps(t, announced, func(h *dutytest.House, s *retain.Sweeper) {
		sweep(h, s)
		box := &posted{}
		member := h.Join(h.Subject("ada"), "ada@circle.example")
		other := teller(h, box)
		for i, at := range []time.Time{h.Clock.Now().AddDate(0, 0, 9), {}} {
			leaves(h, member, at)
			late, stands, wake := standing(h, box)
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				_, _ = late.Sweep(h.Ctx) // that it lost its lease, or that the other was quicker
			}()
			<-stands
			h.Exec("update retain_lease set until_at = 0")
			sweep(h, other)
			box.want(h, "by the other node", i+1)
			wake()
			<-ended
			box.want(h, "when the node goes on", i+1)
			sweep(h, other)
			box.want(h, "at the next run", i+1)
		}
	})
}
