package booking_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/remote/caldav"
	"kept/internal/remote/caldav/caldavtest"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// calendarPolicy lets a calendar have the appointment and the name.
func calendarPolicy() string {
	text := strings.Replace(policyOf(allFields), "settings: {remind: 1 day}", "settings: {calendar: {cal: {protocol: caldav}}}\n    recipients: {cal: [appointment, last_name]}", 1)
	return strings.Replace(text, "activities:", "recipients:\n  cal: {name: Calendar Ltd., country: GB, role: processor, agreement: {kind: dpa}, transfers: [{to: GB, safeguard: adequacy}], hosts: [cal.example]}\nactivities:", 1)
}

func connected(t *testing.T, place store.Config) (*activitytest.House, *caldavtest.Server) {
	t.Helper()
	s := caldavtest.Start(t)
	h := house(t, place, calendarPolicy())
	account, err := caldav.Parse(s.URL(), s.Secret())
	fatal(t, err)
	c, err := caldav.New(account, h.Egress.Operator("calendar", account.Address()))
	fatal(t, err)
	fatal(t, diary(h).Connect(t.Context(), c))
	h.Work()
	return h, s
}

// later lets the regular jobs run.
func later(h *activitytest.House) {
	h.Clock.Advance(16 * time.Minute)
	h.Work()
}

// The appointment stands in the calendar elsewhere with the declared fields alone,
// follows each change, and goes with the appointment.
func TestTheCalendarElsewhereFollows(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h, s := connected(t, place)
		p := someone(h, 1)
		p.books(at)
		there := s.All()
		for _, part := range []string{"DTSTART;TZID=Europe/Berlin:20261123T030000", "Erstgespräch – Lovelock1", "SEQUENCE:0", "Musterstraße 1"} {
			if !strings.Contains(unfolded(there), part) {
				t.Errorf("the entry lacks %s:\n%s", part, there)
			}
		}
		for _, part := range []string{p.email, "Adalena1", "Maschinenbau1", "Rechenwerk1", "0001", "ATTENDEE", "New_York"} {
			if strings.Contains(unfolded(there), part) {
				t.Errorf("the entry has %s, which the policy does not let it have:\n%s", part, there)
			}
		}
		if leaves(t, h, "delivery") != 1 {
			t.Error("the delivery is not in the ledger")
		}
		mine := p.link()
		p.press(mine + "/move/" + at.Add(24*time.Hour).Format("20060102T1504Z"))
		if there = s.All(); strings.Count(there, "BEGIN:VEVENT") != 1 || !strings.Contains(there, "20261124T030000") {
			t.Errorf("after the move there is\n%s", there)
		}
		p.press(mine + "/cancel")
		if there = s.All(); strings.Contains(there, "VEVENT") {
			t.Errorf("after the cancellation there is\n%s", there)
		}
		q := someone(h, 2)
		q.books(at)
		_, err := h.Rights.Erase(t.Context(), q.subject())
		fatal(t, err)
		h.Work()
		h.Clock.Advance(time.Hour)
		h.Work()
		if there = s.All(); strings.Contains(there, "VEVENT") {
			t.Errorf("after the erasure there is\n%s", there)
		}
		r := someone(h, 3)
		r.books(h.Clock.Now().Truncate(30 * time.Minute).Add(2 * time.Hour))
		h.Clock.Set(h.Clock.Now().AddDate(0, 7, 0))
		h.Sweep()
		later(h)
		if there = s.All(); strings.Contains(there, "VEVENT") {
			t.Errorf("after its time there is\n%s", there)
		}
		h.Close()
		for _, hit := range activitytest.Texts(h.Everything(), caldavtest.Password) {
			t.Errorf("the calendar's password is stored: %s", hit)
		}
	})
}

func unfolded(ics string) string {
	return strings.NewReplacer("\r\n ", "", "\n ", "", `\,`, ",").Replace(ics)
}

// While the calendar does not answer people book all the same; what they booked is
// written when it does.
func TestAnOutageOfTheCalendarStopsNobody(t *testing.T) {
	h, s := connected(t, storetest.SQLite(t))
	cancelled := someone(h, 1)
	cancelled.books(at)
	s.Down()
	someone(h, 2).books(at.Add(time.Hour))
	cancelled.press(cancelled.link() + "/cancel")
	later(h)
	_, setup := answered(t, h.Staff(httptest.NewRequest(http.MethodGet, "/bookings/setup", nil)))
	if !strings.Contains(said(setup), "antwortet nicht") {
		t.Errorf("the console says %s", said(setup))
	}
	if strings.Contains(h.Logged.String(), caldavtest.Password) || strings.Contains(setup, caldavtest.Password) {
		t.Error("the password is shown")
	}
	s.Up()
	there := ""
	for range 20 { // each try that failed is repeated at a time of its own
		later(h)
		if there = s.All(); strings.Count(there, "BEGIN:VEVENT") == 1 && strings.Contains(there, "20261123T040000") {
			return
		}
	}
	t.Errorf("afterwards there is\n%s", there)
}

// What stands in the calendar elsewhere cannot be booked over, and what comes there
// afterwards is shown to the operator.
func TestWhatIsBusyElsewhereIsNotOffered(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h, s := connected(t, place)
		const ics = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//x//EN\nBEGIN:VEVENT\nUID:%\nDTSTAMP:20261101T000000Z\nSUMMARY:dentist\nDTSTART:@\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n"
		event := func(uid, start string) string { return strings.NewReplacer("%", uid, "@", start).Replace(ics) }
		s.Put("a.ics", event("a", "20261123T091500Z"))
		later(h)
		free := slots(t, h, "2026-11-23", "2026-11-23")
		if len(free) != 45 || strings.Contains(strings.Join(free, " "), "11-23T09:00") || !strings.Contains(strings.Join(free, " "), "11-23T08:30") {
			t.Errorf("%d are free: %v", len(free), free)
		}
		if status, _ := someone(h, 1).book(time.Date(2026, 11, 23, 9, 30, 0, 0, time.UTC)); status != http.StatusConflict {
			t.Errorf("booking over it: %d", status)
		}
		someone(h, 2).books(time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC))
		later(h)
		list := func() string {
			_, page := answered(t, h.Staff(httptest.NewRequest(http.MethodGet, "/bookings", nil)))
			return said(page)
		}
		if strings.Contains(list(), "⚠") {
			t.Error("an appointment clashes with itself")
		}
		s.Put("b.ics", event("b", "20261123T144500Z"))
		later(h)
		if !strings.Contains(list(), "⚠ trifft auf etwas anderes") {
			t.Errorf("the clash is not shown: %s", list())
		}
		if hits := activitytest.Texts(h.Everything(), "dentist"); len(hits) > 0 {
			t.Errorf("what the entry is about is stored: %v", hits)
		}
	})
}
