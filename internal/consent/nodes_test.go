package consent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

func TestAWithdrawalReachesTheOtherNode(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		here := open(t, db)
		there := openOn(t, db, here.vault, here.clock)
		b := here.browser()
		given := b.decide(Request{All: true})
		old := b.cookies[CookieName].Value
		if st := there.State(b.request()); !st.AllowsGroup("statistics") {
			t.Fatalf("the other node does not know the cookie: %v", st)
		}
		b.decide(Request{None: true})
		if err := there.Poll(ctx); err != nil {
			t.Fatal(err)
		}
		if st := there.State(with(CookieName + "=" + old)); st.Known || !there.Withdrawn(given.State.Decision) {
			t.Errorf("the other node still believes: %v", st)
		}
		// A node that starts later knows it too, and so after the person is erased.
		if _, err := db.ExecContext(ctx, "delete from consent_decision"); err != nil {
			t.Fatal(err)
		}
		later := openOn(t, db, here.vault, here.clock)
		if st := later.State(with(CookieName + "=" + old)); st.Known {
			t.Errorf("a later node believes: %v", st)
		}
	})
}

// A node that asks after each of them hears of every withdrawal of another.
func TestEveryWithdrawalReachesTheOtherNode(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		here := open(t, db)
		there := openOn(t, db, here.vault, here.clock)
		for i := range 4 {
			b := here.browser()
			id := b.decide(Request{All: true}).State.Decision
			b.decide(Request{None: true})
			if err := there.Poll(t.Context()); err != nil {
				t.Fatal(err)
			}
			if !there.Withdrawn(id) {
				t.Errorf("withdrawal %d is not known", i+1)
			}
		}
	})
}

// Which node's clock is right does not matter: the database says what ended since
// the last poll.
func TestAWithdrawalReachesANodeWithAnotherClock(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		here := open(t, db)
		for _, apart := range []time.Duration{-48 * time.Hour, -20 * time.Minute, 20 * time.Minute, 48 * time.Hour} {
			there := openOn(t, db, here.vault, clock.At(here.clock.Now().Add(apart)))
			for range 2 {
				for _, nodes := range [][2]*house{{here, there}, {there, here}} {
					b := nodes[0].browser()
					id := b.decide(Request{All: true}).State.Decision
					b.decide(Request{None: true})
					if err := nodes[1].Poll(ctx); err != nil {
						t.Fatal(err)
					}
					if !nodes[1].Withdrawn(id) {
						t.Errorf("%v apart: a node does not know what the other ended", apart)
					}
				}
			}
		}
	})
}

// A node whose clock jumps ahead for years forgets nothing that others need.
func TestAClockThatJumpsForgetsNoWithdrawal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		here := open(t, db)
		b := here.browser()
		id := b.decide(Request{All: true}).State.Decision
		b.decide(Request{None: true})
		jumped := openOn(t, db, here.vault, clock.At(here.clock.Now().AddDate(5, 0, 0)))
		if err := jumped.Poll(ctx); err != nil {
			t.Fatal(err)
		}
		later := openOn(t, db, here.vault, here.clock)
		if !later.Withdrawn(id) {
			t.Error("a node with a wrong clock made another forget a withdrawal")
		}
	})
}

// Run polls by the clock that it is given.
func TestRunPolls(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	here := open(t, db)
	there := openOn(t, db, here.vault, here.clock)
	b := here.browser()
	id := b.decide(Request{All: true}).State.Decision
	b.decide(Request{None: true})
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	done := make(chan error, 1)
	go func() { done <- there.Run(ctx) }()
	for !there.Withdrawn(id) && ctx.Err() == nil {
		here.clock.Advance(pollEvery)
	}
	stop()
	if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if !there.Withdrawn(id) {
		t.Error("never polled")
	}
}

func TestNothingIsBelievedWhileTheSetCannotBeRead(t *testing.T) {
	ctx := context.Background()
	db := storetest.Open(t, storetest.SQLite(t))
	h := open(t, db)
	b := h.browser()
	b.decide(Request{All: true})
	if _, err := db.ExecContext(ctx, "alter table consent_withdrawn rename to away"); err != nil {
		t.Fatal(err)
	}
	if err := h.Poll(ctx); err == nil {
		t.Fatal("a failing poll says nothing")
	}
	if st := b.state(); !st.AllowsGroup("statistics") {
		t.Errorf("one failure: %v", st)
	}
	h.clock.Advance(unsureAfter + time.Second)
	if err := h.Poll(ctx); err == nil {
		t.Fatal("a failing poll says nothing")
	}
	if st := b.state(); st.AllowsGroup("statistics") || !st.Known {
		t.Errorf("after ten seconds: %v", st)
	}
	if _, err := db.ExecContext(ctx, "alter table away rename to consent_withdrawn"); err != nil {
		t.Fatal(err)
	}
	if err := h.Poll(ctx); err != nil {
		t.Fatal(err)
	}
	if st := b.state(); !st.AllowsGroup("statistics") {
		t.Errorf("healed: %v", st)
	}
}

