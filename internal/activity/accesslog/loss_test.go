package accesslog

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/store/storetest"
)

// outage lets the log find no database until it is ended.
func outage(l *Log) (down *atomic.Bool, tried <-chan struct{}) {
	down, tries := &atomic.Bool{}, make(chan struct{}, 1000)
	down.Store(true)
	store := l.store
	l.store = func(ctx context.Context, table string, rows ...event.Row) error {
		tries <- struct{}{}
		if down.Load() {
			return fault.New(fault.Unavailable, "the database does not answer")
		}
		return store(ctx, table, rows...)
	}
	return down, tries
}

// lost returns the leaves that tell of losses.
func lost(h *activitytest.House) (facts []string) {
	h.T.Helper()
	if _, err := h.Ledger.Sequence(h.T.Context()); err != nil {
		h.T.Fatal(err)
	}
	all, err := h.Ledger.Recent(h.T.Context(), 100)
	if err != nil {
		h.T.Fatal(err)
	}
	for _, leaf := range all {
		if leaf.Kind == leafLost {
			facts = append(facts, string(leaf.Facts))
		}
	}
	return facts
}

// Entries wait while the database does not answer; those that find no room are
// counted, and the ledger says so afterwards.
func TestAnOutageLosesNothingSilently(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := activitytest.Env(t, place, policyOf(everyField, sevenDays), clock.At(noon), Kind{})
		l := logOf(h)
		down, tried := outage(l)
		l.Record(request(h, visitor))
		pass := func() {
			for range 600 { // the clock may move before the writer sleeps
				h.Clock.Advance(again)
				select {
				case <-tried:
					return
				case <-time.After(100 * time.Millisecond):
				}
			}
			t.Fatal("the log tries no more")
		}
		pass()
		pass()
		const more = 100
		for range queued + more {
			l.Record(request(h, visitor))
		}
		missing := l.Dropped()
		if missing < more-batchSize || missing > more {
			t.Errorf("%d entries found no room", missing)
		}
		down.Store(false)
		h.Clock.Advance(time.Minute)
		if err := l.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := len(rows(h, spelled)); int64(got) != 1+queued+more-missing {
			t.Errorf("%d entries stored, %d lost of %d", got, missing, 1+queued+more)
		}
		record(h, request(h, visitor))
		if told := lost(h); missing > 0 && (len(told) != 1 || !strings.Contains(told[0], `"entries":`)) {
			t.Errorf("the ledger says %q", told)
		}
	})
}

// A log that closes while the database is away does not wait for it.
func TestALogClosesInAnOutage(t *testing.T) {
	h := activitytest.Env(t, storetest.SQLite(t), policyOf(everyField, sevenDays), clock.At(noon), Kind{})
	l := logOf(h)
	down, tried := outage(l)
	l.Record(request(h, visitor))
	h.Clock.Advance(linger)
	done := make(chan error)
	go func() { done <- l.Close(t.Context()) }()
	<-tried
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if l.Dropped() != 1 {
		t.Errorf("%d entries are counted as lost", l.Dropped())
	}
	if told := lost(h); len(told) != 1 {
		t.Errorf("the ledger says %q", told)
	}
	down.Store(false)
}
