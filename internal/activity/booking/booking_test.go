package booking_test

import (
	"bytes"
	"context"
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
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/mail/mailtest"
	"kept/internal/store"
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
		p.form.Set("first", `Eve;"X",\:`)
		p.form.Set("last", "Ünï,code;")
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

func TestARestrictionStopsTheReminder(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.books(at.AddDate(0, 0, 5))
		_, err := h.Rights.Restrict(t.Context(), p.subject(), "is it right")
		fatal(t, err)
		h.Clock.Set(at.AddDate(0, 0, 4).Add(time.Minute))
		h.Work()
		if n := len(p.mails()); n != 1 {
			t.Errorf("%d mails came", n)
		}
		if n := count(t, h, "select count(*) from booking_seat"); n != 1 {
			t.Error("the appointment lost its place")
		}
	})
}

// An erasure takes a future appointment with it: its time is free, the operator
// learns of it, and nothing of the person is left.
func TestAnErasureCancelsWhatIsStillToCome(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.books(at)
		_, err := h.Rights.Erase(t.Context(), p.subject())
		fatal(t, err)
		h.Work()
		h.Clock.Advance(time.Hour) // other nodes have learned of it
		h.Work()
		if n := count(t, h, "select count(*) from booking_cell") + count(t, h, "select count(*) from booking_seat") + count(t, h, "select count(*) from booking_session"); n != 0 {
			t.Errorf("%d rows still take the time", n)
		}
		told := h.Sink.To("privacy@agentur.example")
		if last := told[len(told)-1].Read(); !strings.Contains(last.Title, "Mit einer Löschung abgesagt") {
			t.Errorf("the operator was told %q", last.Title)
		}
		if n := leaves(t, h, "booking.cancelled"); n != 1 {
			t.Errorf("%d leaves say that it is cancelled", n)
		}
		someone(h, 2).books(at)
	})
}

// The time of somebody who was erased can be booked at once, before the job that
// tidies has run.
func TestWhatIsErasedIsFreeAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.books(at)
		_, err := h.DB.ExecContext(t.Context(), "delete from booking_appointment")
		fatal(t, err)
		someone(h, 2).books(at)
		if n := count(t, h, "select count(*) from booking_seat"); n != 1 {
			t.Errorf("%d places are given away", n)
		}
	})
}

// The retention counts from the appointment, not from the booking.
func TestRetentionCountsFromTheAppointment(t *testing.T) {
	text := strings.ReplaceAll(policyOf(allFields), "from: collection, keep: 6 months", "from: appointment, keep: 6 months")
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := house(t, place, text)
		p := someone(h, 1)
		start := at.AddDate(0, 0, 40)
		p.books(start)
		over := start.Add(30*time.Minute).AddDate(0, 6, 0)
		h.Clock.Set(over.Add(-time.Second))
		h.Sweep()
		if n := count(t, h, "select count(*) from booking_appointment"); n != 1 {
			t.Fatal("it went before its time")
		}
		h.Clock.Set(over.Add(time.Second))
		h.Sweep()
		h.Clock.Advance(time.Hour)
		h.Work()
		for _, table := range []string{"booking_appointment", "booking_seat", "booking_session", "booking_cell"} {
			if n := count(t, h, "select count(*) from "+table); n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
		if n := len(h.Sink.To("privacy@agentur.example")); n != 1 {
			t.Errorf("the operator got %d mails: what is over is not cancelled", n)
		}
	})
}

func TestACancellationEndsWhatThePolicyEndsWithIt(t *testing.T) {
	text := strings.ReplaceAll(policyOf(allFields), "      - {from: request", "      - {from: cancelled, keep: 0 days, then: delete}\n      - {from: request")
	storetest.EachConfig(t, func(t *testing.T, place store.Config) {
		h := house(t, place, text)
		p := someone(h, 1)
		p.books(at)
		p.press(p.link() + "/cancel")
		if n := count(t, h, "select count(*) from booking_appointment"); n != 0 {
			t.Error("it is still there")
		}
		if method, _, _ := invitation(t, p.newest()); method != "CANCEL" {
			t.Error("nobody was told")
		}
	})
}

