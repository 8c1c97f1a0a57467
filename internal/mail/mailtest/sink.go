package mailtest

import (
	"io"
	"log"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"kept/internal/mail"
	"kept/internal/vault"
)

// Domain is the one that mails of tests come from and arrive at.
const Domain = "kept.example"

// Sink is a mail server that keeps what it is given. It is safe for concurrent
// use.
type Sink struct {
	Addr string
	// Answer, if set, decides about a recipient: nil takes the mail. Set it before
	// the first mail.
	Answer func(to string) *smtp.SMTPError
	// Guests, if set, is how many conversations it holds at a time; it refuses more.
	Guests int

	mu      sync.Mutex
	mails   []Mail
	guests  int
	arrived *sync.Cond
}

// Mail is one that a sink was given.
type Mail struct {
	From string // of the envelope
	To   []string
	Raw  []byte
}

// Read reads the mail as its receiver would.
func (m Mail) Read() mail.Incoming { return mail.Read(m.Raw) }

// Link returns the first address in the mail's text that holds part, empty if
// there is none.
func (m Mail) Link(part string) string {
	for _, word := range strings.Fields(m.Read().Text) {
		if word = strings.Trim(word, "<>()."); strings.HasPrefix(word, "http") && strings.Contains(word, part) {
			return word
		}
	}
	return ""
}

// NewSink starts a sink that stops at the end of the test.
func NewSink(t testing.TB) *Sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Sink{Addr: l.Addr().String()}
	s.arrived = sync.NewCond(&s.mu)
	server := smtp.NewServer(s)
	server.Domain, server.AllowInsecureAuth, server.EnableSMTPUTF8 = "sink.example", true, true
	server.ErrorLog = log.New(io.Discard, "", 0) // clients are killed here
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(l) // it ends by Close
	}()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		_ = l.Close() // the server may not have taken it yet; else it is closed already
		<-ended
	})
	return s
}

// Options let a post room write to the sink and receive for Domain.
func (s *Sink) Options() mail.Options {
	return mail.Options{
		SMTP: vault.NewSecret("smtp://" + s.Addr), From: "Kept Example <post@" + Domain + ">", Domain: Domain,
		Listen: "127.0.0.1:0", Public: "https://" + Domain,
	}
}

// Mails returns what the sink was given, in the order of arrival.
func (s *Sink) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Wait returns once n mails have arrived.
func (s *Sink) Wait(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.mails) < n {
		s.arrived.Wait()
	}
}

// To returns what was sent to an address.
func (s *Sink) To(address string) (found []Mail) {
	for _, m := range s.Mails() {
		for _, to := range m.To {
			if strings.EqualFold(to, address) {
				found = append(found, m)
			}
		}
	}
	return found
}

// NewSession implements smtp.Backend.
func (s *Sink) NewSession(*smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Guests > 0 && s.guests >= s.Guests {
		return nil, &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 7, 0}, Message: "too many connections"}
	}
	s.guests++
	return &session{sink: s}, nil
}

type session struct {
	sink *Sink
	mail Mail
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.mail = Mail{From: from}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.sink.Answer != nil {
		if refusal := s.sink.Answer(to); refusal != nil {
			return refusal
		}
	}
	s.mail.To = append(s.mail.To, to)
	return nil
}

func (s *session) Data(r io.Reader) (err error) {
	if s.mail.Raw, err = io.ReadAll(r); err != nil {
		return err
	}
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.mails = append(s.sink.mails, s.mail)
	s.sink.arrived.Broadcast()
	return nil
}

func (s *session) Reset() { s.mail = Mail{} }

func (s *session) Logout() error {
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.guests--
	return nil
}
