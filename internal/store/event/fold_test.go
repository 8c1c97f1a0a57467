package event

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// A log that is folded begins anew: it stays short.
func TestAFoldedLogStaysShort(t *testing.T) {
	h := newHouse(t, sqlite(t), usual)
	at := november
	var longest int64
	for i := range 40 {
		at = at.Add(time.Second)
		h.append(view(at, fmt.Sprint("p", i), fmt.Sprint("/", i)))
		h.lanes["visit"].folds <- spanOf(visit.Shape, at) // taken once the fold before has ended
		log, err := os.Stat(filepath.Join(h.db.Dir(), "events", "visit-2026-11.db-wal"))
		if err != nil {
			t.Fatal(err)
		}
		longest = max(longest, log.Size()/4096)
	}
	if longest > 60 {
		t.Errorf("the log has grown to %d pages", longest)
	}
}

// Logs are folded while others write and erase, and nothing is lost, neither at once
// nor after the store was opened anew.
func TestLogsAreFoldedBesideTheWriter(t *testing.T) {
	lim := usual
	lim.log, lim.rest = 4, 64
	h := newHouse(t, sqlite(t), lim)
	const persons, each = 8, 100
	done := make(chan error, persons)
	for who := range persons {
		go func() {
			var err error
			for i := 0; i < each && err == nil; i++ {
				at := november.Add(time.Duration(i) * time.Second)
				err = h.Append(context.Background(), "visit", view(at, fmt.Sprint("p", who), fmt.Sprint("/", i)))
				if i == each/2 && err == nil && who%2 == 1 {
					_, err = h.Erase(context.Background(), "visit", fmt.Sprint("p", who))
				}
			}
			done <- err
		}()
	}
	for range persons {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if n := h.count("visit"); n != persons/2*each+persons/2*(each/2-1) || h.lost() != 0 {
			t.Errorf("%d rows are stored, %d lost", n, h.lost())
		}
		if err := h.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.Store = h.node(lim)
	}
}
