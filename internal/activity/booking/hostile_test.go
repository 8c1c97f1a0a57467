package booking_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/booking"
	"kept/internal/store/storetest"
)

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

// Whoever books with somebody else's address cannot have a sentence of their own sent
// to it: only what looks like a name is greeted.
func TestOnlyANameIsGreeted(t *testing.T) {
	h := house(t, storetest.SQLite(t), policyOf(allFields))
	for n, first := range []string{"Win a car at https://evil.example", "evil.example", "call 0611 55512", strings.Repeat("Ada ", 30), "<b>Ada</b>"} {
		p := someone(h, n+1)
		p.form.Set("first", first)
		p.books(at.Add(time.Duration(n) * time.Hour))
		if m := p.newest(); strings.Contains(string(m.Raw), first) || !strings.Contains(m.Read().Text, "Hello,\n") {
			t.Errorf("%q came into the mail:\n%s", first, m.Raw)
		}
	}
	p := someone(h, 9)
	p.form.Set("first", "Dr. Zoë-Ann")
	p.form.Set("last", "O’Neill, M. A.")
	p.books(at.AddDate(0, 0, 1))
	if m := p.newest(); !strings.Contains(m.Read().Text, "Hello Dr. Zoë-Ann O’Neill, M. A.,") {
		t.Errorf("a name is not greeted:\n%s", m.Read().Text)
	}
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

// Many networks together have no more confirmed than one bound allows; nothing is booked
// beyond it.
func TestManyStrangersAreHeldOff(t *testing.T) {
	each(t, func(t *testing.T, h *activitytest.House) {
		h.Mail.Settings.Crowd = 2
		for n := range 3 {
			status, body := someone(h, n).book(at.Add(time.Duration(n) * time.Hour))
			if n < 2 && status != http.StatusOK || n == 2 && (status != http.StatusTooManyRequests || !strings.Contains(said(body), "try again in an hour")) {
				t.Errorf("%d: %d\n%s", n, status, said(body))
			}
		}
		h.Work()
		if n := count(t, h, "select count(*) from booking_appointment"); n != 2 {
			t.Errorf("%d appointments", n)
		}
	})
}
