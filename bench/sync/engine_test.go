package sync

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contactsync"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// disk is how many bytes the instance's data takes.
func disk(t *testing.T, h *activitytest.House) int64 {
	t.Helper()
	if h.DB.Dialect() == store.Postgres {
		var n int64
		if err := h.DB.QueryRowContext(t.Context(), "select pg_total_relation_size('sync_item') + pg_total_relation_size('sync_mailbox')").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if _, err := h.DB.ExecContext(t.Context(), "pragma wal_checkpoint(truncate)"); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(h.Place.Dir, "kept.db"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	about, err := os.Stat(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return about.Size()
}

// What a contact in a mailbox takes on the disk, and what a run with changes, one
// without and a look cost, on each database.
func TestEngine(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h, f, y, id := setUp(t, place, *contacts, *mailboxes)
		if *keeps {
			f.kept = map[string][]string{}
		}
		// The sources are read first, so that the growth is the mailboxes' alone.
		if _, err := y.Plan(t.Context(), id, contactsync.Options{Fresh: true}); err != nil {
			t.Fatal(err)
		}
		before := disk(t, h)
		for _, step := range []struct {
			name string
			do   func() (contactsync.Result, error)
		}{
			{"first run", func() (contactsync.Result, error) { return y.Run(t.Context(), id, contactsync.Options{Fresh: true}) }},
			{"run without changes", func() (contactsync.Result, error) { return y.Run(t.Context(), id, contactsync.Options{Fresh: true}) }},
			{"first look", func() (contactsync.Result, error) { return y.Verify(t.Context(), id, contactsync.Options{}) }},
			{"look without changes", func() (contactsync.Result, error) { return y.Verify(t.Context(), id, contactsync.Options{}) }},
			{"ten changes", func() (contactsync.Result, error) {
				f.changed.Store(10)
				return y.Run(t.Context(), id, contactsync.Options{Fresh: true})
			}},
		} {
			if !*keeps && strings.Contains(step.name, "look") {
				continue
			}
			f.told()
			watch, began := peak(), time.Now()
			r, err := step.do()
			if err != nil || len(r.Problems) > 0 {
				t.Fatalf("%s: %+v, %v", step.name, r, err)
			}
			t.Logf("%s: %d new, %d changed, %s of the machine's time, calls %v, at most %d MB more memory", step.name, r.Count.Creates, r.Count.Updates, time.Since(began).Round(10*time.Millisecond), f.told(), watch())
			if step.name == "first run" {
				pairs := int64(*contacts) * int64(*mailboxes)
				grown := disk(t, h) - before
				t.Logf("%s: %d contacts × %d mailboxes, %d bytes for each pair", h.DB.Dialect(), *contacts, *mailboxes, grown/pairs)
			}
		}
	})
}

// A plan over everything holds the steps of one mailbox at a time.
func TestPlan(t *testing.T) {
	_, _, y, id := setUp(t, storetest.SQLite(t), *contacts, *mailboxes)
	watch, began := peak(), time.Now()
	p, err := y.Plan(t.Context(), id, contactsync.Options{Fresh: true})
	if err != nil {
		t.Fatal(err)
	}
	if p.Count.Creates != int64(*contacts)*int64(*mailboxes) {
		t.Errorf("the plan is %+v", p.Count)
	}
	t.Logf("a plan of %d contacts × %d mailboxes took %s and at most %d MB more memory", *contacts, *mailboxes, time.Since(began).Round(time.Millisecond), watch())
}
