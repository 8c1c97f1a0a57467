package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-smtp"
)

const (
	mostMails   = 200     // that a mailbox keeps
	largestMail = 1 << 20 // bytes of one that it keeps
)

// Mailbox is everybody's: a mail server on a loopback port that takes whatever is
// sent, passes nothing on, and shows it on a page.
type Mailbox struct {
	relay, page string // host:port
	server      *smtp.Server
	web         *http.Server

	mu    sync.Mutex
	mails []letter
}

// letter is a mail as the page shows it.
type letter struct {
	At        string
	To, Title string
	ReplyTo   string // where its answers go, empty: to the sender
	Lines     [][]piece
}

// piece is a part of a line: text, or an address to open.
type piece struct{ Text, Link string }

// OpenMailbox listens on free loopback ports.
func OpenMailbox(ctx context.Context) (*Mailbox, error) {
	var lc net.ListenConfig
	relay, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open the mailbox: %w", err)
	}
	page, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the mailbox: %w", err), relay.Close())
	}
	b := &Mailbox{relay: relay.Addr().String(), page: page.Addr().String()}
	b.server = smtp.NewServer(b)
	b.server.Domain, b.server.MaxMessageBytes, b.server.EnableSMTPUTF8 = "mailbox.localhost", 64<<20, true
	b.web = &http.Server{Handler: http.HandlerFunc(b.show), ReadHeaderTimeout: 5 * time.Second}
	go b.server.Serve(relay) // ends with Close
	go b.web.Serve(page)     // ends with Close
	return b, nil
}

// Relay is the address for --smtp.
func (b *Mailbox) Relay() string { return "smtp://" + b.relay }

// Page is where the mails can be read.
func (b *Mailbox) Page() string { return "http://" + b.page + "/" }

// Close stops both.
func (b *Mailbox) Close() error { return errors.Join(b.server.Close(), b.web.Close()) }

// NewSession implements smtp.Backend.
func (b *Mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{box: b}, nil }

// delivery is one mail on its way in.
type delivery struct {
	box *Mailbox
	to  []string
}

func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	d.to = append(d.to, to)
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	raw, err := io.ReadAll(io.LimitReader(r, largestMail))
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	d.box.take(strings.Join(d.to, ", "), raw)
	return nil
}

func (d *delivery) Reset()        { d.to = nil }
func (d *delivery) Logout() error { return nil }

// answersTo returns where the answers to the newest mail to somebody go, empty if
// none has arrived or says it.
func (b *Mailbox) answersTo(somebody string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := len(b.mails) - 1; i >= 0; i-- {
		if b.mails[i].To == somebody {
			return b.mails[i].ReplyTo
		}
	}
	return ""
}

// linkFor returns the first link with part in its path in the newest mail to somebody
// that has one, empty if none has arrived.
func (b *Mailbox) linkFor(somebody, part string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := len(b.mails) - 1; i >= 0; i-- {
		if b.mails[i].To != somebody {
			continue
		}
		for _, line := range b.mails[i].Lines {
			for _, p := range line {
				if strings.Contains(p.Link, part) {
					return p.Link
				}
			}
		}
	}
	return ""
}

func (b *Mailbox) take(to string, raw []byte) {
	l := letter{At: time.Now().Format("15:04:05"), To: to}
	title, reply, text := read(raw)
	l.Title, l.ReplyTo = title, reply
	for line := range strings.Lines(text) {
		l.Lines = append(l.Lines, pieces(strings.TrimRight(line, "\r\n")))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append(b.mails, l)
	b.mails = b.mails[max(0, len(b.mails)-mostMails):]
}

// read returns of a mail its title, where its answers go, and its plain text; what
// cannot be read stays empty.
func read(raw []byte) (title, reply, text string) {
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		return "", "", ""
	}
	title, _ = r.Header.Subject()
	if list, err := r.Header.AddressList("Reply-To"); err == nil && len(list) > 0 {
		reply = list[0].Address
	}
	for {
		part, err := r.NextPart()
		if err != nil {
			return title, reply, ""
		}
		inline, ok := part.Header.(*mail.InlineHeader)
		if !ok {
			continue
		}
		if kind, _, _ := inline.ContentType(); kind != "text/plain" {
			continue
		}
		body, _ := io.ReadAll(part.Body)
		return title, reply, string(body)
	}
}

var links = regexp.MustCompile(`https?://[^\s<>"]+`)

func pieces(line string) (found []piece) {
	from := 0
	for _, at := range links.FindAllStringIndex(line, -1) {
		found = append(found, piece{Text: line[from:at[0]]}, piece{Text: line[at[0]:at[1]], Link: line[at[0]:at[1]]})
		from = at[1]
	}
	return append(found, piece{Text: line[from:]})
}

var mailboxPage = template.Must(template.New("mailbox").Parse(`<!doctype html><html lang="en"><meta charset="utf-8">
<title>Mailbox</title><style>body{font:1rem/1.5 system-ui;max-width:50rem;margin:3rem auto;padding:0 1rem;color-scheme:light dark}article{border-top:1px solid;padding:1rem 0}pre{white-space:pre-wrap;font:inherit}h2{font-size:1.1rem;margin:0}</style>
<h1>Mailbox</h1><p>This plays everybody’s mailbox. {{if .}}Newest first.{{else}}Nothing has arrived. Sign up for the newsletter with any address, and the mail comes here.{{end}}</p>
{{range .}}<article><h2>{{.Title}}</h2><p>{{.At}} to {{.To}}</p><pre>{{range .Lines}}{{range .}}{{if .Link}}<a href="{{.Link}}">{{.Text}}</a>{{else}}{{.Text}}{{end}}{{end}}
{{end}}</pre></article>{{end}}</html>`))

func (b *Mailbox) show(w http.ResponseWriter, _ *http.Request) {
	b.mu.Lock()
	mails := make([]letter, 0, len(b.mails))
	for i := range b.mails {
		mails = append(mails, b.mails[len(b.mails)-1-i])
	}
	b.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// An error here means that the reader has gone.
	_ = mailboxPage.Execute(w, mails)
}
