package event

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/store"
)

func TestAMonthIsDroppedWholeAndHeldRowsStay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for month := range 3 {
			at := november.AddDate(0, month, 0)
			h.append(view(at, "anna", fmt.Sprint("/held-", month)), view(at, "ben", fmt.Sprint("/gone-", month)), view(at, "", "/nobody"))
		}
		january := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
		if got, err := h.DropThrough(t.Context(), "visit", january.Add(-time.Millisecond), nil); err != nil || len(got) != 1 {
			t.Fatalf("dropped %v (%v), want November only", got, err)
		}
		got, err := h.DropThrough(t.Context(), "visit", january, []string{"anna", "a stranger"})
		if err != nil || len(got) != 1 || got[0].Rows != 3 || !got[0].To.Equal(january) || got[0].Bytes == 0 {
			t.Fatalf("dropped %v (%v), want December", got, err)
		}
		if got, want := h.labels("visit"), "2027-01:3"; got != want {
			t.Errorf("the partitions are %s, want %s", got, want)
		}
		if got := h.of("anna"); !slices.Equal(got, []string{"/held-1", "/held-2"}) {
			t.Errorf("anna has %q", got)
		}
		rows, oldest, err := h.Held(t.Context(), "visit")
		if err != nil || rows != 1 || !oldest.Equal(november.AddDate(0, 1, 0)) {
			t.Errorf("%d rows are held, the oldest of %v (%v)", rows, oldest, err)
		}
		if left := h.everything(); strings.Contains(left, "/gone-1") || strings.Contains(left, "/gone-0") {
			t.Error("a dropped row is still somewhere")
		}
		// The hold ends, and so does what it kept.
		if _, err := h.DropThrough(t.Context(), "visit", january, nil); err != nil {
			t.Fatal(err)
		}
		if got := h.of("anna"); !slices.Equal(got, []string{"/held-2"}) {
			t.Errorf("after the hold anna has %q", got)
		}
		if strings.Contains(h.everything(), "/held-1") {
			t.Error("a row is still somewhere after its hold")
		}
	})
}

func TestAHeldRowComesBackComplete(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		given := Row{ID: NewID(november), At: november, Subject: "anna", Values: []any{
			"/", "", "203.0.113.7", nil, nil, november, false, []byte{7}}}
		h.append(given)
		if _, err := h.DropThrough(t.Context(), "visit", november.AddDate(0, 2, 0), []string{"anna"}); err != nil {
			t.Fatal(err)
		}
		var got []Row
		if err := h.Of(t.Context(), "visit", "anna", func(r Row) error { got = append(got, r); return nil }); err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || fmt.Sprint(got[0]) != fmt.Sprint(given) {
			t.Errorf("got %v, want %v", got, given)
		}
		if n, err := h.Erase(t.Context(), "visit", "anna"); err != nil || n != 1 {
			t.Errorf("erased %d (%v)", n, err)
		}
	})
}

func TestADroppedFileLeavesNoLog(t *testing.T) {
	h := newHouse(t, sqlite(t), usual)
	h.append(view(november, "anna", "/"))
	if _, err := h.DropThrough(t.Context(), "visit", november.AddDate(1, 0, 0), nil); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(h.db.Dir(), "events", "visit*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left are %v (%v)", left, err)
	}
	h.append(view(november, "anna", "/late"))
	if got := h.of("anna"); !slices.Equal(got, []string{"/late"}) {
		t.Errorf("after a late row anna has %q", got)
	}
}

// A crash between the removal of a file and of its log, from an older version or
// another hand, must not bring old rows into a new file.
func TestAnOrphanedLogIsRemoved(t *testing.T) {
	h := newHouse(t, sqlite(t), usual)
	orphan := filepath.Join(h.db.Dir(), "events", "visit-2026-11.db-wal")
	if err := os.WriteFile(orphan, []byte("old rows"), 0o600); err != nil {
		t.Fatal(err)
	}
	h.node(usual)
	if _, err := os.Stat(orphan); !os.IsNotExist(err) {
		t.Errorf("the log is still there (%v)", err)
	}
}

func TestAHalfMadePartitionIsFinished(t *testing.T) {
	h := newHouse(t, sqlite(t), usual)
	file := filepath.Join(h.db.Dir(), "events", "visit-2026-11.db")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if n := h.count("visit"); n != 0 {
		t.Errorf("an empty file counts %d", n)
	}
	h.append(view(november, "anna", "/"))
	if n := h.count("visit"); n != 1 {
		t.Errorf("the finished partition counts %d", n)
	}
}

