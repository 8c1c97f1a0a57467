package mail_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// Whoever types the addresses of many others makes this house write to some of them,
// not to all: over every network and address there is one bound for an hour. The
// operator is told once.
func TestStrangersTogetherAreBounded(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		h.Mail.Settings.Crowd = 3
		ask := func(most int) (taken int) {
			for range most {
				err := h.Mail.Stranger(t.Context(), "answers")
				switch {
				case err == nil:
					taken++
				case !fault.Is(err, fault.TooMany) || !strings.Contains(err.Error(), "in 30 minutes"):
					t.Fatal(err)
				}
			}
			return taken
		}
		h.Clock.Advance(30 * time.Minute)
		if n := ask(10); n != 3 {
			t.Errorf("%d of 10 were taken", n)
		}
		if err := h.Mail.Stranger(t.Context(), "another"); err != nil {
			t.Errorf("another form pays for it: %v", err)
		}
		h.work()
		told := h.Sink.To("privacy@agentur.example")
		if len(told) != 1 || !strings.Contains(told[0].Read().Text, "answers") {
			t.Fatalf("the operator got %d mails", len(told))
		}
		if n := mailLeaves(h); n != 1 {
			t.Errorf("%d leaves say so", n)
		}
		h.Clock.Advance(30 * time.Minute)
		if n := ask(2); n != 2 {
			t.Errorf("%d of 2 were taken in the next hour", n)
		}
	})
}

// Several nodes on one database are one crowd.
func TestNodesCountStrangersTogether(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h, other := house{activitytest.Env(t, place, rules, clock.At(start)), t}, activitytest.Env(t, place, rules, clock.At(start))
		h.Mail.Settings.Crowd, other.Mail.Settings.Crowd = 40, 40
		var taken atomic.Int64
		var asking sync.WaitGroup
		for _, node := range []*mail.Post{h.Mail, other.Mail} {
			for range 4 {
				asking.Go(func() {
					for range 10 {
						switch err := node.Stranger(t.Context(), "answers"); {
						case err == nil:
							taken.Add(1)
						case !fault.Is(err, fault.TooMany):
							t.Error(err)
						}
					}
				})
			}
		}
		asking.Wait()
		if taken.Load() != 40 {
			t.Errorf("%d of 80 were taken on two nodes together", taken.Load())
		}
		h.work()
		other.Work()
		if told := len(h.Sink.To("privacy@agentur.example")) + len(other.Sink.To("privacy@agentur.example")); told != 1 {
			t.Errorf("the operator got %d mails", told)
		}
	})
}

func mailLeaves(h house) int64 {
	_, err := h.Ledger.Sequence(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	all, err := h.Ledger.Count(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return all["mail.crowded"]
}
