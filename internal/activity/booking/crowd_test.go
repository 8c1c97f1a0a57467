package booking_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/booking"
	"kept/internal/fault"
	"kept/internal/policy"
)

// crowd lets many act at once and returns how often each answer came.
func crowd(n int, act func(n int) int) map[int]int {
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[int]int{}
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			status := act(i)
			mu.Lock()
			defer mu.Unlock()
			got[status]++
		})
	}
	close(start)
	wg.Wait()
	return got
}

var at = noon.Add(38 * time.Hour) // a Monday morning

// 100 people ask for one time at once: as many get it as there are places.
func TestOfAHundredWhoAskAtOnceEachPlaceGoesToOne(t *testing.T) {
	for _, capacity := range []int{1, 7} {
		t.Run(fmt.Sprintf("%d places", capacity), func(t *testing.T) {
			each(t, func(t *testing.T, h *activitytest.House) {
				kind := talk()
				kind.Capacity = capacity
				fatal(t, diary(h).SetType(t.Context(), kind, "test"))
				got := crowd(100, func(n int) int {
					status, _ := someone(h, 250*(n+1)).book(at) // each of a network of their own
					return status
				})
				if got[http.StatusOK] != capacity || got[http.StatusConflict] != 100-capacity {
					t.Errorf("the answers were %v", got)
				}
				h.Work()
				if n := count(t, h, "select count(*) from booking_appointment"); n != capacity {
					t.Errorf("%d appointments are stored", n)
				}
			})
		})
	}
}

// Types of different lengths and pauses draw on one calendar, and two nodes take
// bookings for it: no two appointments overlap, pauses counted.
func TestOneCalendarDoesOneThingAtATime(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		d := diary(h)
		for i, kind := range []booking.Type{
			{Key: "short", Length: 15, Step: 5, Before: 5}, {Key: "long", Length: 90, Step: 15, After: 30}, {Key: "group", Length: 45, Step: 15, Before: 10, After: 10, Capacity: 3},
		} {
			kind.Calendar, kind.Ahead, kind.Capacity = "anna", 60, max(kind.Capacity, 1)
			kind.Title = policy.Text{"de": fmt.Sprint("Art ", i), "en": fmt.Sprint("Type ", i)}
			fatal(t, d.SetType(t.Context(), kind, "test"))
		}
		nodes := []*booking.Diary{d, another(t, h)}
		var made atomic.Int64
		crowd(120, func(n int) int {
			o := booking.Order{Activity: "booking", Type: []string{"short", "long", "group", "talk"}[n%4], Person: booking.Person{Email: fmt.Sprintf("p%d@person.example", n)}}
			o.Start = at.Add(time.Duration(n*7%48) * 15 * time.Minute)
			if o.Type == "talk" {
				o.Start = o.Start.Truncate(30 * time.Minute)
			}
			_, err := nodes[n%2].Book(context.Background(), o)
			switch {
			case err == nil:
				made.Add(1)
			case !fault.Is(err, fault.Conflict):
				t.Errorf("%s at %s: %v", o.Type, o.Start, err)
			}
			return 0
		})
		if made.Load() < 8 {
			t.Errorf("only %d were booked", made.Load())
		}
		apart(t, h)
		if seats := count(t, h, "select count(*) from booking_seat"); int64(seats) != made.Load() {
			t.Errorf("%d places for %d bookings", seats, made.Load())
		}
	})
}

// apart checks with figures of its own that no two sessions of a calendar overlap,
// and that their cells are theirs.
func apart(t *testing.T, h *activitytest.House) {
	t.Helper()
	if n := count(t, h, `select count(*) from booking_session a join booking_session b on a.calendar = b.calendar and a.id < b.id and a.from_at < b.to_at and b.from_at < a.to_at`); n != 0 {
		t.Errorf("%d sessions overlap", n)
	}
	if n := count(t, h, "select count(*) from booking_cell c where not exists (select 1 from booking_session s where s.id = c.session and s.from_at <= c.cell * 300000 and s.to_at > c.cell * 300000)"); n != 0 {
		t.Errorf("%d cells belong to nothing", n)
	}
	if n := count(t, h, "select cast(coalesce(sum(to_at - from_at), 0) / 300000 - (select count(*) from booking_cell) as bigint) from booking_session"); n != 0 {
		t.Errorf("%d cells are missing", n)
	}
}

// another is a second node over the same database and keys.
func another(t *testing.T, h *activitytest.House) *booking.Diary {
	t.Helper()
	return diary(activitytest.Env(t, h.Place, policyOf(allFields), h.Clock, booking.Kind{}))
}

// While people book, move and cancel at once, the calendar stays whole.
func TestMovingAndCancellingAtOnceKeepsTheCalendarWhole(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		var links []string
		for n := range 12 {
			p := someone(h, n)
			p.books(at.Add(time.Duration(n) * 30 * time.Minute))
			links = append(links, p.link())
		}
		got := crowd(48, func(n int) int {
			p := someone(h, n)
			form := map[string][]string{"do": {"yes"}}
			if n%4 == 0 {
				status, _ := p.ask(http.MethodPost, links[n%12]+"/cancel", form)
				return status
			}
			to := at.Add(time.Duration(n*5%14) * 30 * time.Minute).UTC().Format("20060102T1504Z")
			status, _ := p.ask(http.MethodPost, links[n%12]+"/move/"+to, form)
			return status
		})
		for status := range got {
			if status != http.StatusOK && status != http.StatusConflict && status != http.StatusServiceUnavailable {
				t.Errorf("the answers were %v", got)
			}
		}
		h.Work()
		apart(t, h)
		if n := count(t, h, "select count(*) from booking_appointment a where a.cancelled_at is null and not exists (select 1 from booking_seat t where t.appointment = a.id)"); n != 0 {
			t.Errorf("%d appointments stand without a place", n)
		}
	})
}
