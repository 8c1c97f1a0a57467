package booking_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/booking"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// Several entries of the policy share the calendars; each has types of its own, and
// its own rules act on its appointments.
func TestEachEntryGovernsItsOwnAppointments(t *testing.T) {
	text := policyOf(allFields)
	i := strings.Index(text, "  booking:")
	second := strings.Replace(strings.Replace(text[i:], "  booking:", "  visits:\n    kind: booking\n    title: {de: Besuche, en: Visits}", 1), "keep: 6 months", "keep: 1 month", 1)
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := activitytest.Env(t, place, text+second, clock.At(noon), booking.Kind{})
		if err := diary(h).SetType(t.Context(), talk(), "test"); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "visits") {
			t.Errorf("a type without its entry: %v", err)
		}
		hours, err := booking.ParseHours("Mon-Sun 00:00-24:00", "")
		fatal(t, err)
		fatal(t, diary(h).SetCalendar(t.Context(), booking.Calendar{Key: "anna", Name: "Anna", Zone: time.UTC, Hours: hours}, "test"))
		for key, activity := range map[string]string{"talk": "booking", "tour": "visits"} {
			kind := talk()
			kind.Key, kind.Activity = key, activity
			fatal(t, diary(h).SetType(t.Context(), kind, "test"))
		}
		p, q := someone(h, 1), someone(h, 2)
		if _, page := p.ask(http.MethodGet, booking.Path, nil); !strings.Contains(page, "/booking/talk") || !strings.Contains(page, "/visits/tour") {
			t.Errorf("the page offers %s", said(page))
		}
		if _, page := p.ask(http.MethodGet, booking.Path+"/visits", nil); strings.Contains(page, "/booking/talk") || !strings.Contains(page, "/visits/tour") {
			t.Errorf("the entry's page offers %s", said(page))
		}
		if status, _ := p.ask(http.MethodGet, booking.Path+"/visits/talk", nil); status != http.StatusNotFound {
			t.Errorf("a type of the other entry: %d", status)
		}
		p.books(at)
		tour := strings.Replace(slot(at.Add(time.Hour)), "/booking/talk", "/visits/tour", 1)
		if status, _ := q.ask(http.MethodPost, tour, q.form); status != http.StatusOK {
			t.Errorf("booking a tour: %d", status)
		}
		if status, _ := q.ask(http.MethodPost, strings.Replace(slot(at), "/booking/talk", "/visits/tour", 1), q.form); status != http.StatusConflict {
			t.Errorf("a tour at the time of a talk: %d", status)
		}
		h.Work()
		h.Clock.Set(noon.AddDate(0, 2, 0))
		h.Sweep()
		if n := count(t, h, "select count(*) from booking_appointment where activity = 'booking'"); n != 1 {
			t.Errorf("%d talks are left after two months of six", n)
		}
		if n := count(t, h, "select count(*) from booking_appointment where activity = 'visits'"); n != 0 {
			t.Errorf("%d tours are left after two months of one", n)
		}
	})
}
