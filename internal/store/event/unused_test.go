package event

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kept/internal/store/storetest"
)

// Whatever comes and goes, the dictionary holds exactly the words of the rows
// that are there - after an expiry, at least what is younger is not too little
// and what is older is gone. Few pages and many rows make words rare and
// frequent, owned and shared.
func TestTheDictionaryHoldsExactlyTheWordsInUse(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		rapid.Check(t, func(rt *rapid.T) {
			subject := rapid.SampledFrom([]string{"anna", "ben", "carl", ""})
			var retry Row
			var expired time.Time
			defer dropAll(rt, h)
			for range rapid.IntRange(1, 12).Draw(rt, "steps") {
				who := subject.Draw(rt, "who")
				at := november.Add(time.Duration(rapid.IntRange(0, 5).Draw(rt, "at")) * 40 * time.Second)
				page := fmt.Sprint("/page?", rapid.IntRange(0, 3).Draw(rt, "page"))
				ctx := context.Background()
				var err error
				switch rapid.SampledFrom([]string{"append", "many", "retry", "erase", "expire", "anonymise", "hold", "release"}).Draw(rt, "what") {
				case "append":
					retry = view(at, who, page)
					retry.ID = NewID(at)
					err = h.Append(ctx, "visit", retry)
				case "retry":
					if retry.ID != 0 {
						err = h.Append(ctx, "visit", retry, retry)
					}
				case "many":
					var rows []Row
					for i := range rare + 10 {
						rows = append(rows, view(at.Add(time.Duration(i)*time.Millisecond), who, page))
					}
					err = h.Append(ctx, "visit", rows...)
				case "erase":
					_, err = h.Erase(ctx, "visit", who)
				case "expire":
					expired = later(expired, at) // time does not run back
					_, err = h.DeleteThrough(ctx, "visit", expired, nil, 0)
				case "anonymise":
					_, err = h.Anonymise(ctx, "visit", who, at, nil)
				case "hold":
					expired = later(expired, at)
					_, err = h.DeleteThrough(ctx, "visit", expired, []string{"anna", "ben"}, 0)
				case "release":
					_, err = h.Anonymise(ctx, "visit", "", at, []string{"ben"}, "page")
				}
				if err != nil {
					rt.Fatal(err)
				}
				compareWords(rt, h, expired)
			}
		})
	})
}

func dropAll(t *rapid.T, h *house) {
	if _, err := h.DropThrough(context.Background(), "visit", november.AddDate(1, 0, 0), nil); err != nil {
		t.Fatal(err)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func compareWords(t *rapid.T, h *house, expired time.Time) {
	aged := "1 = 1"
	if !expired.IsZero() {
		aged = fmt.Sprint("w.last <= ", expired.UnixMilli())
	}
	err := h.Store.each(context.Background(), "visit", time.Time{}, time.Time{}, func(p *partition) error {
		var unused, missing, rowless, lost int
		for query, into := range map[string]*int{
			"select count(*) from %[2]s w where " + aged + " and not exists (select 1 from %[1]s r where w.id in (r.page, r.agent, r.address))": &unused,
			"select count(*) from %[1]s r where r.page is not null and not exists (select 1 from %[2]s w where w.id = r.page)":                  &missing,
			"select count(*) from %[3]s n where not exists (select 1 from %[1]s r where r.person = n.id)":                                       &rowless,
			"select count(*) from %[1]s r where r.person is not null and not exists (select 1 from %[3]s n where n.id = r.person)":              &lost,
		} {
			if err := p.db.QueryRowContext(context.Background(), fmt.Sprintf(query, p.rows(), p.wordTable(), p.personTable())).Scan(into); err != nil {
				return err
			}
		}
		if unused+missing+rowless+lost > 0 {
			var b strings.Builder
			h.Dump(context.Background(), &b)
			t.Fatalf("%d words without a row, %d rows without a word, %d persons without a row, %d rows without a person\n%s",
				unused, missing, rowless, lost, b.String())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A word whose last rows were erased before an expiry that finds no rows goes
// with that expiry: the one before could not know its count any more.
func TestAnAgedWordGoesThoughNoRowDoes(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		minutes := func(n int) time.Time { return november.Add(time.Duration(n) * time.Minute) }
		h.append(view(minutes(1), "", "/a"), view(minutes(4), "carl", "/b"))
		if _, err := h.Erase(t.Context(), "visit", "carl"); err != nil {
			t.Fatal(err)
		}
		for _, cutoff := range []time.Time{minutes(2), minutes(6)} {
			if _, err := h.DeleteThrough(t.Context(), "visit", cutoff, nil, 0); err != nil {
				t.Fatal(err)
			}
		}
		err := h.Store.each(t.Context(), "visit", time.Time{}, time.Time{}, func(p *partition) error {
			var left int
			err := p.db.QueryRowContext(t.Context(), "select count(*) from "+p.wordTable()).Scan(&left)
			if left > 0 {
				t.Errorf("%d words are left without a row", left)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A word that a heavy user alone used, across the month, is gone with the user,
// and finding out takes no look at the rows of others.
func TestAFrequentWordOfOnePersonGoesWithThePerson(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)), usual)
	for day := range 20 {
		var rows []Row
		for i := range rare {
			at := november.AddDate(0, 0, day-20).Add(time.Duration(i) * time.Second)
			rows = append(rows, view(at, "anna", "/only-annas"), view(at, fmt.Sprint(i%5), "/everybodys"))
		}
		h.append(rows...)
	}
	if _, err := h.Erase(t.Context(), "visit", "anna"); err != nil {
		t.Fatal(err)
	}
	left := h.everything()
	if strings.Contains(left, "/only-annas") || !strings.Contains(left, "/everybodys") {
		t.Error("the wrong words are left")
	}
}