func TestAnOwnerHasTheBookingDeleted(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.books(at)
		mine := p.link()
		p.press(mine + "/forget")
		if n := count(t, h, "select count(*) from booking_appointment") + count(t, h, "select count(*) from booking_cell"); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		if status, _ := p.ask(http.MethodGet, mine, nil); status != http.StatusNotFound {
			t.Errorf("the link still leads somewhere: %d", status)
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

// What is typed stays text, in pages, mails and calendars.
func TestHostileInputStaysText(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.form.Set("first", `<script>alert(1)</script>`)
		p.form.Set("company", `"><img src=x onerror=alert(1)>`)
		p.form.Set("message", "=1+1\r\nATTENDEE:mailto:eve@person.example\r\n<script>")
		p.books(at)
		_, event, raw := invitation(t, p.newest())
		if strings.Contains(string(raw), "\nATTENDEE:mailto:eve") || len(event.Props["ATTENDEE"]) != 1 {
			t.Errorf("the message became part of the calendar:\n%s", raw)
		}
		var pages []string
		_, page := p.ask(http.MethodGet, p.link(), nil)
		pages = append(pages, page)
		id := ""
		fatal(t, h.DB.QueryRowContext(t.Context(), "select id from booking_appointment").Scan(&id))
		for _, path := range []string{"/bookings", "/bookings/" + id, "/bookings/day/2026-11-23", "/bookings/setup"} {
			status, page := answered(t, h.Staff(httptest.NewRequest(http.MethodGet, path, nil)))
			if status != http.StatusOK {
				t.Errorf("%s: %d", path, status)
			}
			pages = append(pages, page)
		}
		for _, page := range pages {
			if strings.Contains(page, "<script>") || strings.Contains(page, "<img") {
				t.Errorf("markup came through:\n%s", page)
			}
		}
		for field, wrong := range map[string]string{"first": "Eve\r\nBcc: everybody@person.example", "email": "a@b.example\r\nBcc: c@d.example", "phone": "<b>", "last": strings.Repeat("x", 300)} {
			q := someone(h, 2)
			q.form.Set(field, wrong)
			if status, _ := q.book(at.Add(time.Hour)); status != http.StatusBadRequest {
				t.Errorf("%s %q: %d", field, wrong, status)
			}
		}
	})
}

// Only the page's own button acts; a link that nobody has answers as one that leads
// nowhere.
func TestOnlyThePagesButtonActs(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.books(at)
		mine := p.link()
		for _, path := range []string{mine + "/cancel", mine + "/forget", mine + "/move/" + at.Add(time.Hour).Format("20060102T1504Z"), slot(at.Add(2 * time.Hour))} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("do=yes&email=eve@person.example"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Origin", "https://elsewhere.example")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			if status, _ := answered(t, h.Serve(r)); status != http.StatusForbidden {
				t.Errorf("POST %s from another site: %d", path, status)
			}
			if status, _ := p.ask(http.MethodPost, mine+"/cancel", nil); status != http.StatusBadRequest {
				t.Errorf("without the button: %d", status)
			}
		}
		r := httptest.NewRequest(http.MethodPost, booking.Path+"/api/booking/talk", strings.NewReader(`{"start":"2026-11-23T09:00:00Z","email":"eve@person.example"}`))
		r.Header.Set("Origin", "https://elsewhere.example")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if status, _ := answered(t, h.Serve(r)); status != http.StatusForbidden {
			t.Errorf("a booking by a program on another site: %d", status)
		}
		for _, token := range []string{"AAAAAAAAAAAAAAAAAAAAAA", "x", strings.Repeat("A", 500)} {
			for _, path := range []string{"", "/cancel", "/forget", "/move", "/move/20261201T0900Z"} {
				for _, method := range []string{http.MethodGet, http.MethodPost} {
					status, _ := p.ask(method, booking.Path+"/mine/"+token+path, url.Values{"do": {"yes"}})
					if status != http.StatusNotFound && status != http.StatusMethodNotAllowed && !(path == "/forget" && status == http.StatusOK) {
						t.Errorf("%s %s with a token that nobody has: %d", method, path, status)
					}
				}
			}
		}
	})
}