func TestManyDecideAtOnceAndOneFails(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := open(t, db)
		poisoned := h.browser()
		poison := poisoned.decide(Request{All: true}).State.Decision
		person, err := h.Subject(context.Background(), poison)
		if err != nil {
			t.Fatal(err)
		}
		h.OnWithdraw(func(_ context.Context, _ *store.Tx, subject string, _ []string) error {
			if subject == person {
				return errors.New("the hook fails")
			}
			return nil
		})
		const n = 64
		var group sync.WaitGroup
		failed := make(chan error, n+1)
		group.Go(func() {
			if _, err := h.Decide(context.Background(), Request{None: true, Source: Banner, Previous: poisoned.state()}); err == nil {
				failed <- errors.New("the failing hook was ignored")
			}
		})
		for i := range n {
			group.Go(func() {
				out, err := h.Decide(context.Background(), Request{All: true, Source: Banner, Language: "de", NoticeHash: h.notice})
				if err == nil && i%2 == 0 {
					_, err = h.Decide(context.Background(), Request{None: true, Source: Banner, Previous: out.State})
				}
				if err != nil {
					failed <- fmt.Errorf("decision %d: %w", i, err)
				}
			})
		}
		group.Wait()
		close(failed)
		for err := range failed {
			t.Error(err)
		}
		if open, all := h.count("select count(*) from consent_decision where ended_at is null"), h.count("select count(*) from consent_decision"); open != n/2+1 || all != n+1 {
			t.Errorf("%d decisions, %d stand", all, open)
		}
		if st := poisoned.state(); st.Decision != poison {
			t.Errorf("rolled back, and yet: %v", st)
		}
		// Each acknowledged decision has its leaf, the failed one has none.
		recent, err := h.ledger.Recent(context.Background(), 1000)
		if err != nil {
			t.Fatal(err)
		}
		kinds := map[string]int{}
		for _, l := range recent {
			kinds[l.Kind]++
		}
		if kinds["consent.given"] != n+1 || kinds["consent.withdrawn"] != n/2 {
			t.Errorf("leaves %v", kinds)
		}
	})
}

// Two tabs send a choice at the same moment from two nodes: the later one is
// the only one that stands.
func TestTwoChoicesOfOneBrowserLeaveOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		here := open(t, db)
		there := openOn(t, db, here.vault, here.clock)
		for range 10 {
			b := here.browser()
			st := b.decide(Request{All: true}).State
			var group sync.WaitGroup
			for _, node := range []*house{here, there} {
				group.Go(func() {
					if _, err := node.Decide(context.Background(), Request{Groups: []string{"media"}, Source: Settings, Language: "de", NoticeHash: here.notice, Previous: st}); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			person, err := here.Subject(context.Background(), st.Decision)
			if err != nil {
				t.Fatal(err)
			}
			if n := here.count("select count(*) from consent_decision where subject = $1 and ended_at is null", person); n != 1 {
				t.Errorf("%d decisions stand", n)
			}
		}
	})
}

func TestAConsentLapsesWithItsCookie(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		h := open(t, db)
		gone, stays := h.browser(), h.browser()
		id := gone.decide(Request{All: true}).State.Decision
		stays.decide(Request{All: true})
		for range 8 {
			h.clock.Advance(30 * day)
			stays.visit()
			if err := h.Poll(ctx); err != nil {
				t.Fatal(err)
			}
		}
		d, err := h.previous(ctx, id)
		if err != nil || d.EndedBy != Lapsed || d.Ended.Before(start.AddDate(0, 6, 0)) {
			t.Errorf("%+v, %v", d, err)
		}
		if st := stays.state(); !st.Known {
			t.Errorf("the other visitor: %v", st)
		}
		if n := h.count("select count(*) from consent_decision where ended_at is null"); n != 1 {
			t.Errorf("%d stand", n)
		}
		b, err := h.Receipt(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		if v := verify(t, b, h.ledger.Key()); v.State != "dpv:ConsentExpired" || !v.Acknowledged {
			t.Errorf("%+v", v)
		}
	})
}

func TestAFullQueueSaysSo(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	h.commits.turn <- struct{}{} // somebody writes, for ever
	h.commits.queue.waiting = make([]*write, longestQueue)
	_, err := h.Decide(context.Background(), Request{None: true, Source: Banner})
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
	h.commits.queue.waiting = nil
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := h.Decide(ctx, Request{None: true, Source: Banner}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestTheCountsOfADay(t *testing.T) {
	h := open(t, storetest.Open(t, storetest.SQLite(t)))
	b := h.browser()
	b.decide(Request{All: true})
	b.decide(Request{Groups: []string{"media"}})
	b.decide(Request{None: true})
	b.decide(Request{None: true})
	if _, err := h.Once("player"); err != nil {
		t.Fatal(err)
	}
	if err := h.Poll(context.Background()); err != nil {
		t.Fatal(err)
	}
	rates, err := h.Rates(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, r := range rates {
		found = append(found, fmt.Sprint(r.Day.Format(time.DateOnly), " ", r.Outcome, " ", r.Count))
	}
	want := []string{"2026-03-31 accepted 1", "2026-03-31 once 1", "2026-03-31 partial 1", "2026-03-31 refused 1", "2026-03-31 withdrawn 1"}
	if !slices.Equal(found, want) {
		t.Errorf("%v", found)
	}
}
