package booking_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/booking"
	"kept/internal/mail/mailtest"
	"kept/internal/store/storetest"
)

// invitation is the event that a mail carries, as a calendar reads it.
func invitation(t testing.TB, m mailtest.Mail) (method string, event ical.Event, raw []byte) {
	t.Helper()
	for _, f := range m.Read().Attachments {
		if !strings.HasPrefix(f.Type, "text/calendar") {
			continue
		}
		cal, err := ical.NewDecoder(bytes.NewReader(f.Data)).Decode()
		fatal(t, err)
		if len(cal.Events()) != 1 {
			t.Fatalf("the invitation has %d events", len(cal.Events()))
		}
		return cal.Props.Get(ical.PropMethod).Value, cal.Events()[0], f.Data
	}
	t.Fatalf("the mail has no invitation:\n%s", m.Raw)
	return "", event, nil
}

func value(t testing.TB, e ical.Event, name string) string {
	t.Helper()
	p := e.Props.Get(name)
	if p == nil {
		t.Fatalf("the event has no %s", name)
	}
	return p.Value
}

// Somebody books, moves and cancels; each step is one mail with the same event.
func TestBookMoveCancel(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		_, body := p.book(at)
		if !strings.Contains(said(body), "Your appointment is booked") || !strings.Contains(body, p.email) {
			t.Fatalf("the answer says %s", said(body))
		}
		first := p.newest()
		method, event, _ := invitation(t, first)
		begins, err := event.DateTimeStart(nil)
		fatal(t, err)
		if method != "REQUEST" || !begins.Equal(at) || value(t, event, "SEQUENCE") != "0" || value(t, event, "STATUS") != "CONFIRMED" {
			t.Errorf("the invitation is %s of %s, %v", method, begins, event.Props)
		}
		uid, text := value(t, event, "UID"), first.Read().Text
		for _, part := range []string{"Hello Adalena1 Lovelock1", "Monday, 23\u00a0November 2026, 03:00 to 03:30 (Europe/Berlin)", "Where you are: Sunday, 22\u00a0November 2026, 21:00 to 21:30 (America/New York)",
			"Where: Musterstraße 1", "because an appointment with Musteragentur GmbH was booked", "cancel the appointment: https://"} {
			if !strings.Contains(text, part) {
				t.Errorf("the mail lacks %q:\n%s", part, text)
			}
		}
		mine := p.link()
		if _, page := p.ask(http.MethodGet, mine, nil); !strings.Contains(said(page), "21:00 to 21:30 (America/New York)") || !strings.Contains(page, "Musterstraße 1") {
			t.Errorf("the page says %s", said(page))
		}
		to := at.Add(15*24*time.Hour + 30*time.Minute)
		_, days := p.ask(http.MethodGet, mine+"/move?day="+to.Format(time.DateOnly), nil)
		move := mine + "/move/" + to.Format("20060102T1504Z")
		if !strings.Contains(days, move) {
			t.Errorf("the page to move does not offer %s:\n%s", to, said(days))
		}
		p.ask(http.MethodGet, move, nil)
		if n := count(t, h, "select count(*) from booking_appointment where revision > 0"); n != 0 {
			t.Fatal("a GET moved it")
		}
		p.press(move)
		method, event, _ = invitation(t, p.newest())
		begins, err = event.DateTimeStart(nil)
		fatal(t, err)
		if method != "REQUEST" || !begins.Equal(to) || value(t, event, "SEQUENCE") != "1" || value(t, event, "UID") != uid {
			t.Errorf("the new invitation is %s of %s, %v", method, begins, event.Props)
		}
		p.press(mine + "/cancel")
		method, event, _ = invitation(t, p.newest())
		if method != "CANCEL" || value(t, event, "SEQUENCE") != "2" || value(t, event, "UID") != uid || value(t, event, "STATUS") != "CANCELLED" {
			t.Errorf("the last invitation is %s, %v", method, event.Props)
		}
		if n := len(p.mails()); n != 3 {
			t.Errorf("%d mails came", n)
		}
		if n := len(h.Sink.To("privacy@agentur.example")); n != 3 {
			t.Errorf("the operator got %d mails", n)
		}
		for _, m := range h.Sink.To("privacy@agentur.example") {
			if text := string(m.Raw); strings.Contains(text, "Lovelock1") || strings.Contains(text, p.email) {
				t.Error("the operator's mail names who booked")
			}
		}
		if n := count(t, h, "select count(*) from booking_cell"); n != 0 {
			t.Errorf("%d cells are still taken", n)
		}
		if status, _ := p.ask(http.MethodPost, mine+"/cancel", url.Values{"do": {"yes"}}); status != http.StatusOK { // again is no error
			t.Errorf("cancelling again: %d", status)
		}
		if status, _ := p.ask(http.MethodPost, move, url.Values{"do": {"yes"}}); status != http.StatusConflict {
			t.Errorf("moving what is cancelled: %d", status)
		}
	})
}

