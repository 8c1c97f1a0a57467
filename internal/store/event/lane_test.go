package event

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// A database whose disk is slow: another connection holds the write lock.
func hold(t *testing.T, h *house, f func()) {
	t.Helper()
	h.append(view(november, "anna", "/first"))
	err := h.each(t.Context(), "visit", time.Time{}, time.Time{}, func(p *partition) error {
		p.writing.Lock()
		defer p.writing.Unlock()
		f()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAFullQueueRefusesAndLosesNothing(t *testing.T) {
	lim := usual
	lim.queue, lim.batch = 10, 4
	h := newHouse(t, sqlite(t), lim)
	const callers = 50
	errs := make(chan error, callers)
	hold(t, h, func() {
		for i := range callers {
			go func() { errs <- h.Append(context.Background(), "visit", view(november, "", fmt.Sprint("/", i))) }()
		}
		// Nothing is written while the lock is held: whoever is answered is refused.
		for range callers - lim.queue {
			if err := <-errs; !fault.Is(err, fault.Unavailable) {
				t.Errorf("the answer to a full queue is %v", err)
			}
		}
	})
	for range lim.queue {
		if err := <-errs; err != nil {
			t.Errorf("an accepted row failed: %v", err)
		}
	}
	if n := h.count("visit"); n != 1+int64(lim.queue) {
		t.Errorf("%d rows are stored, want %d", n, 1+lim.queue)
	}
	if queued := h.lanes["visit"].rows.Load(); queued != 0 {
		t.Errorf("%d rows are still counted as waiting", queued)
	}
}

func TestACallLargerThanTheQueuePassesAlone(t *testing.T) {
	lim := usual
	lim.queue = 10
	h := newHouse(t, sqlite(t), lim)
	var rows []Row
	for i := range 25 {
		rows = append(rows, view(november, "", fmt.Sprint("/", i)))
	}
	h.append(rows...)
	if n := h.count("visit"); n != 25 {
		t.Errorf("%d rows are stored", n)
	}
}

func TestACallerWhoLeavesIsAnsweredAtOnce(t *testing.T) {
	h := newHouse(t, sqlite(t), usual)
	hold(t, h, func() {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := h.Append(ctx, "visit", view(november, "", "/"))
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the answer is %v", err)
		}
	})
}

func TestWhatWasAcceptedIsWrittenBeforeTheStoreCloses(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var wg sync.WaitGroup
		var mu sync.Mutex
		stored := 0
		for i := range 200 {
			wg.Go(func() {
				err := h.Append(context.Background(), "visit", view(november, "", fmt.Sprint("/", i)))
				if err != nil && !fault.Is(err, fault.Unavailable) {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					stored++
				}
			})
		}
		if err := h.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		if err := h.Append(t.Context(), "visit", view(november, "", "/")); !fault.Is(err, fault.Unavailable) {
			t.Errorf("a closed store answers %v", err)
		}
		h.Store = h.node(usual)
		if n := h.count("visit"); n != int64(stored) {
			t.Errorf("%d rows are stored, %d were acknowledged", n, stored)
		}
	})
}

func TestAFullDiskStoresNothingByHalves(t *testing.T) {
	h := newHouse(t, sqlite(t), usual)
	h.append(view(november, "anna", "/before"))
	limitPages(t, h, "max_page_count = 16")
	stored := 1
	var full error
	for i := 0; full == nil; i++ {
		var rows []Row
		for k := range 20 {
			rows = append(rows, view(november, fmt.Sprint("p", i, k), fmt.Sprint("/", i, k, strings.Repeat("x", 200))))
		}
		if full = h.Append(t.Context(), "visit", rows...); full == nil {
			stored += len(rows)
		}
	}
	if !fault.Is(full, fault.Unavailable) {
		t.Errorf("the answer of a full disk is %v", full)
	}
	if n := h.count("visit"); n != int64(stored) {
		t.Errorf("%d rows are stored, %d were acknowledged", n, stored)
	}
	// With room again, words and persons of the failed call are made anew.
	limitPages(t, h, "max_page_count = 100000")
	h.append(view(november, "pnew", "/after"), view(november, "p00", "/0"+strings.Repeat("x", 200)))
	if got := h.of("pnew"); len(got) != 1 || got[0] != "/after" {
		t.Errorf("after the disk was full a row reads %q", got)
	}
}

func limitPages(t *testing.T, h *house, pragma string) {
	t.Helper()
	err := h.each(t.Context(), "visit", time.Time{}, time.Time{}, func(p *partition) error {
		_, err := p.db.ExecContext(t.Context(), "pragma "+pragma)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Callers share commits: 500 single ones would write some 1,500 pages.
func TestManyCallersShareACommit(t *testing.T) {
	h := newHouse(t, sqlite(t), usual)
	var wg sync.WaitGroup
	hold(t, h, func() {
		for i := range 500 {
			wg.Go(func() {
				if err := h.Append(context.Background(), "visit", view(november, "", fmt.Sprint("/", i))); err != nil {
					t.Error(err)
				}
			})
		}
		for h.lanes["visit"].rows.Load() < 500 {
			runtime.Gosched()
		}
	})
	wg.Wait()
	log, err := os.Stat(filepath.Join(h.db.Dir(), "events", "visit-2026-11.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	if pages := log.Size() / 4096; pages > 200 {
		t.Errorf("500 rows took %d pages of the log", pages)
	}
}

// The vault gives no key twice to one subject, nor a row to a wrong one, when
// many new persons arrive at once.
func TestNewPersonsArriveTogether(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, usual)
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				who := fmt.Sprint("p", i%20)
				if err := h.Append(context.Background(), "visit", view(november, who, "/of/"+who)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for i := range 20 {
			who := fmt.Sprint("p", i)
			got := h.of(who)
			if len(got) != 5 || got[0] != "/of/"+who || got[4] != "/of/"+who {
				t.Errorf("%s has %q", who, got)
			}
		}
	})
}

// A batch that is written is answered by nothing but its sync, and the next is
// written meanwhile.
func TestNobodyIsAnsweredBeforeTheDisk(t *testing.T) {
	h := newHouse(t, sqlite(t), usual)
	ln := &lane{store: h.Store, layout: h.lanes["visit"].layout, taken: make(chan *batch), folds: make(chan span), ended: make(chan struct{})}
	first, second := ln.ready(t, "/first"), ln.ready(t, "/second")
	asked := make(chan struct{})
	disk := first.parts[0].sync
	first.parts[0].sync = func() error {
		select {
		case <-first.requests[0].done:
			t.Error("the caller was answered before the disk")
		default:
		}
		close(asked)
		return disk()
	}
	second.parts[0].sync = func() error { return fault.New(fault.Unavailable, "the disk is gone") }
	go ln.settle()
	ln.taken <- first
	<-asked
	ln.taken <- second // which was written meanwhile
	if err := <-first.requests[0].done; err != nil {
		t.Errorf("what the disk took: %v", err)
	}
	if err := <-second.requests[0].done; !fault.Is(err, fault.Unavailable) {
		t.Errorf("what the disk did not take: %v", err)
	}
	close(ln.taken)
	<-ln.ended
}

// ready writes a batch of one view and leaves its answer to settle.
func (ln *lane) ready(t *testing.T, page string) *batch {
	t.Helper()
	v := view(november, "", page)
	r, err := ln.layout.check(&v)
	if err != nil {
		t.Fatal(err)
	}
	ln.rows.Add(1)
	b := ln.write([]*request{{rows: []row{r}, done: make(chan error, 1)}})
	if err := b.parts[0].err; err != nil {
		t.Fatal(err)
	}
	return b
}
