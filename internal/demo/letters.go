package demo

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/smtp"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// Letters is a handful of people who write to the operator of the site, and staff
// who answers: by the form, by mail and at the console, as anybody would.
type Letters struct {
	Site, Console string // addresses without a final slash
	Receiver      string // host:port that takes mail
	Mailbox       *Mailbox
	Set           func(time.Time)
	Work          func(ctx context.Context) error
	SignIn        func(ctx context.Context) (string, error) // returns an address that lets staff in
}

// letterOf is one person's correspondence.
type letterOf struct {
	left            int // days before the last
	first, last     string
	email, title    string
	text            string
	byMail          bool
	answer, follows string // of staff; by mail, after the answer
	concluded       bool
}

var correspondence = []letterOf{
	{left: 20, first: "Clara", last: "Beispiel", email: "clara@kundin.example", title: "Preisliste", text: "Guten Tag, senden Sie mir bitte Ihre Preisliste?",
		answer: "Guten Tag,\n\nsie liegt unter Leistungen.\n\nIhre Musteragentur", concluded: true},
	{left: 6, first: "Jonas", last: "Muster", email: "jonas@werkstatt.example", title: "Neue Website", text: "Hallo,\n\nwir brauchen bis zum Frühjahr eine neue Website. Haben Sie Zeit?",
		answer: "Guten Tag,\n\nja. Passt Ihnen ein Gespräch am Donnerstag?\n\nIhre Musteragentur", follows: "Donnerstag passt, um zehn Uhr."},
	{left: 3, first: "Amelia", last: "Example", email: "amelia@studio.example", title: "Photographs", text: "Hello, may we use two of the photographs on your site in a lecture?",
		answer: "Hello,\n\nyes, with our name beside them.\n\nMusteragentur"},
	{left: 2, first: "Erik", last: "Probe", email: "erik@verein.example", title: "Plakate für das Fest", text: "Guten Tag, was kosten 200 Plakate?", byMail: true},
	{left: 1, first: "Mara", last: "Vorlage", email: "mara@laden.example", title: "Rückruf", text: "Bitte rufen Sie mich an, ich habe eine Frage zur Rechnung."},
}

// Evening lets those write whose day it is.
func (l *Letters) Evening(ctx context.Context, evening time.Time, left int) error {
	for _, each := range correspondence {
		if each.left != left {
			continue
		}
		if err := l.write(ctx, each, evening); err != nil {
			return fmt.Errorf("%s writes: %w", each.first, err)
		}
	}
	return nil
}

func (l *Letters) write(ctx context.Context, p letterOf, at time.Time) error {
	if p.byMail {
		if err := l.mail(p, "contact", p.title, p.text); err != nil {
			return err
		}
		return l.Work(ctx)
	}
	if err := l.fill(ctx, p, at); err != nil {
		return err
	}
	l.Set(at.Add(time.Hour))
	if err := l.Work(ctx); err != nil || p.answer == "" {
		return err
	}
	if err := l.reply(ctx, p); err != nil {
		return err
	}
	l.Set(at.Add(2 * time.Hour))
	if err := l.Work(ctx); err != nil || p.follows == "" {
		return err
	}
	to, _, _ := strings.Cut(l.Mailbox.answersTo(p.email), "@")
	if err := l.mail(p, to, "Re: "+p.title, p.follows); err != nil {
		return err
	}
	return l.Work(ctx)
}

var (
	tokenField = regexp.MustCompile(`name="token" value="([^"]+)"`)
	onceField  = regexp.MustCompile(`name="once" value="([^"]+)"`)
)

// fill fetches the form, and sends it after a minute.
func (l *Letters) fill(ctx context.Context, p letterOf, at time.Time) error {
	form := l.Site + "/privacy/contact"
	page, err := ask(ctx, http.DefaultClient, http.MethodGet, form, nil)
	if err != nil {
		return err
	}
	token := tokenField.FindStringSubmatch(page)
	if token == nil {
		return nil // the policy was edited: there is no form
	}
	l.Set(at.Add(time.Minute))
	_, err = ask(ctx, http.DefaultClient, http.MethodPost, form, url.Values{
		"token": {token[1]}, "first": {p.first}, "last": {p.last}, "email": {p.email}, "subject": {p.title}, "message": {p.text},
	})
	return err
}

// reply has staff answer from the console.
func (l *Letters) reply(ctx context.Context, p letterOf) error {
	link, err := l.SignIn(ctx)
	if err != nil {
		return err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	staff := &http.Client{Jar: jar, Timeout: time.Minute}
	if _, err := ask(ctx, staff, http.MethodPost, link, url.Values{}); err != nil {
		return err
	}
	inbox, err := ask(ctx, staff, http.MethodGet, l.Console+"/contact", nil)
	if err != nil {
		return err
	}
	found := regexp.MustCompile(`href="(/contact/[0-9a-z]{26})[^"]*"><bdi>` + regexp.QuoteMeta(p.first)).FindStringSubmatch(inbox)
	if found == nil {
		return nil
	}
	page, err := ask(ctx, staff, http.MethodGet, l.Console+found[1], nil)
	if err != nil {
		return err
	}
	once := onceField.FindStringSubmatch(page)
	if once == nil {
		return nil
	}
	do := "answer"
	if p.concluded {
		do = "conclude"
	}
	_, err = ask(ctx, staff, http.MethodPost, l.Console+found[1]+"/answer", url.Values{"once": {once[1]}, "answer": {p.answer}, "do": {do}})
	return err
}

// ask sends a request and returns the page that it leads to.
func ask(ctx context.Context, client *http.Client, method, address string, form url.Values) (string, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Accept-Language", "de")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err == nil && answer.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s %s: %s", method, address, answer.Status)
	}
	return string(page), err
}

// mail sends a mail to a mailbox of the operator's.
func (l *Letters) mail(p letterOf, local, title, text string) error {
	to := local + "@agentur.example"
	head := "From: " + p.first + " " + p.last + " <" + p.email + ">\r\nTo: " + to + "\r\nSubject: " + title + "\r\n" +
		"Message-ID: <" + p.first + fmt.Sprint(len(text)) + "@demo.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
	return smtp.SendMail(l.Receiver, nil, p.email, []string{to}, []byte(head+text+"\r\n"))
}
