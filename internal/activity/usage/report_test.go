package usage

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
)

// monday of the week after noon, a little after what closes it.
var nextMonday = time.Date(2026, time.November, 23, 1, 0, 0, 0, time.UTC)

// reported lets the week close and returns its report.
func reported(h *activitytest.House, at time.Time) Week {
	h.T.Helper()
	h.Work() // the next look is planned
	h.Clock.Set(at)
	h.Work()
	c := collectorOf(h)
	all, err := c.Weeks(context.Background(), Name)
	if err != nil {
		h.T.Fatal(err)
	}
	if len(all) == 0 {
		h.T.Fatal("there is no report")
	}
	w := all[0]
	if w.Lists, err = c.Lists(context.Background(), Name, w.Begins); err != nil {
		h.T.Fatal(err)
	}
	return w
}

func listOf(w Week, field string) List {
	for _, l := range w.Lists {
		if l.Field == field {
			return l
		}
	}
	return List{}
}

// crowd has so many people use a function with an agent.
func crowd(h *activitytest.House, n int, function, agent string) {
	h.T.Helper()
	for range n {
		p := agreed(h)
		p.agent = agent
		if status := p.uses(function, 1920, 1080); status != http.StatusNoContent {
			h.T.Fatalf("answered %d", status)
		}
	}
}

// CS06: only anonymous reports come out: each line stands for five people or more, and
// so does what can be told by subtracting the lines from the whole.
func TestPromise_CS06_OnlyAnonymousReports(t *testing.T) {
	for name, c := range map[string]struct {
		firefox, safari int
		people          int64
		want            List
	}{
		"too few to say anything":       {3, 1, 0, List{}},
		"nobody is alone":               {12, 7, 19, List{Lines: []Line{{"Firefox 132", 12}, {"Safari 18", 7}}}},
		"one is alone":                  {12, 1, 13, List{Field: fieldBrowser, Others: 13}},
		"one is alone beside many more": {5, 4, 9, List{Others: 9}},
		"all are alike":                 {5, 0, 5, List{Lines: []Line{{"Firefox 132", 5}}}},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *activitytest.House) {
				crowd(h, c.firefox, "sync-targets", firefox)
				crowd(h, c.safari, "sync-targets", safari)
				w := reported(h, nextMonday)
				if w.People != c.people {
					t.Errorf("%d people, want %d", w.People, c.people)
				}
				got := listOf(w, fieldBrowser)
				if !slices.Equal(got.Lines, c.want.Lines) || got.Others != c.want.Others {
					t.Errorf("the browsers are %+v, want %+v", got, c.want)
				}
				for _, l := range w.Lists {
					for _, x := range append(l.Lines, Line{People: max(l.Others, SmallestGroup)}) {
						if x.People < SmallestGroup {
							t.Errorf("%s stands for %d people", x.Name, x.People)
						}
					}
				}
			})
		})
	}
}

// Small lines stand together where they are enough.
func TestSmallLinesAreFoldedTogether(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		crowd(h, 6, "overview", firefox)
		crowd(h, 3, "sync-targets", firefox)
		crowd(h, 2, "sync-fields", firefox)
		got := listOf(reported(h, nextMonday), fieldFunction)
		if !slices.Equal(got.Lines, []Line{{"overview", 6}}) || got.Others != 5 {
			t.Errorf("the functions are %+v", got)
		}
	})
}

// One person who does much is one person.
func TestPeopleAreCountedAndNotWhatTheyDo(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := agreed(h)
		for range 20 {
			p.uses("export", 1, 1)
			h.Clock.Advance(time.Second)
		}
		if w := reported(h, nextMonday); w.People != 0 || len(w.Lists) != 0 {
			t.Errorf("the report is %+v", w)
		}
	})
}

// A report is made once: who uses the application, withdraws or is erased afterwards
// changes none, so two looks can not be subtracted from each other.
func TestAReportStands(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		crowd(h, 5, "overview", firefox)
		p := agreed(h)
		p.uses("overview", 1920, 1080)
		before := reported(h, nextMonday)
		if before.People != 6 {
			t.Fatalf("%d people", before.People)
		}
		if _, err := h.Rights.Erase(context.Background(), p.subject()); err != nil {
			t.Fatal(err)
		}
		h.Work()
		if after := reported(h, nextMonday.Add(3*time.Hour)); after.People != 6 {
			t.Errorf("%d people after an erasure", after.People)
		}
	})
}

// A week that has not closed has no report, and one in which a month ends never counts
// anybody twice.
func TestAWeekOverTheEndOfAMonth(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		monday := time.Date(2026, time.November, 30, 12, 0, 0, 0, time.UTC)
		h.Clock.Set(monday)
		var people []*person
		for range 5 {
			people = append(people, agreed(h))
		}
		for _, p := range people[:3] {
			p.uses("overview", 1920, 1080)
		}
		h.Clock.Set(monday.AddDate(0, 0, 1))
		for _, p := range people[:3] {
			p.uses("overview", 1920, 1080)
		}
		h.Work()
		if all, err := collectorOf(h).Weeks(context.Background(), Name); err != nil || len(all) != 0 {
			t.Fatalf("before the week is over: %v, %v", all, err)
		}
		if w := reported(h, monday.AddDate(0, 0, 7)); w.People != 0 {
			t.Errorf("three people in two months became %d", w.People)
		}
	})
}

func TestReportsAtTheConsole(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		show := func(path string) (int, string) {
			r := httptest.NewRequest(http.MethodGet, "https://console.muster.example"+path, nil)
			r.Header.Set("Accept-Language", "en")
			answer := h.Staff(r)
			b, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			return answer.StatusCode, string(b)
		}
		if _, text := show(deskPath); !strings.Contains(text, "There is no report yet") {
			t.Errorf("before any report: %s", text)
		}
		crowd(h, 5, "sync-targets", firefox)
		crowd(h, 1, "sync-fields", firefox)
		w := reported(h, nextMonday)
		status, text := show(deskPath)
		for _, want := range []string{"sync-targets", "Firefox 132", "1920x1080", deskPath + "/" + w.Begins.Format(time.DateOnly)} {
			if status != http.StatusOK || strings.Contains(text, want) != (want != "sync-targets") {
				t.Errorf("%d: %q in %s", status, want, text)
			}
		}
		if status, _ := show(deskPath + "/" + w.Begins.Format(time.DateOnly)); status != http.StatusOK {
			t.Errorf("the week's own page: %d", status)
		}
		if status, _ := show(deskPath + "/2020-01-06"); status != http.StatusNotFound {
			t.Errorf("another week: %d", status)
		}
		h.SetPolicy(policyOf(nil))
		if _, text := show(deskPath); !strings.Contains(text, "no entry") || collectorOf(h).Entries() != nil {
			t.Errorf("without an entry: %s", text)
		}
	})
}

func TestAWeekSaysNothingTwice(t *testing.T) {
	for day, want := range map[string][2]string{
		"2026-11-16": {"16–22\u00a0November 2026", "16.–22.\u00a0November 2026"},
		"2026-10-26": {"26\u00a0October – 1\u00a0November 2026", "26.\u00a0Oktober – 1.\u00a0November 2026"},
		"2026-12-28": {"28\u00a0December 2026 – 3\u00a0January 2027", "28.\u00a0Dezember 2026 – 3.\u00a0Januar 2027"},
	} {
		begins, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{weekName(begins, "en"), weekName(begins, "de")}; got != want {
			t.Errorf("%s: %q, want %q", day, got, want)
		}
	}
}
