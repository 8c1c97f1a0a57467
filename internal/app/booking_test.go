package app

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"kept/internal/activity/booking"
	"kept/internal/policy"
	"kept/internal/remote/caldav/caldavtest"
	"kept/internal/vault"
)

// diary is the appointments at work.
func (h *house) diary() *booking.Diary {
	for _, r := range h.running {
		if d, ok := r.(*booking.Diary); ok {
			return d
		}
	}
	h.t.Fatal("bookings do not run")
	return nil
}

// opens sets up a calendar that is always open, and a talk in it.
func (h *house) opens() {
	h.t.Helper()
	hours, err := booking.ParseHours("Mon-Sun 00:00-24:00", "")
	fatal(h.t, err)
	zone, err := booking.ZoneOf("Europe/Berlin")
	fatal(h.t, err)
	fatal(h.t, h.diary().SetCalendar(h.t.Context(), booking.Calendar{Key: "anna", Name: "Anna", Zone: zone, Hours: hours}, "test"))
	fatal(h.t, h.diary().SetType(h.t.Context(), booking.Type{Key: "talk", Calendar: "anna", Title: policy.Text{"de": "Erstgespräch", "en": "First talk"}, Length: 30, Step: 30, Ahead: 60, Capacity: 1}, "test"))
}

// appointment is when the tests' appointments are: three days after begin.
var appointment = begin.Add(72 * time.Hour)

func slotPath(at time.Time) string {
	return booking.Path + "/booking/talk/" + at.UTC().Format("20060102T1504Z")
}

// books fills in every field that the form has, and some that it has not.
func (r *reader) books(at time.Time) answer {
	r.t.Helper()
	form := r.get(slotPath(at))
	r.wants(form, http.StatusOK)
	for field, there := range map[string]bool{"email": true, "first": true, "last": true, "phone": true, "message": true, "company": false, "birthday": false} {
		if strings.Contains(form.body, `name="`+field+`"`) != there {
			r.t.Errorf("the form asks for %s: %v", field, !there)
		}
	}
	return r.post(slotPath(at), url.Values{"email": {r.email}, "first": {"Adalena"}, "last": {"Lovelock"}, "phone": {"+49 611 555123"}, "message": {"Rechenwerk"}, "company": {"Undeclared GmbH"}, "zone": {"America/New_York"}})
}

// with the calendar of the provider.
func withCalendar(s *caldavtest.Server) func(*house) {
	return func(h *house) { h.config.CalDAV, h.config.CalDAVSecret = s.URL(), s.Secret() }
}

// Appointments are booked online under the agency's policy: the declared fields and
// no others, with a confirmation, in the calendar of the declared provider in the
// United Kingdom, for six months after the appointment.
func TestPromise_AH28_AppointmentsAreBookedOnlineAndStandWithTheDeclaredProvider(t *testing.T) {
	s := caldavtest.Start(t)
	each(t, func(t *testing.T, h *house) {
		h.opens()
		p := h.reader("ada@person.example")
		r := h.InForce.Now().Recipient("youcanbookme")
		if r == nil || r.Country != "GB" || len(r.Transfers) != 1 || r.Transfers[0].Safeguard != "adequacy" {
			t.Fatalf("the provider is declared as %+v", r)
		}
		p.wants(p.books(appointment), http.StatusOK)
		h.settle()
		m := h.sink.To(p.email)
		if len(m) != 1 {
			t.Fatalf("%d mails came", len(m))
		}
		files := m[0].Read().Attachments
		if len(files) != 1 {
			t.Fatalf("the mail has %d files", len(files))
		}
		cal, err := ical.NewDecoder(bytes.NewReader(files[0].Data)).Decode()
		fatal(t, err)
		if starts, err := cal.Events()[0].DateTimeStart(nil); err != nil || !starts.Equal(appointment) {
			t.Errorf("the invitation is for %s, %v", starts, err)
		}
		there := strings.NewReplacer("\r\n ", "").Replace(s.All())
		for _, part := range []string{"Erstgespräch – Adalena Lovelock", "ada@person.example", "+49 611 555123", "Rechenwerk"} {
			if !strings.Contains(there, part) {
				t.Errorf("the provider's calendar lacks %s:\n%s", part, there)
			}
		}
		if strings.Contains(there, "Undeclared") || h.counts("select count(*) from booking_appointment where company is not null") != 0 {
			t.Error("a field that is not declared was taken")
		}
		if n := h.counts("select count(*) from booking_appointment where email is not null and phone is not null and message is not null and time_zone is not null"); n != 1 {
			t.Error("a declared field is missing")
		}
		h.clock.Set(appointment.Add(30*time.Minute).AddDate(0, 6, 0).Add(-time.Minute))
		h.later(0)
		if h.counts("select count(*) from booking_appointment") != 1 {
			t.Error("it went before its time")
		}
		h.later(2 * time.Minute)
		h.later(20 * time.Minute)
		if h.counts("select count(*) from booking_appointment") != 0 || strings.Contains(s.All(), "VEVENT") {
			t.Error("it is still here after its time, or there")
		}
	}, unbraked, withCalendar(s))

	t.Run("without the entry nothing can be booked", func(t *testing.T) {
		h := solo(t, without("booking"))
		p := h.reader("ada@person.example")
		p.wants(p.get(booking.Path), http.StatusNotFound)
		p.wants(p.post(slotPath(appointment), url.Values{"email": {p.email}}), http.StatusNotFound)
	})
	t.Run("without the recipient nothing reaches a calendar", func(t *testing.T) {
		h := solo(t, func(h *house) {
			h.edit("hosting: all, youcanbookme: [name, email, phone, appointment, time_zone, message]}", "hosting: all, youcanbookme: [name]}")
		}, withCalendar(s))
		h.opens()
		p := h.reader("ada@person.example")
		p.wants(p.books(appointment), http.StatusOK)
		h.settle()
		if there := s.All(); strings.Contains(there, "VEVENT") {
			t.Errorf("the calendar has\n%s", there)
		}
	})
	t.Run("without the field it is not asked for", func(t *testing.T) {
		h := solo(t, func(h *house) {
			h.edit("data: [name, email, phone, appointment, time_zone, message, language]\n    recipients: {hosting: all, youcanbookme: [name, email, phone, appointment, time_zone, message]}",
				"data: [name, email, appointment, time_zone, message, language]\n    recipients: {hosting: all, youcanbookme: [name, email, appointment, time_zone, message]}")
		})
		h.opens()
		if form := h.reader("ada@person.example").get(slotPath(appointment)); strings.Contains(form.body, `name="phone"`) {
			t.Error("the form asks for a phone number")
		}
	})
}

// A calendar that no activity may use is a mistake of the operator, said at the start.
func TestACalendarThatThePolicyDoesNotNameIsRefused(t *testing.T) {
	for _, c := range []struct{ address, says string }{
		{"https://anna@calendar.example.org/", "protocol caldav"}, {"calendar.example.org", "the address of a calendar is like"},
	} {
		cfg := Config{}
		cfg.CalDAV = vault.NewSecret(c.address)
		err := cfg.canConnect(&policy.Policy{})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.address, err)
		}
	}
}