func TestRowsAreDeletedOneByOneThroughTheCutoff(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var rows []Row
		for i := range 100 {
			at := november.Add(time.Duration(i) * time.Hour)
			rows = append(rows, view(at, fmt.Sprint("p", i%10), fmt.Sprintf("/page-%02d.", i)))
		}
		h.append(rows...)
		cutoff := november.Add(50 * time.Hour)
		n, err := h.DeleteThrough(t.Context(), "visit", cutoff, nil, 20)
		if err != nil || n != 20 {
			t.Fatalf("deleted %d (%v), want the limit of 20", n, err)
		}
		n, err = h.DeleteThrough(t.Context(), "visit", cutoff, []string{"p3"}, 0)
		if err != nil || n != 28 {
			t.Fatalf("deleted %d (%v), want 31 less 3 held ones", n, err)
		}
		if got := h.count("visit"); got != 49 {
			t.Errorf("%d rows are left, want 49", got)
		}
		if got := h.of("p3"); len(got) != 8 || got[0] != "/page-23." {
			t.Errorf("the held subject has %q", got)
		}
		left := h.everything()
		for i := range 100 {
			held := i%10 == 3 && i > 20
			if got, want := strings.Contains(left, fmt.Sprintf("/page-%02d.", i)), i > 50 || held; got != want {
				t.Errorf("page %d is stored: %v, want %v", i, got, want)
			}
		}
		if n, err = h.DeleteThrough(t.Context(), "visit", cutoff, nil, 0); err != nil || n != 3 {
			t.Errorf("after the hold %d were deleted (%v), want 3", n, err)
		}
		if n, err = h.DeleteThrough(t.Context(), "visit", november.AddDate(1, 0, 0), nil, 0); err != nil || n != 49 {
			t.Errorf("a year later %d were deleted (%v), want 49", n, err)
		}
		if got := h.labels("visit"); got != "" {
			t.Errorf("empty partitions are left: %s", got)
		}
	})
}

func TestDaysAreDroppedOneByOne(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		leap := time.Date(2028, 2, 27, 23, 0, 0, 0, time.UTC)
		for day := range 5 {
			if err := h.Append(t.Context(), "knock", Row{At: leap.AddDate(0, 0, day), Values: []any{fmt.Sprintf("192.0.2.%d", day)}}); err != nil {
				t.Fatal(err)
			}
		}
		cutoff := time.Date(2028, 3, 1, 0, 0, 0, 0, time.UTC)
		if _, err := h.DropThrough(t.Context(), "knock", cutoff, nil); err != nil {
			t.Fatal(err)
		}
		if got, want := h.labels("knock"), "2028-03-01:1 2028-03-02:1"; got != want {
			t.Errorf("left are %s, want %s", got, want)
		}
	})
}

func TestAnotherNodeDropsAPartition(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if h.db.Dialect() == store.SQLite {
			t.Skip("SQLite has one process")
		}
		h.append(view(november, "anna", "/"))
		other := h.node(usual)
		if got, err := other.DropThrough(t.Context(), "visit", november.AddDate(1, 0, 0), nil); err != nil || len(got) != 1 {
			t.Fatalf("dropped %v (%v)", got, err)
		}
		h.append(view(november, "anna", "/late"))
		if got := h.of("anna"); !slices.Equal(got, []string{"/late"}) {
			t.Errorf("anna has %q", got)
		}
		if got, err := other.Count(t.Context(), "visit"); err != nil || got != 1 {
			t.Errorf("the other node counts %d (%v)", got, err)
		}
	})
}

func TestFewPartitionsAreOpenAtATime(t *testing.T) {
	lim := usual
	lim.open = 2
	h := newHouse(t, sqlite(t), lim)
	for month := range 12 {
		h.append(view(november.AddDate(0, month, 0), "anna", fmt.Sprint("/", month)))
	}
	if got := h.of("anna"); len(got) != 12 {
		t.Errorf("anna has %d rows in %q", len(got), got)
	}
	open := 0
	for _, sl := range h.shelf.slots {
		if sl.p != nil {
			open++
		}
	}
	if open > lim.open {
		t.Errorf("%d partitions are open, want at most %d", open, lim.open)
	}
}