// Who is known already gets the same answer, and the request does the same.
func TestNobodyLearnsWhoIsKnown(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		known, stranger := someone(h, 1), someone(h, 2)
		known.books(at)
		subjects := count(t, h, "select count(*) from subject")
		_, first := known.book(at.Add(time.Hour))
		_, second := stranger.book(at.Add(2 * time.Hour))
		same := func(page string, p *person) string {
			i := strings.Index(page, "/mine/")
			return strings.NewReplacer(page[i:i+30], "", p.email, "", "22:00", "", "22:30", "", "23:00", "", "23:30", "").Replace(page)
		}
		if same(first, known) != same(second, stranger) {
			t.Errorf("the answers differ:\n%s\n%s", first, second)
		}
		if n := count(t, h, "select count(*) from subject"); n != subjects {
			t.Error("the request looked for the person")
		}
		if n := count(t, h, "select count(*) from booking_request"); n != 2 {
			t.Errorf("%d bookings wait", n)
		}
	})
}

func TestOneNetworkBooksSoOften(t *testing.T) {
	h := house(t, storetest.SQLite(t), policyOf(allFields))
	p := someone(h, 1)
	refused := 0
	for n := range 20 {
		if status, _ := p.book(at.Add(time.Duration(n) * time.Hour)); status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused < 8 {
		t.Errorf("%d of 20 bookings of one network were refused", refused)
	}
}

func TestWhatTheOperatorOpensIsRecorded(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		p := someone(h, 1)
		p.books(at)
		id := ""
		fatal(t, h.DB.QueryRowContext(t.Context(), "select id from booking_appointment").Scan(&id))
		staff := func(method, path string) (int, string) {
			r := httptest.NewRequest(method, path, strings.NewReader("do=yes"))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return answered(t, h.Staff(r))
		}
		if _, list := staff(http.MethodGet, "/bookings"); strings.Contains(list, "Lovelock1") || strings.Contains(list, p.email) || !strings.Contains(list, id) {
			t.Error("the list names who booked, or does not lead there")
		}
		if n := leaves(t, h, "booking.opened") + leaves(t, h, "booking.sheet-opened"); n != 0 {
			t.Errorf("%d leaves before anything was opened", n)
		}
		if _, one := staff(http.MethodGet, "/bookings/"+id); !strings.Contains(one, "Lovelock1") || !strings.Contains(one, "Rechenwerk1") {
			t.Errorf("the page says %s", said(one))
		}
		if _, sheet := staff(http.MethodGet, "/bookings/day/2026-11-23"); !strings.Contains(sheet, "Lovelock1") {
			t.Errorf("the sheet says %s", said(sheet))
		}
		if leaves(t, h, "booking.opened") != 1 || leaves(t, h, "booking.sheet-opened") != 1 {
			t.Error("what was opened is not recorded")
		}
		if status, _ := staff(http.MethodPost, "/bookings/"+id); status != http.StatusSeeOther {
			t.Errorf("cancelling: %d", status)
		}
		h.Work()
		if method, _, _ := invitation(t, p.newest()); method != "CANCEL" {
			t.Error("the person was not told")
		}
		if n := len(h.Sink.To("privacy@agentur.example")); n != 1 {
			t.Errorf("the operator was told %d times of what they did", n)
		}
	})
}

