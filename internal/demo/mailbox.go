package demo

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"mime"
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

	mu       sync.Mutex
	mails    []letter
	arrived  int    // ever
	sent     int    // answers
	receiver string // takes answers; empty: nothing does
}

// letter is a mail as the page shows it.
type letter struct {
	N         int // the how-manieth that arrived
	At        string
	To, Title string
	ReplyTo   string // where its answers go, empty: to the sender
	Leave     string // where a mail unsubscribes, empty: nowhere
	MessageID string
	Files     []string // what came with it
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
	b.web = &http.Server{Handler: b.handler(), ReadHeaderTimeout: 5 * time.Second}
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
	l, text := read(raw)
	l.At, l.To = time.Now().Format("15:04:05"), to
	for line := range strings.Lines(text) {
		l.Lines = append(l.Lines, pieces(strings.TrimRight(line, "\r\n")))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.arrived++
	l.N = b.arrived
	b.mails = append(b.mails, l)
	b.mails = b.mails[max(0, len(b.mails)-mostMails):]
}

// read returns of a mail what its head says, what came with it, and its plain text; what
// cannot be read stays empty.
func read(raw []byte) (l letter, text string) {
	r, err := mail.CreateReader(bytes.NewReader(raw))
	if err != nil {
		return l, ""
	}
	l.Title, _ = r.Header.Subject()
	l.MessageID = r.Header.Get("Message-Id")
	l.Leave = mailto.FindString(r.Header.Get("List-Unsubscribe"))
	l.Leave = strings.TrimPrefix(l.Leave, "mailto:")
	if list, err := r.Header.AddressList("Reply-To"); err == nil && len(list) > 0 {
		l.ReplyTo = list[0].Address
	}
	for {
		part, err := r.NextPart()
		if err != nil {
			return l, text
		}
		kind, parameters, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		switch {
		case kind == "text/plain" && text == "":
			body, _ := io.ReadAll(part.Body)
			text = string(body)
		case kind == "text/calendar":
			l.Files = append(l.Files, "an entry for the calendar ("+parameters["method"]+")")
		case kind != "text/html":
			l.Files = append(l.Files, kind)
		}
	}
}

var mailto = regexp.MustCompile(`mailto:[^?>\s]+`)

var links = regexp.MustCompile(`https?://[^\s<>"]+`)

func pieces(line string) (found []piece) {
	from := 0
	for _, at := range links.FindAllStringIndex(line, -1) {
		found = append(found, piece{Text: line[from:at[0]]}, piece{Text: line[at[0]:at[1]], Link: line[at[0]:at[1]]})
		from = at[1]
	}
	return append(found, piece{Text: line[from:]})
}

//go:embed mailbox.gohtml
var mailboxSource string

var mailboxPage = template.Must(template.New("mailbox").Parse(mailboxSource))

// handler is the page and what its forms do. Only the page itself may use them.
func (b *Mailbox) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", b.show)
	mux.HandleFunc("POST /answer", b.answer)
	return http.NewCrossOriginProtection().Handler(mux)
}

func (b *Mailbox) show(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	view := struct {
		Mails         []letter
		Answers, Sent bool
	}{Answers: b.receiver != "", Sent: r.URL.Query().Has("sent")}
	for i := range b.mails {
		view.Mails = append(view.Mails, b.mails[len(b.mails)-1-i])
	}
	b.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// An error here means that the reader has gone.
	_ = mailboxPage.Execute(w, view)
}
