package mail

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"

	"kept/internal/fault"
	"kept/internal/pace"
)

// Bounds of a conversation with whoever brings mail.
const (
	mostConnections = 50
	mostRecipients  = 20
	lineBytes       = 4 << 10
	bringTime       = 5 * time.Minute
)

// Answers to what is not taken (RFC 5321, 3463).
var (
	noSuchAddress = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "Nobody takes mail for this address"}
	noRelaying    = &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Mail for other domains is not taken"}
	tooFast       = &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Too many mails from your network; come back later"}
	notNow        = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "The mail cannot be stored now; come back later"}
)

// receiver takes mail by SMTP, for addresses that somebody asked for.
type receiver struct {
	post  *Post
	limit *pace.Limiter
	pace  pace.Pace
}

// ServeSMTP receives mail at l until ctx ends.
func (p *Post) ServeSMTP(ctx context.Context, l net.Listener) error {
	rate, _ := pace.Of(60, time.Minute, 120)
	server := smtp.NewServer(&receiver{post: p, limit: pace.New(), pace: rate})
	server.Domain = p.Settings.Domain
	server.MaxRecipients = mostRecipients
	server.MaxMessageBytes = maxMail
	server.MaxLineLength = lineBytes
	server.ReadTimeout, server.WriteTimeout = bringTime, bringTime
	server.EnableSMTPUTF8 = true
	server.TLSConfig = p.TLS
	server.ErrorLog = log.New(quiet{p.Log}, "", 0)
	stop := context.AfterFunc(ctx, func() { _ = server.Close() }) // who was cut off brings it again
	defer stop()
	if err := server.Serve(netutil.LimitListener(l, mostConnections)); err != nil && !errors.Is(err, smtp.ErrServerClosed) && ctx.Err() == nil {
		return fault.New(fault.Unavailable, "receive mail: %w", err)
	}
	return nil
}

// quiet is where go-smtp says what broke, with the client's address, which is not
// kept.
type quiet struct{ log *slog.Logger }

// Write implements io.Writer.
func (q quiet) Write(line []byte) (int, error) {
	q.log.Debug("a conversation about incoming mail broke")
	return len(line), nil
}

// NewSession implements smtp.Backend.
func (r *receiver) NewSession(c *smtp.Conn) (smtp.Session, error) {
	addr, err := netip.ParseAddrPort(c.Conn().RemoteAddr().String())
	if err != nil {
		return nil, notNow
	}
	return &session{receiver: r, client: addr.Addr().Unmap()}, nil
}

// session is one conversation.
type session struct {
	*receiver
	client netip.Addr
	from   string
	to     []string
}

// Mail implements smtp.Session.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	// A mail server of the operator's own brings everybody's mail.
	if !s.client.IsLoopback() && !s.client.IsPrivate() {
		if _, ok := s.limit.Admit(s.client, s.pace, s.post.Clock.Now()); !ok {
			return tooFast
		}
	}
	s.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if _, domain, ok := (Address{Mail: to}).split(); !ok || !strings.EqualFold(domain, s.post.Settings.Domain) {
		return noRelaying
	}
	if _, ok := s.post.local(to); !ok {
		return noSuchAddress
	}
	s.to = append(s.to, to)
	return nil
}

// Data implements smtp.Session: what it acknowledges is on the disk.
func (s *session) Data(body io.Reader) error {
	var raw bytes.Buffer
	if _, err := raw.ReadFrom(body); err != nil {
		return err
	}
	if err := s.post.Bring(context.Background(), s.from, s.to, raw.Bytes()); err != nil {
		s.post.Log.Error("a mail could not be stored; its sender was asked to come back", "error", err)
		return notNow
	}
	return nil
}

// Reset implements smtp.Session.
func (s *session) Reset() { s.from, s.to = "", nil }

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }
