package contact_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/contact"
	"kept/internal/clock"
	"kept/internal/mail"
	"kept/internal/mail/mailtest"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/subject"
)

var noon = time.Date(2026, time.November, 21, 12, 0, 0, 0, time.UTC)

var allFields = []string{"first_name", "last_name", "email", "phone", "company", "subject", "message", "attachments", "correspondence", "notes", "time"}

const declared = `kept: 1
notice: {version: 2026-11-01, languages: [de, en], jurisdiction: DE}
controller: {name: Musteragentur GmbH, address: "Musterstraße 1, 65183 Wiesbaden, DE", email: privacy@agentur.example}
activities:
`

const (
	ruleCollected = "      - {from: collection, keep: 6 months, then: delete}\n"
	ruleConcluded = "      - {from: concluded, keep: 0 days, then: delete}\n"
	ruleRequested = "      - {from: request, keep: 0 days, then: delete}\n"
	conclude      = "    settings: {conclude_after: 14 days}\n"
)

// policyOf returns a policy whose contact form lists fields, none without any.
func policyOf(fields []string) string {
	if len(fields) == 0 {
		return strings.Replace(declared, "activities:", "activities: {}", 1)
	}
	return declared + "  contact:\n    purpose: essential.service.operations.support\n    basis: contract\n    data: [" + strings.Join(fields, ", ") + "]\n" +
		"    retention:\n" + ruleCollected + ruleConcluded + ruleRequested
}

// pausing is the policy in which a correspondence ends after a pause.
func pausing() string {
	return strings.Replace(policyOf(allFields), "    retention:\n", conclude+"    retention:\n", 1)
}

func each(t *testing.T, f func(t *testing.T, h *activitytest.House)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, place store.Config) { f(t, house(t, place, pausing())) })
}

func solo(t *testing.T) *activitytest.House {
	t.Helper()
	return house(t, storetest.SQLite(t), pausing())
}

func house(t *testing.T, place store.Config, policy string) *activitytest.House {
	t.Helper()
	return activitytest.Env(t, place, policy, clock.At(noon), contact.Kind{})
}

// person is somebody with a browser and a mailbox.
type person struct {
	t                           *testing.T
	h                           *activitytest.House
	email, first, last          string
	phone, company, title, text string
	ip                          string
}

func someone(h *activitytest.House, n int) *person {
	return &person{t: h.T.(*testing.T), h: h, email: fmt.Sprintf("ada%d@person.example", n), first: fmt.Sprintf("Adalena%d", n), last: fmt.Sprintf("Lovelock%d", n),
		phone: fmt.Sprintf("+49 611 55500%d", n), company: fmt.Sprintf("Maschinenbau%d", n), title: fmt.Sprintf("Steckerfrage%d", n), text: fmt.Sprintf("Passt der Stecker Modell%d?", n),
		ip: fmt.Sprintf("192.0.2.%d", n%250+1)}
}

// ask sends a request as the person's browser does.
func (p *person) ask(method, address string, form url.Values, change ...func(*http.Request)) (status int, body string) {
	p.t.Helper()
	r := httptest.NewRequest(method, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "en")
	r.RemoteAddr = p.ip + ":40000"
	for _, c := range change {
		c(r)
	}
	return answered(p.t, p.h.Serve(r))
}

func answered(t *testing.T, got *http.Response) (int, string) {
	t.Helper()
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, string(body)
}

var token = regexp.MustCompile(`name="token" value="([A-Za-z0-9_-]+)"`)

// fill fetches the form a while ago and returns it filled in.
func (p *person) fill() url.Values {
	p.t.Helper()
	p.h.Clock.Advance(-time.Minute) // typing takes its time
	status, form := p.ask(http.MethodGet, contact.Path, nil)
	p.h.Clock.Advance(time.Minute)
	found := token.FindStringSubmatch(form)
	if status != http.StatusOK || found == nil {
		return nil
	}
	return url.Values{"token": {found[1]}, "first": {p.first}, "last": {p.last}, "email": {p.email}, "phone": {p.phone},
		"company": {p.company}, "subject": {p.title}, "message": {p.text}}
}

// write fills in the form and sends it.
func (p *person) write() (status int, body string) {
	p.t.Helper()
	return p.ask(http.MethodPost, contact.Path, p.fill())
}

// attached sends the form with files, as a browser does.
func (p *person) attached(form url.Values, files map[string][]byte) (status int, body string) {
	p.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, values := range form {
		for _, v := range values {
			check(p.t, w.WriteField(name, v))
		}
	}
	for name, content := range files {
		head := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="files"; filename="` + name + `"`}, "Content-Type": {"text/html"}}
		part, err := w.CreatePart(head)
		check(p.t, err)
		_, err = part.Write(content)
		check(p.t, err)
	}
	check(p.t, w.Close())
	r := httptest.NewRequest(http.MethodPost, contact.Path, &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Accept-Language", "en")
	r.RemoteAddr = p.ip + ":40000"
	return answered(p.t, p.h.Serve(r))
}

// writes sends the form once more.
func (p *person) writes() {
	p.t.Helper()
	if status, body := p.write(); status != http.StatusOK {
		p.t.Fatalf("write: %d\n%s", status, body)
	}
	p.h.Work()
}

// begin writes and returns the conversation.
func (p *person) begin() string {
	p.t.Helper()
	p.writes()
	return p.conversation()
}

// conversation is the person's only one.
func (p *person) conversation() string {
	p.t.Helper()
	all := p.conversations()
	if len(all) != 1 {
		p.t.Fatalf("%d conversations", len(all))
	}
	return all[0]
}

func (p *person) conversations() (ids []string) {
	p.t.Helper()
	p.h.Work()
	rows, err := p.h.DB.QueryContext(p.t.Context(), "select id from contact_conversation where subject = $1 order by opened_at, id", p.subject())
	check(p.t, err)
	defer rows.Close()
	for rows.Next() {
		var id string
		check(p.t, rows.Scan(&id))
		ids = append(ids, id)
	}
	check(p.t, rows.Err())
	return ids
}

// mails are what lies in the person's mailbox.
func (p *person) mails() []mailtest.Mail {
	p.t.Helper()
	p.h.Work()
	return p.h.Sink.To(p.email)
}

// latest is the newest mail.
func (p *person) latest() mailtest.Mail {
	p.t.Helper()
	all := p.mails()
	if len(all) == 0 {
		p.t.Fatal("there is no mail")
	}
	return all[len(all)-1]
}

var replyTo = regexp.MustCompile(`(?im)^Reply-To: <?([^>\r\n]+)>?\r?$`)

// replyAddress is where answers to the newest mail go.
func (p *person) replyAddress() string {
	p.t.Helper()
	found := replyTo.FindStringSubmatch(string(p.latest().Raw))
	if found == nil {
		p.t.Fatalf("the mail says not where answers go:\n%s", p.latest().Raw)
	}
	return found[1]
}

// send sends a mail; head are further lines of its head.
func (p *person) send(to, title, text string, head ...string) {
	p.t.Helper()
	p.sendAs(p.email, to, title, text, head...)
}

func (p *person) sendAs(from, to, title, text string, head ...string) {
	p.t.Helper()
	lines := append([]string{"From: " + p.first + " " + p.last + " <" + from + ">", "To: " + to, "Subject: " + title, "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"}, head...)
	if !slices.ContainsFunc(head, func(l string) bool { return strings.HasPrefix(l, "Message-ID") }) {
		lines = append(lines, "Message-ID: <"+store.NewID()+"@person.example>")
	}
	raw := strings.Join(lines, "\r\n") + "\r\n\r\n" + strings.ReplaceAll(text, "\n", "\r\n") + "\r\n"
	check(p.t, p.h.Mail.Bring(p.t.Context(), from, []string{to}, []byte(raw)))
	p.h.Work()
}

// subject returns who the person is, empty if nobody knows.
func (p *person) subject() string {
	p.t.Helper()
	address, err := mail.Normalise(p.email)
	check(p.t, err)
	id, err := p.h.Subjects.Find(p.t.Context(), p.h.DB, subject.Email, address)
	if err != nil {
		return ""
	}
	return id
}

// staff is the account that the house signs everybody in as.
const staff = "0123456789abcdefghjkmnpqrs"

// desk sends a request as somebody of the staff.
func desk(h *activitytest.House, method, address string, form url.Values) *http.Response {
	r := httptest.NewRequest(method, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept-Language", "en")
	return h.Staff(r)
}

func correspondence(h *activitytest.House) *contact.Correspondence {
	return h.Running(contact.Name).(*contact.Correspondence)
}

// answer has staff answer.
func answer(h *activitytest.House, id, text string) {
	h.T.Helper()
	check(h.T, correspondence(h).Answer(context.Background(), id, text, staff, store.NewID()))
	h.Work()
}

func concluding(h *activitytest.House, id string) error {
	_, err := correspondence(h).Conclude(context.Background(), id, staff, false)
	return err
}

func look(h *activitytest.House, id string) contact.View {
	h.T.Helper()
	v, err := correspondence(h).Look(context.Background(), id, staff)
	check(h.T, err)
	return v
}

func count(h *activitytest.House, query string, args ...any) (n int) {
	h.T.Helper()
	check(h.T, h.DB.QueryRowContext(context.Background(), query, args...).Scan(&n))
	return n
}

// restrict restricts a person's data.
func restrict(h *activitytest.House, subject string) {
	h.T.Helper()
	check(h.T, h.DB.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		return h.Subjects.Restrict(ctx, tx, subject, "disputed")
	}))
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
