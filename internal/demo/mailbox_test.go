package demo

import (
	"io"
	"net/http"
	"net/smtp"
	"net/url"
	"strings"
	"testing"
)

const sample = "From: News <post@agentur.example>\r\nTo: ada@person.example\r\nReply-To: contact+abc@agentur.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <1@agentur.example>\r\n" +
	"List-Unsubscribe: <mailto:leave+xyz@agentur.example?subject=x>, <https://agentur.example/leave>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello, <b> http://127.0.0.1:8080/privacy/confirm/1 bye\r\n--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n--b--\r\n"

// Who looks at the demo reads what was mailed, follows its links, and answers.
func TestTheMailboxShowsMailsAndAnswersThem(t *testing.T) {
	open := func() *Mailbox {
		b, err := OpenMailbox(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		return b
	}
	here, house := open(), open() // the second plays what takes the answers
	here.Answers(strings.TrimPrefix(house.Relay(), "smtp://"))
	if err := smtp.SendMail(strings.TrimPrefix(here.Relay(), "smtp://"), nil, "post@agentur.example", []string{"ada@person.example"}, []byte(sample)); err != nil {
		t.Fatal(err)
	}
	get := func(b *Mailbox) string {
		r, err := http.Get(b.Page())
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	page := get(here)
	for _, part := range []string{"<h2>Grüße</h2>", `<a href="http://127.0.0.1:8080/privacy/confirm/1">`, "&lt;b&gt;", "REQUEST", `value="leave&#43;xyz@agentur.example"`} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %s:\n%s", part, page)
		}
	}
	form := url.Values{"mail": {"1"}, "to": {"contact+abc@agentur.example"}, "title": {"Re: Grüße"}, "text": {"Danke\n.\nAda"}}
	r, err := http.PostForm(here.Page()+"answer", form)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%v, %v", r, err)
	}
	_ = r.Body.Close()
	if got := get(house); !strings.Contains(got, "to contact&#43;abc@agentur.example") || !strings.Contains(got, "Danke\n.\nAda") {
		t.Errorf("the answer did not arrive:\n%s", got)
	}
	for _, wrong := range []url.Values{{"mail": {"7"}, "to": {"a@b.example"}}, {"mail": {"1"}, "to": {"a@b.example\r\nBcc: c@d.example"}}} {
		r, err := http.PostForm(here.Page()+"answer", wrong)
		if err != nil || r.StatusCode != http.StatusBadRequest {
			t.Errorf("%v: %v, %v", wrong, r, err)
		}
		_ = r.Body.Close()
	}
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, here.Page()+"answer", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.Header.Set("Sec-Fetch-Site", "cross-site")
	r, err = http.DefaultClient.Do(q)
	if err != nil || r.StatusCode != http.StatusForbidden {
		t.Errorf("another site answers: %v, %v", r, err)
	}
	_ = r.Body.Close()
}
