package newsletter_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kept/internal/activity/activitytest"
	"kept/internal/activity/newsletter"
	"kept/internal/mail"
	"kept/internal/mail/mailtest"
	"kept/internal/subject"
)

var allFields = []string{"email", "first_name", "last_name", "company", "language", "proof_address", "sign_up", "confirmation", "text_shown", "changes", "unsubscription", "suppression"}

const declared = `kept: 1
notice: {version: 2026-11-01, languages: [de, en], jurisdiction: DE}
controller: {name: Musteragentur GmbH, address: "Musterstraße 1, 65183 Wiesbaden, DE", email: privacy@agentur.example}
activities:
`

// policyOf returns a policy whose newsletter lists fields, none without any.
func policyOf(fields []string) string {
	if len(fields) == 0 {
		return strings.Replace(declared, "activities:", "activities: {}", 1)
	}
	var proof, letters, measured []string
	for _, f := range fields {
		if f == "opens" || f == "clicks" {
			measured = append(measured, f+": true")
		}
		if f == "opens" || f == "clicks" || f == "dispatch" {
			letters = append(letters, f)
		} else if slices.Index(allFields, f) >= slices.Index(allFields, "proof_address") {
			proof = append(proof, f)
		}
	}
	rule := ""
	if len(letters) > 0 {
		rule = fmt.Sprintf("      - {data: [%s], from: sent, keep: 90 days, then: delete}\n      - {data: [%[1]s], from: unsubscribe, keep: 0 days, then: delete}\n", strings.Join(letters, ", "))
	}
	settings := "double_opt_in: true"
	if len(measured) > 0 {
		settings += ", measure: {" + strings.Join(measured, ", ") + "}"
	}
	return declared + fmt.Sprintf(`  newsletter:
    purpose: marketing.communications.email
    basis: consent
    data: [%s]
    settings: {%s}
    retention:
      - {from: sign-up, keep: 7 days, then: delete, unless: confirmed}
      - {from: unsubscribe, keep: 0 days, then: delete}
      - {data: [%s], from: unsubscribe, keep: 3 years, then: delete, reason: {en: defence of claims, de: Abwehr von Ansprüchen}}
      - {from: request, keep: 0 days, then: delete}
`, strings.Join(fields, ", "), settings, strings.Join(proof, ", ")) + rule
}

// person is somebody with a browser and a mailbox.
type person struct {
	t                           *testing.T
	h                           *activitytest.House
	email, first, last, company string
	ip                          string
}

func someone(h *activitytest.House, n int) *person {
	return &person{t: h.T.(*testing.T), h: h, email: fmt.Sprintf("ada%d@person.example", n), first: fmt.Sprintf("Adalena%d", n),
		last: fmt.Sprintf("Lovelock%d", n), company: fmt.Sprintf("Maschinenbau%d", n), ip: fmt.Sprintf("192.0.2.%d", n%250+1)}
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

func answered(t *testing.T, got *http.Response) (int, string) {
	t.Helper()
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got.StatusCode, string(body)
}

var version = regexp.MustCompile(`name="version" value="([0-9a-f]+)"`)

// order fills in the form and sends it.
func (p *person) order() (status int, body string) {
	p.t.Helper()
	status, form := p.ask(http.MethodGet, newsletter.Path, nil)
	found := version.FindStringSubmatch(form)
	if status != http.StatusOK || found == nil {
		return status, form
	}
	return p.ask(http.MethodPost, newsletter.Path, url.Values{"version": {found[1]}, "agree": {"yes"}, "email": {p.email},
		"first": {p.first}, "last": {p.last}, "company": {p.company}})
}

// mails are what lies in the person's mailbox.
func (p *person) mails() []mailtest.Mail {
	p.t.Helper()
	p.h.Work()
	return p.h.Sink.To(p.email)
}

// link returns a link of the newest mail, as a path on the site's door.
func (p *person) link(part string) string {
	p.t.Helper()
	all := p.mails()
	if len(all) == 0 {
		p.t.Fatal("there is no mail")
	}
	link := all[len(all)-1].Link(part)
	if link == "" {
		p.t.Fatalf("the mail has no link %s:\n%s", part, all[len(all)-1].Raw)
	}
	u, err := url.Parse(link)
	if err != nil {
		p.t.Fatal(err)
	}
	return u.Path
}

// subscribe orders and confirms.
func (p *person) subscribe() {
	p.t.Helper()
	if status, body := p.order(); status != http.StatusOK {
		p.t.Fatalf("order: %d\n%s", status, body)
	}
	p.press(p.link("/confirm/"))
	p.h.Work()
}

// press opens a page and presses its button.
func (p *person) press(path string) string {
	p.t.Helper()
	if status, body := p.ask(http.MethodGet, path, nil); status != http.StatusOK {
		p.t.Fatalf("GET %s: %d\n%s", path, status, body)
	}
	status, body := p.ask(http.MethodPost, path, url.Values{"do": {"yes"}})
	if status != http.StatusOK {
		p.t.Fatalf("POST %s: %d\n%s", path, status, body)
	}
	return body
}

// subject returns who the person is, empty if nobody knows.
func (p *person) subject() string {
	p.t.Helper()
	address, err := mail.Normalise(p.email)
	if err != nil {
		p.t.Fatal(err)
	}
	id, err := p.h.Subjects.Find(p.t.Context(), p.h.DB, subject.Email, address)
	if err != nil {
		return ""
	}
	return id
}

// news is the newsletter at work.
func news(h *activitytest.House) *newsletter.Newsletter {
	return h.Running(newsletter.Name).(*newsletter.Newsletter)
}