func TestTheOperatorSetsUpWhatCanBeBooked(t *testing.T) {
	h := activitytest.Env(t, storetest.SQLite(t), policyOf(allFields), clock.At(noon), booking.Kind{})
	send := func(path string, form url.Values) (int, string) {
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return answered(t, h.Staff(r))
	}
	calendar := url.Values{"key": {"anna"}, "name": {"Anna"}, "zone": {"Europe/Berlin"}, "holidays": {"de-he"}, "week": {"Mo-Fr 09:00-12:00"}, "except": {"2026-12-24 closed"}}
	if status, body := send("/bookings/calendars/new", calendar); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, said(body))
	}
	kind := url.Values{"key": {"talk"}, "activity": {"booking"}, "calendar": {"anna"}, "title-de": {"Gespräch"}, "title-en": {"Talk"}, "length": {"30"}, "step": {"30"},
		"pause-before": {"0"}, "pause-after": {"0"}, "notice": {"60"}, "ahead": {"30"}, "capacity": {"1"}}
	if status, body := send("/bookings/types/new", kind); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, said(body))
	}
	if status, _ := send("/bookings/types/new", kind); status != http.StatusBadRequest {
		t.Errorf("the same key again: %d", status)
	}
	for path, wrong := range map[string][2]string{"/bookings/types/talk": {"length", "7"}, "/bookings/calendars/anna": {"week", "Mon 9-8"}} {
		form := url.Values{}
		for k, v := range map[string]url.Values{"/bookings/types/talk": kind, "/bookings/calendars/anna": calendar}[path] {
			form[k] = v
		}
		form.Set(wrong[0], wrong[1])
		if status, body := send(path, form); status != http.StatusBadRequest || !strings.Contains(body, wrong[1]) {
			t.Errorf("%s with %v: %d, or what was typed is gone", path, wrong, status)
		}
	}
	if leaves(t, h, "booking.type-set") != 1 || leaves(t, h, "booking.calendar-set") != 1 {
		t.Error("the changes are not in the ledger")
	}
	if got := slots(t, h, "2026-11-22", "2026-11-23"); len(got) != 6 {
		t.Errorf("free are %v", got)
	}
	someone(h, 1).books(time.Date(2026, time.November, 23, 8, 0, 0, 0, time.UTC))
	if status, _ := send("/bookings/types/talk/remove", url.Values{"do": {"yes"}}); status != http.StatusConflict {
		t.Errorf("removing what is booked: %d", status)
	}
	kind.Set("off", "yes")
	send("/bookings/types/talk", kind)
	if status, _ := someone(h, 2).book(time.Date(2026, time.November, 23, 9, 0, 0, 0, time.UTC)); status != http.StatusNotFound {
		t.Errorf("booking what is switched off: %d", status)
	}
}

// Where the policy says that appointments are made with another provider, none is
// made here, and everybody is told why.
func TestAppointmentsThatAreMadeElsewhereAreNotMadeHere(t *testing.T) {
	text := strings.Replace(strings.Replace(policyOf(allFields), "settings: {remind: 1 day}", "settings: {calendar: {ycbm: {protocol: youcanbookme}}}\n    recipients: {ycbm: [email, appointment]}", 1),
		"activities:", "recipients:\n  ycbm: {name: YouCanBookMe Ltd., country: GB, role: processor, agreement: {kind: dpa}, transfers: [{to: GB, safeguard: adequacy}], hosts: [api.ycbm.example]}\nactivities:", 1)
	h := activitytest.Env(t, storetest.SQLite(t), text, clock.At(noon), booking.Kind{})
	if status, _ := someone(h, 1).ask(http.MethodGet, booking.Path, nil); status != http.StatusNotFound {
		t.Errorf("the page to book: %d", status)
	}
	_, err := diary(h).Book(context.Background(), booking.Order{Activity: "booking", Type: "talk", Start: at, Person: booking.Person{Email: "ada@person.example"}})
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("booking: %v", err)
	}
	if err := diary(h).SetType(t.Context(), talk(), "test"); !fault.Is(err, fault.Refused) || !strings.Contains(err.Error(), "YouCanBookMe Ltd.") || !strings.Contains(err.Error(), "protocol caldav") {
		t.Errorf("setting up: %v", err)
	}
	_, page := answered(t, h.Staff(httptest.NewRequest(http.MethodGet, "/bookings", nil)))
	if want := i18n.T("de", "booking.why.elsewhere", "booking", "YouCanBookMe Ltd."); !strings.Contains(said(page), want) {
		t.Errorf("the console says %s", said(page))
	}
}
