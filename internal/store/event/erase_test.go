package event

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

func TestAnErasedPersonLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		for month := range 3 {
			at := november.AddDate(0, month, 0)
			h.append(view(at, "anna", "/only-anna-saw-this"), view(at, "anna", "/both"), view(at, "ben", "/both"))
			// What anna was the only one to say in her minute, ben says an hour later.
			h.append(view(at, "anna", "/said-again"), view(at.Add(time.Hour), "ben", "/said-again"))
		}
		n, err := h.Erase(t.Context(), "visit", "anna")
		if err != nil || n != 9 {
			t.Fatalf("%d rows were erased (%v), want 9", n, err)
		}
		if got := h.of("anna"); got != nil {
			t.Errorf("anna still has %q", got)
		}
		if got := h.of("ben"); !slices.Equal(got, []string{"/both", "/said-again", "/both", "/said-again", "/both", "/said-again"}) {
			t.Errorf("ben has %q", got)
		}
		left := h.everything()
		for _, planted := range []string{"only-anna-saw-this", "anna"} {
			if strings.Contains(left, planted) {
				t.Errorf("%q is still somewhere", planted)
			}
		}
		h.append(view(november, "anna", "/only-anna-saw-this"))
		if got := h.of("anna"); !slices.Equal(got, []string{"/only-anna-saw-this"}) {
			t.Errorf("who comes back has %q", got)
		}
	})
}

func TestAnotherNodeForgetsWhatWasErased(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		other := h
		if h.db.Dialect() == store.Postgres {
			other = &house{Store: h.node(usual), t: t, db: h.db, vault: h.vault}
		}
		h.append(view(november, "anna", "/secret"))
		other.append(view(november, "anna", "/secret"))
		if n, err := other.Erase(t.Context(), "visit", "anna"); err != nil || n != 2 {
			t.Fatalf("%d rows were erased (%v)", n, err)
		}
		// The first node remembers the numbers of a word and a person that are gone.
		h.append(view(november, "anna", "/secret"))
		if got := h.of("anna"); !slices.Equal(got, []string{"/secret"}) {
			t.Errorf("the row points to %q", got)
		}
	})
}

// After the vault has destroyed the key, a copy of the database made before
// cannot tell whose rows they were, even with every other key in hand.
func TestACopyMadeBeforeDoesNotTellAnErasedPerson(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.append(view(november, "anna", "/a"), view(november.AddDate(0, 1, 0), "anna", "/b"), view(november, "ben", "/c"))
		if _, err := h.DropThrough(t.Context(), "visit", november.AddDate(0, 1, 0), []string{"anna"}); err != nil {
			t.Fatal(err)
		}
		copied := h.everything()
		if !strings.Contains(copied, "/a") || strings.Contains(copied, "anna") {
			t.Error("the copy lacks the row, or holds the subject's id")
		}
		if err := h.vault.Destroy(t.Context(), "anna"); err != nil {
			t.Fatal(err)
		}
		// The copy is the database itself: nothing was deleted from it.
		if got := h.of("anna"); got != nil {
			t.Errorf("the rows still lead to anna: %q", got)
		}
		marks := map[string]int{}
		for _, l := range h.tables {
			if !l.person {
				continue
			}
			_ = h.each(t.Context(), l.Name, time.Time{}, time.Time{}, func(p *partition) error {
				return eachMark(t.Context(), p, func(m []byte) { marks[string(m)]++ })
			})
		}
		for m, n := range marks {
			if n > 1 {
				t.Errorf("the mark %x stands in %d partitions", m, n)
			}
		}
	})
}

func eachMark(ctx context.Context, p *partition, f func(m []byte)) error {
	rows, err := p.db.QueryContext(ctx, "select mark from "+p.personTable())
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var m []byte
		if err := rows.Scan(&m); err != nil {
			return err
		}
		f(m)
	}
	return rows.Err()
}

