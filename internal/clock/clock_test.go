package clock

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestManualWakesWhoseTimeHasCome(t *testing.T) {
	m := At(time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC))
	slept := func(d time.Duration) chan error {
		done := make(chan error, 1)
		before := m.sleepers()
		go func() { done <- m.Sleep(t.Context(), d) }()
		for m.sleepers() == before { // until the sleeper lies down
			time.Sleep(time.Microsecond)
		}
		return done
	}
	short, long := slept(time.Hour), slept(3*time.Hour)
	m.Advance(2 * time.Hour)
	if err := <-short; err != nil {
		t.Fatal(err)
	}
	select {
	case <-long:
		t.Fatal("woke an hour early")
	default:
	}
	m.Advance(time.Hour)
	if err := <-long; err != nil {
		t.Fatal(err)
	}
}

func (m *Manual) sleepers() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.waiters)
}

func TestSleepEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]Clock{"manual": At(time.Now()), "system": System, "adjustable": &Adjustable{}} {
		if err := c.Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAdjustableComesBack(t *testing.T) {
	var a Adjustable
	past := time.Date(2020, 2, 29, 12, 0, 0, 0, time.UTC)
	a.Set(past)
	if got := a.Now().Sub(past); got < 0 || got > time.Minute {
		t.Errorf("stands %v off", got)
	}
	a.Release()
	if got := a.Now().Sub(System.Now()); got < -time.Minute || got > time.Minute {
		t.Errorf("after Release %v off", got)
	}
}
