package booking_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/booking"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/mail/mailtest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

var allFields = []string{"first_name", "last_name", "email", "phone", "company", "appointment", "time_zone", "language", "message"}

const head = `kept: 1
notice: {version: 2026-11-01, languages: [de, en], jurisdiction: DE}
controller: {name: Musteragentur GmbH, address: "Musterstraße 1, 65183 Wiesbaden, DE", email: privacy@agentur.example}
`

// policyOf returns a policy whose booking lists fields, none without any.
func policyOf(fields []string) string {
	if len(fields) == 0 {
		return head + "activities: {}\n"
	}
	return head + fmt.Sprintf(`activities:
  booking:
    purpose: essential.service.booking
    basis: contract
    data: [%s]
    settings: {remind: 1 day}
    retention:
      - {from: collection, keep: 6 months, then: delete}
      - {from: request, keep: 0 days, then: delete}
`, strings.Join(fields, ", "))
}

// noon is a Saturday's.
var noon = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

func each(t *testing.T, f func(t *testing.T, h *activitytest.House)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, place store.Config) { f(t, house(t, place, policyOf(allFields))) })
}

// house is one in which talks can be booked around the clock.
func house(t *testing.T, place store.Config, text string) *activitytest.House {
	t.Helper()
	h := activitytest.Env(t, place, text, clock.At(noon), booking.Kind{})
	open(t, h)
	return h
}

// open sets up a calendar that is always open, and a talk of half an hour in it.
func open(t testing.TB, h *activitytest.House) {
	t.Helper()
	hours, err := booking.ParseHours("Mon-Sun 00:00-24:00", "")
	fatal(t, err)
	zone, err := booking.ZoneOf("Europe/Berlin")
	fatal(t, err)
	fatal(t, diary(h).SetCalendar(t.Context(), booking.Calendar{Key: "anna", Name: "Anna", Zone: zone, Hours: hours}, "test"))
	fatal(t, diary(h).SetType(t.Context(), talk(), "test"))
}

func talk() booking.Type {
	return booking.Type{Key: "talk", Calendar: "anna", Title: policy.Text{"de": "Erstgespräch", "en": "First talk"}, Place: "Musterstraße 1", Length: 30, Step: 30, Ahead: 60, Capacity: 1}
}

func diary(h *activitytest.House) *booking.Diary {
	return h.Running(booking.Name).(*booking.Diary)
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// person is somebody with a browser and a mailbox.
type person struct {
	t     testing.TB
	h     *activitytest.House
	email string
	form  url.Values
	ip    string
}

func someone(h *activitytest.House, n int) *person {
	p := &person{t: h.T, h: h, email: fmt.Sprintf("ada%d@person.example", n), ip: fmt.Sprintf("192.0.%d.%d", n/250%250, n%250+1)}
	p.form = url.Values{"email": {p.email}, "first": {fmt.Sprintf("Adalena%d", n)}, "last": {fmt.Sprintf("Lovelock%d", n)}, "phone": {fmt.Sprintf("+49 611 55%04d", n)},
		"company": {fmt.Sprintf("Maschinenbau%d", n)}, "message": {fmt.Sprintf("Rechenwerk%d", n)}}
	return p
}

// ask sends a request as the person's browser does.
func (p *person) ask(method, address string, form url.Values) (status int, body string) {
	p.t.Helper()
	r := httptest.NewRequest(method, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "en")
	r.RemoteAddr = p.ip + ":40000"
	return answered(p.t, p.h.Serve(r))
}

func answered(t testing.TB, got *http.Response) (int, string) {
	t.Helper()
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	fatal(t, err)
	return got.StatusCode, string(body)
}

// slot is the address of a time of the talk.
func slot(at time.Time) string {
	return booking.Path + "/booking/talk/" + at.UTC().Format("20060102T1504Z")
}

// book fills in the form of a time and sends it.
func (p *person) book(at time.Time) (status int, body string) {
	p.t.Helper()
	return p.ask(http.MethodPost, slot(at)+"?zone=America/New_York", p.form)
}

// books books and has it settled.
func (p *person) books(at time.Time) {
	p.t.Helper()
	if status, body := p.book(at); status != http.StatusOK {
		p.t.Fatalf("book: %d\n%s", status, body)
	}
	p.h.Work()
}

// mails are what lies in the person's mailbox.
func (p *person) mails() []mailtest.Mail {
	p.t.Helper()
	p.h.Work()
	return p.h.Sink.To(p.email)
}

// newest is the newest mail.
func (p *person) newest() mailtest.Mail {
	p.t.Helper()
	all := p.mails()
	if len(all) == 0 {
		p.t.Fatal("there is no mail")
	}
	return all[len(all)-1]
}

// link is the page of the person's appointment, as a path of the site's door.
func (p *person) link() string {
	p.t.Helper()
	u, err := url.Parse(p.newest().Link("/mine/"))
	fatal(p.t, err)
	if u.Path == "" {
		p.t.Fatalf("the mail has no link:\n%s", p.newest().Raw)
	}
	return u.Path
}

// press presses the button of a page.
func (p *person) press(path string) string {
	p.t.Helper()
	status, body := p.ask(http.MethodPost, path, url.Values{"do": {"yes"}})
	if status != http.StatusOK {
		p.t.Fatalf("POST %s: %d\n%s", path, status, body)
	}
	p.h.Work()
	return body
}

// subject returns who the person is, empty if nobody knows.
func (p *person) subject() string {
	p.t.Helper()
	address, err := mail.Normalise(p.email)
	fatal(p.t, err)
	id, err := p.h.Subjects.Find(p.t.Context(), p.h.DB, subject.Email, address)
	if fault.Is(err, fault.NotFound) {
		return ""
	}
	fatal(p.t, err)
	return id
}

func count(t testing.TB, h *activitytest.House, query string, args ...any) (n int) {
	t.Helper()
	fatal(t, h.DB.QueryRowContext(t.Context(), query, args...).Scan(&n))
	return n
}

var tags = regexp.MustCompile(`<[^>]*>`)

func said(page string) string {
	return strings.Join(strings.Fields(tags.ReplaceAllString(page, " ")), " ")
}

func leaves(t testing.TB, h *activitytest.House, kind string) int64 {
	t.Helper()
	_, err := h.Ledger.Sequence(t.Context())
	fatal(t, err)
	all, err := h.Ledger.Count(t.Context())
	fatal(t, err)
	return all[kind]
}

func slots(t testing.TB, h *activitytest.House, first, last string) []string {
	t.Helper()
	_, body := someone(h, 0).ask(http.MethodGet, booking.Path+"/api/booking/talk?from="+first+"&to="+last, nil)
	var found struct {
		Slots []booking.Slot `json:"slots"`
	}
	fatal(t, json.Unmarshal([]byte(body), &found))
	var all []string
	for _, s := range found.Slots {
		all = append(all, s.Start.UTC().Format("01-02T15:04"))
	}
	slices.Sort(all)
	return all
}