// An independent program reads the invitation: on the days when the clock changes
// too, and with all that a person may have typed.
func TestAnotherProgramReadsTheInvitation(t *testing.T) {
	python := "/usr/bin/python3"
	if exec.Command(python, "-c", "import icalendar").Run() != nil {
		t.Skip("python3-icalendar is missing; scripts/setup names it")
	}
	const script = `
import sys, json, icalendar, datetime
cal = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
e = [c for c in cal.walk("VEVENT")][0]
zones = {str(z["TZID"]): z.to_tz() for z in cal.walk("VTIMEZONE")}
def moment(p):
    d = p.dt
    zone = p.params.get("TZID")
    if zone:
        d = zones[zone].localize(d.replace(tzinfo=None)) # by the definition that the invitation brings
    return d.astimezone(datetime.timezone.utc).isoformat()
print(json.dumps({"start": moment(e["DTSTART"]), "end": moment(e["DTEND"]), "summary": str(e["SUMMARY"]), "cn": str(e["ATTENDEE"].params.get("CN", "")), "method": str(cal["METHOD"])}))`
	h := house(t, storetest.SQLite(t), policyOf(allFields))
	h.Clock.Set(time.Date(2027, time.March, 1, 12, 0, 0, 0, time.UTC))
	for n, start := range []time.Time{
		time.Date(2027, time.March, 27, 23, 0, 0, 0, time.UTC), time.Date(2027, time.March, 28, 0, 30, 0, 0, time.UTC), time.Date(2027, time.March, 28, 1, 0, 0, 0, time.UTC),
		time.Date(2027, time.October, 31, 0, 0, 0, 0, time.UTC), time.Date(2027, time.October, 31, 0, 30, 0, 0, time.UTC), time.Date(2027, time.October, 31, 1, 30, 0, 0, time.UTC),
		time.Date(2027, time.October, 31, 2, 0, 0, 0, time.UTC), time.Date(2028, time.February, 29, 8, 0, 0, 0, time.UTC),
	} {
		h.Clock.Set(start.AddDate(0, 0, -20))
		p := someone(h, n)
		p.form.Set("first", "Eve,")
		p.form.Set("last", "Ünï,code")
		p.books(start)
		method, _, raw := invitation(t, p.newest())
		cmd := exec.Command(python, "-c", script)
		cmd.Stdin = bytes.NewReader(raw)
		var says bytes.Buffer
		cmd.Stderr = &says
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v %s\n%s", err, says.String(), raw)
		}
		var got struct {
			Start, End          time.Time
			Summary, CN, Method string
		}
		fatal(t, json.Unmarshal(out, &got))
		if !got.Start.Equal(start) || !got.End.Equal(start.Add(30*time.Minute)) || got.Method != method || got.Summary != "First talk – Musteragentur GmbH" || !strings.Contains(got.CN, "Ünï,code") {
			t.Errorf("%s was read as %s\n%s", start, out, raw)
		}
	}
}

func TestAReminderComesOnceAndFollowsAMove(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p, q := someone(h, 1), someone(h, 2)
		p.books(at.AddDate(0, 0, 5))
		q.books(at.AddDate(0, 0, 5).Add(time.Hour))
		mine := p.link()
		q.press(q.link() + "/cancel")
		p.press(mine + "/move/" + at.AddDate(0, 0, 7).Format("20060102T1504Z"))
		before, none := len(p.mails()), len(q.mails())
		h.Clock.Set(at.AddDate(0, 0, 4).Add(time.Minute))
		h.Work()
		if n := len(p.mails()); n != before {
			t.Fatalf("%d mails came for the time before the move", n-before)
		}
		h.Clock.Set(at.AddDate(0, 0, 6).Add(time.Minute))
		h.Work()
		h.Work()
		if n := len(p.mails()); n != before+1 || !strings.Contains(p.newest().Read().Title, "Reminder: First talk") {
			t.Errorf("%d reminders came, the newest mail is %q", n-before, p.newest().Read().Title)
		}
		if n := len(q.mails()); n != none {
			t.Error("who cancelled is reminded")
		}
	})
}

func TestAProgramBooks(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		send := func(body string) (int, string) {
			r := httptest.NewRequest(http.MethodPost, booking.Path+"/api/booking/talk", strings.NewReader(body))
			r.RemoteAddr = "192.0.2.9:40000"
			return answered(t, h.Serve(r))
		}
		free := slots(t, h, "2026-11-23", "2026-11-23")
		if len(free) != 48 || free[0] != "11-22T23:00" {
			t.Fatalf("%d times are free: %v", len(free), free)
		}
		status, body := send(`{"start":"2026-11-23T09:00:00Z","email":"ada@person.example","first_name":"Ada"}`)
		var made booking.Booked
		if status != http.StatusCreated || json.Unmarshal([]byte(body), &made) != nil || !strings.Contains(made.Link, "/privacy/booking/mine/") {
			t.Fatalf("%d %s", status, body)
		}
		if status, _ := send(`{"start":"2026-11-23T09:00:00Z","email":"bo@person.example"}`); status != http.StatusConflict {
			t.Errorf("the same time again: %d", status)
		}
		if got := slots(t, h, "2026-11-23", "2026-11-23"); len(got) != 47 {
			t.Errorf("%d times are free", len(got))
		}
		for _, wrong := range []string{`{"start":"2026-11-23T09:10:00Z","email":"bo@person.example"}`, `{"start":"2026-11-24T09:00:00Z","email":"nobody"}`, `{"start":"2026-11-24T09:00:00Z","email":"bo@person.example","birthday":"x"}`,
			`{"start":"2020-11-24T09:00:00Z","email":"bo@person.example"}`, `{"start":"2029-11-24T09:00:00Z","email":"bo@person.example"}`, `{`} {
			if status, _ := send(wrong); status != http.StatusBadRequest {
				t.Errorf("%s: %d", wrong, status)
			}
		}
		_, described := someone(h, 1).ask(http.MethodGet, booking.Path+"/api/booking?lang=de", nil)
		if !strings.Contains(described, `"Erstgespräch"`) || !strings.Contains(described, `"minutes":30`) {
			t.Errorf("the description is %s", described)
		}
		_, embedded := someone(h, 1).ask(http.MethodGet, booking.Path+"/embed/booking", nil)
		if !strings.Contains(embedded, `href="https://kept.example/privacy/booking/booking/talk"`) || strings.Contains(embedded, "<script") {
			t.Errorf("what is embedded is %s", embedded)
		}
	})
}
