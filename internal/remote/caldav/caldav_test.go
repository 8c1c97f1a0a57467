package caldav_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/remote/caldav"
	"kept/internal/remote/caldav/caldavtest"
	"kept/internal/vault"
)

func client(t *testing.T, s *caldavtest.Server) *caldav.Client {
	t.Helper()
	account, err := caldav.Parse(s.URL(), s.Secret())
	if err != nil {
		t.Fatal(err)
	}
	c, err := caldav.New(account, http.DefaultTransport)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const frame = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//test//EN
%sBEGIN:VEVENT
UID:%s
DTSTAMP:20261101T000000Z
SUMMARY:secret matters
%sEND:VEVENT
END:VCALENDAR
`

// outlook is a zone as Outlook defines it: the name is none of IANA's.
const outlook = `BEGIN:VTIMEZONE
TZID:Berlin, as we call it
BEGIN:STANDARD
DTSTART:16010101T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
`

// What a calendar holds is busy at the moments at which it takes place, whatever
// its zone, rule and form; what takes no time is not.
func TestBusyTimesAreThoseOfTheEvents(t *testing.T) {
	s := caldavtest.Start(t)
	for i, x := range []struct{ zone, event string }{
		{"", "DTSTART:20270301T090000Z\nDTEND:20270301T100000Z\n"},
		{"", "DTSTART;TZID=America/New_York:20270301T090000\nDURATION:PT45M\n"},
		{"", "DTSTART;VALUE=DATE:20270302\nDTEND;VALUE=DATE:20270304\n"}, // two days of the calendar's zone
		{"", "DTSTART;VALUE=DATE:20270305\n"},
		{"", "DTSTART:20270306T090000Z\nDTEND:20270306T100000Z\nTRANSP:TRANSPARENT\n"},
		{"", "DTSTART:20270306T090000Z\nDTEND:20270306T100000Z\nSTATUS:CANCELLED\n"},
		// Each Monday at nine by the clock of Berlin, over the change of the clock; not on Easter Monday.
		{"", "DTSTART;TZID=Europe/Berlin:20270315T090000\nDTEND;TZID=Europe/Berlin:20270315T093000\nRRULE:FREQ=WEEKLY;UNTIL=20270405T070000Z\nEXDATE;TZID=Europe/Berlin:20270329T090000\n"},
		{outlook, "DTSTART;TZID=\"Berlin, as we call it\":20270326T140000\nDTEND;TZID=\"Berlin, as we call it\":20270326T150000\nRRULE:FREQ=DAILY;COUNT=3;INTERVAL=2\n"},
		{"", "DTSTART:20270310T220000Z\nDTEND:20270311T020000Z\n"},
		{"", "DTSTART:20270301T093000Z\nDTEND:20270301T103000Z\n"}, // overlaps the first: one stretch
	} {
		s.Put(fmt.Sprintf("e%d.ics", i), fmt.Sprintf(frame, x.zone, fmt.Sprintf("e%d", i), x.event))
	}
	// One occurrence of a series was moved by hand.
	s.Put("moved.ics", strings.Replace(fmt.Sprintf(frame, "", "moved", "DTSTART;TZID=Europe/Berlin:20270316T120000\nDTEND;TZID=Europe/Berlin:20270316T130000\nRRULE:FREQ=DAILY;COUNT=2\n"),
		"END:VCALENDAR", "BEGIN:VEVENT\nUID:moved\nDTSTAMP:20261101T000000Z\nRECURRENCE-ID;TZID=Europe/Berlin:20270317T120000\nDTSTART;TZID=Europe/Berlin:20270317T150000\nDTEND;TZID=Europe/Berlin:20270317T160000\nEND:VEVENT\nEND:VCALENDAR", 1))
	s.Put("own.ics", fmt.Sprintf(frame, "", "own", "DTSTART:20270320T090000Z\nDTEND:20270320T100000Z\n"))
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	got, err := client(t, s).Busy(t.Context(), "", time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 4, 10, 0, 0, 0, 0, time.UTC), berlin, func(uid string) bool { return uid == "own" })
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, i := range got {
		lines = append(lines, i.From.Format("01-02T15:04")+"/"+i.To.Format("01-02T15:04"))
	}
	want := []string{
		"03-01T09:00/03-01T10:30", "03-01T14:00/03-01T14:45", "03-01T23:00/03-03T23:00", "03-04T23:00/03-05T23:00", "03-10T22:00/03-11T02:00",
		"03-15T08:00/03-15T08:30", "03-16T11:00/03-16T12:00", "03-17T14:00/03-17T15:00", "03-22T08:00/03-22T08:30",
		"03-26T13:00/03-26T14:00", "03-28T12:00/03-28T13:00", "03-30T12:00/03-30T13:00", "04-05T07:00/04-05T07:30",
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("busy is\n%s\nwanted\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

func TestAFarSideThatIsDownIsUnavailable(t *testing.T) {
	s := caldavtest.Start(t)
	c := client(t, s)
	never := func(string) bool { return false }
	wrong, err := caldav.Parse(s.URL(), vault.NewSecret("another"))
	if err != nil {
		t.Fatal(err)
	}
	locked, err := caldav.New(wrong, http.DefaultTransport)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := locked.Busy(t.Context(), "", time.Now(), time.Now().Add(time.Hour), time.UTC, never); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "password") {
		t.Errorf("a wrong password: %v", err)
	}
	if err := c.Delete(t.Context(), "", "nothing.ics"); err != nil {
		t.Errorf("deleting what is not there: %v", err)
	}
	s.Down()
	_, err = c.Busy(t.Context(), "", time.Now(), time.Now().Add(time.Hour), time.UTC, never)
	if !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), caldavtest.Password) || strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("a server that is down: %v", err)
	}
	if err := c.Delete(t.Context(), "", "nothing.ics"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("deleting on a server that is down: %v", err)
	}
}

func TestAddressesOfCalendars(t *testing.T) {
	secret := vault.NewSecret("planted")
	for _, wrong := range []string{"", "calendar.example.org", "ftp://calendar.example.org/", "https://", "http://u:p@calendar.example.org/", "https://calendar.example.org/?x=1"} {
		if _, err := caldav.Parse(vault.NewSecret(wrong), vault.Secret{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	a, err := caldav.Parse(vault.NewSecret("https://anna@calendar.example.org/anna/x"), secret)
	if err != nil || a.Address() != "calendar.example.org:443" || a.User != "anna" || a.Password.Reveal() != "planted" || a.URL.Path != "/anna/x/" {
		t.Errorf("%+v %v", a, err)
	}
	if text := fmt.Sprintf("%v %+v", a, a); strings.Contains(text, "planted") {
		t.Error("the password prints")
	}
}
