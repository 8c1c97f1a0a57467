package throttle

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
)

var one = Scope{Tenant: "t", Mailbox: "m"}

func took(d time.Duration) func(context.Context) (Verdict, error) {
	return func(ctx context.Context) (Verdict, error) { return Verdict{}, clock.System.Sleep(ctx, d) }
}

// many makes n calls for a scope at once and returns how long all took, on the
// bubble's clock.
func many(t *testing.T, l *Limiter, s Scope, n int, upload int64, call func(context.Context) (Verdict, error)) time.Duration {
	t.Helper()
	start := time.Now()
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if err := l.Do(t.Context(), s, upload, call); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	return time.Since(start)
}

func TestAMailboxTakesFourAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Outlook, clock.System)
		var now, most atomic.Int32
		took := many(t, l, one, 40, 0, func(ctx context.Context) (Verdict, error) {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer now.Add(-1)
			return Verdict{}, clock.System.Sleep(ctx, 250*time.Millisecond)
		})
		if most.Load() != 4 || took != 2500*time.Millisecond {
			t.Errorf("%d at once, %s", most.Load(), took)
		}
	})
}

// No window of the service's length ever holds more calls than it takes.
func TestCallsFitEveryWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Limits{Calls: 100, Per: time.Minute}, clock.System)
		var mu sync.Mutex
		var at []time.Time
		took := many(t, l, one, 350, 0, func(context.Context) (Verdict, error) {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Now())
			return Verdict{}, nil
		})
		for i := range len(at) - 100 {
			if d := at[i+100].Sub(at[i]); d < time.Minute {
				t.Fatalf("101 calls within %s", d)
			}
		}
		if took > 3*time.Minute+3*time.Second {
			t.Errorf("350 calls took %s", took)
		}
	})
}

func TestUploadsFitTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Limits{Upload: 1000, Within: time.Minute}, clock.System)
		if took := many(t, l, one, 10, 200, took(0)); took < time.Minute || took > 62*time.Second {
			t.Errorf("twice what a window takes took %s", took)
		}
		if took := many(t, l, Scope{Tenant: "t", Mailbox: "other"}, 1, 5000, took(0)); took != 0 {
			t.Errorf("what exceeds every window waited %s", took)
		}
	})
}

// A refusal closes the level that it is about until the service's own moment.
func TestARefusalClosesItsLevel(t *testing.T) {
	for level, want := range map[Level]map[Scope]bool{
		Mailbox: {one: true},
		Tenant:  {one: true, {Tenant: "t", Mailbox: "other"}: true},
		Whole:   {one: true, {Tenant: "t", Mailbox: "other"}: true, {Tenant: "u", Mailbox: "m"}: true},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := New(Outlook, clock.System)
			refuse := true
			go func() {
				_ = l.Do(t.Context(), one, 0, func(context.Context) (Verdict, error) { // passes in the end
					if refuse {
						refuse = false
						return Verdict{Level: level, RetryAfter: 30 * time.Second}, nil
					}
					return Verdict{}, nil
				})
			}()
			synctest.Wait()
			for _, s := range []Scope{one, {Tenant: "t", Mailbox: "other"}, {Tenant: "u", Mailbox: "m"}} {
				start := time.Now()
				go func() {
					if err := l.Do(t.Context(), s, 0, took(0)); err != nil {
						t.Error(err)
					}
					if waited := time.Since(start) > 0; waited != want[s] {
						t.Errorf("level %d, %v: waited %s", level, s, time.Since(start))
					}
				}()
			}
			time.Sleep(time.Minute)
		})
	}
}

func TestCrowdingNarrowsAndCalmOpens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Outlook, clock.System)
		box, _ := l.enter(one)
		takes := 2 // the service takes only two at once
		var now atomic.Int32
		crowd := func(ctx context.Context) (Verdict, error) {
			defer now.Add(-1)
			if int(now.Add(1)) > takes {
				return Verdict{Level: Concurrency, RetryAfter: time.Second}, nil
			}
			return Verdict{}, clock.System.Sleep(ctx, 100*time.Millisecond)
		}
		many(t, l, one, 20, 0, crowd)
		if box.slots.limit > 2 {
			t.Errorf("%d at once after refusals", box.slots.limit)
		}
		takes = 10
		many(t, l, one, 3*calm, 0, crowd)
		if box.slots.limit != 4 {
			t.Errorf("%d at once after a long calm", box.slots.limit)
		}
	})
}

func TestItDoesNotTryForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Limits{Attempts: 3}, clock.System)
		calls := 0
		err := l.Do(t.Context(), one, 0, func(context.Context) (Verdict, error) {
			calls++
			return Verdict{Level: Mailbox}, nil
		})
		if !fault.Is(err, fault.Unavailable) || calls != 3 {
			t.Errorf("%d calls, %v", calls, err)
		}
		own := errors.New("another reason")
		if err := l.Do(t.Context(), Scope{Tenant: "t", Mailbox: "x"}, 0, func(context.Context) (Verdict, error) { calls++; return Verdict{}, own }); err != own || calls != 4 {
			t.Errorf("%d calls, %v", calls, err)
		}
	})
}

// One tenant's thousand calls do not keep another tenant's ten waiting.
func TestTenantsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Limits{Together: 10}, clock.System)
		go many(t, l, Scope{Tenant: "large", Mailbox: "m"}, 1000, 0, took(time.Second))
		synctest.Wait()
		if took := many(t, l, Scope{Tenant: "small", Mailbox: "m"}, 10, 0, took(time.Second)); took > 4*time.Second {
			t.Errorf("the small tenant waited %s", took)
		}
		time.Sleep(5 * time.Minute)
	})
}

// Whoever stops waiting gives back the place.
func TestLeavingTheQueueLosesNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Limits{AtOnce: 1, Together: 1}, clock.System)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = l.Do(t.Context(), one, 0, took(time.Minute)) }()
		synctest.Wait()
		for i := range 5 {
			go func() {
				if err := l.Do(ctx, Scope{Tenant: "t", Mailbox: fmt.Sprint(i % 2)}, 0, took(0)); !errors.Is(err, context.Canceled) {
					t.Errorf("the caller who left got %v", err)
				}
			}()
		}
		synctest.Wait()
		cancel()
		if took := many(t, l, one, 2, 0, took(time.Second)); took != time.Minute+2*time.Second {
			t.Errorf("two more took %s", took)
		}
	})
}

// What is known of mailboxes does not grow with those that were ever seen, and what
// still counts is not forgotten.
func TestMailboxesAreForgottenWhenNothingCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Outlook, clock.System)
		for i := range 20 * fewest {
			if i%fewest == 0 {
				time.Sleep(Outlook.Per + time.Minute)
			}
			many(t, l, Scope{Tenant: fmt.Sprint(i / 100), Mailbox: fmt.Sprint(i)}, 1, 0, took(0))
		}
		if n := len(l.mailboxes); n > 2*fewest {
			t.Errorf("%d mailboxes are remembered", n)
		}
		if n := len(l.tenants); n > 8 {
			t.Errorf("%d tenants are remembered", n)
		}
		small := New(Limits{Calls: 1, Per: time.Hour}, clock.System)
		many(t, small, one, 1, 0, took(0))
		for i := range 3 * fewest {
			many(t, small, Scope{Mailbox: fmt.Sprint(i)}, 1, 0, took(0))
		}
		if took := many(t, small, one, 1, 0, took(0)); took < 59*time.Minute {
			t.Errorf("a second call within the hour waited %s", took)
		}
	})
}