func TestErasingGoesOnWhileOthersWrite(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		var wg sync.WaitGroup
		for w := range 4 {
			wg.Go(func() {
				for i := range 50 {
					r := view(november.Add(time.Duration(i)*time.Second), fmt.Sprint("writer", w), fmt.Sprintf("/%d-%d", w, i))
					if err := h.Append(context.Background(), "visit", r); err != nil {
						t.Error(err)
					}
				}
			})
		}
		for i := range 50 {
			who := fmt.Sprint("visitor", i)
			h.append(view(november, who, fmt.Sprintf("/private-%d", i)), view(november, who, "/0-1"))
			if n, err := h.Erase(t.Context(), "visit", who); err != nil || n != 2 {
				t.Fatalf("%d rows were erased (%v)", n, err)
			}
		}
		wg.Wait()
		for w := range 4 {
			got := h.of(fmt.Sprint("writer", w))
			for i := range 50 {
				if want := fmt.Sprintf("/%d-%d", w, i); !slices.Contains(got, want) {
					t.Errorf("the row %s is missing or points to another word", want)
				}
			}
		}
		if strings.Contains(h.everything(), "/private-") {
			t.Error("a word of an erased person is left")
		}
	})
}

// A person with more rows than fit into one transaction.
func TestAHeavyUserIsErasedInPieces(t *testing.T) {
	h := newHouse(t, sqlite(t), usual)
	var rows []Row
	for i := range 2*piece + 5 {
		rows = append(rows, view(november.Add(time.Duration(i)*time.Millisecond), "anna", "/"))
	}
	h.append(rows...)
	if n, err := h.Erase(t.Context(), "visit", "anna"); err != nil || n != int64(len(rows)) {
		t.Fatalf("%d rows were erased (%v), want %d", n, err, len(rows))
	}
	if left := h.everything(); strings.Contains(left, "Firefox") {
		t.Error("a word that nobody uses is left")
	}
}

// An event is on its way to the disk when its person is erased and the key
// destroyed: nobody could find it afterwards.
func TestAnEventOfAPersonErasedMeanwhileIsNotKept(t *testing.T) {
	h := newHouse(t, sqlite(t), usual)
	h.append(view(november, "anna", "/before"))
	late := make(chan error, 1)
	hold(t, h, func() {
		go func() {
			late <- h.Append(context.Background(), "visit", view(november, "anna", "/too-late"), view(november, "ben", "/stays"))
		}()
		for h.lanes["visit"].rows.Load() == 0 {
			runtime.Gosched()
		}
		if err := h.vault.Destroy(t.Context(), "anna", "visit"); err != nil {
			t.Fatal(err)
		}
	})
	if err := <-late; !fault.Is(err, fault.Conflict) {
		t.Errorf("the answer is %v", err)
	}
	if strings.Contains(h.everything(), "/too-late") {
		t.Error("the event was kept")
	}
	if got := h.of("ben"); !slices.Equal(got, []string{"/stays"}) {
		t.Errorf("another person's event: %q", got)
	}
}

func TestAmongTellsWhoHasRows(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.append(view(november, "anna", "/"), view(november.AddDate(0, 1, 0), "ben", "/"), view(november, "carl", "/"), view(november, "dora", "/"))
		if _, err := h.Erase(t.Context(), "visit", "carl"); err != nil {
			t.Fatal(err)
		}
		if _, err := h.DropThrough(t.Context(), "visit", november.AddDate(0, 0, 15), []string{"anna"}); err != nil {
			t.Fatal(err)
		}
		have, err := h.Among(t.Context(), "visit", []string{"anna", "ben", "carl", "dora", "a stranger"})
		if err != nil || fmt.Sprint(have) != "map[anna:true ben:true]" {
			t.Errorf("those with rows are %v (%v)", have, err)
		}
	})
}

func TestACleanStopLeavesNoLog(t *testing.T) {
	c := storetest.SQLite(t)
	h := newHouse(t, storetest.Open(t, c), usual)
	h.append(view(november, "anna", "/"))
	if err := h.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadDir(c.Dir + "/events")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != 1 || names[0].Name() != "visit-2026-11.db" {
		t.Errorf("the folder holds %v", names)
	}
	raw, err := os.ReadFile(c.Dir + "/events/visit-2026-11.db")
	if err != nil || !bytes.Contains(raw, []byte("Firefox")) {
		t.Errorf("the file does not hold the row (%v)", err)
	}
}
