package mail

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"regexp"
	"strings"
	"time"

	"kept/internal/fault"
)

// Bounds of a conversation with the relay (RFC 5321, 4.5.3.2, and shorter where
// a person or a job waits).
const (
	commandTime = 2 * time.Minute
	finalTime   = 10 * time.Minute // after the last line of a mail
)

// Reply is what a mail server answered to one mail.
type Reply struct {
	Code   int    // 250, 450, 550
	Status string // RFC 3463; empty if the server does not say
	Text   string
}

func (r Reply) accepted() bool  { return r.Code >= 200 && r.Code < 300 }
func (r Reply) temporary() bool { return r.Code >= 400 && r.Code < 500 }
func (r Reply) permanent() bool { return r.Code >= 500 }

var statusForm = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}(?:\s|$)`)

func newReply(code int, text string) Reply {
	r := Reply{Code: code, Text: text}
	if s := statusForm.FindString(text); s != "" {
		r.Status = strings.TrimSpace(s)
	}
	return r
}

// connection is one conversation with the relay. It is not safe for concurrent
// use.
type connection struct {
	conn       net.Conn
	in         *textproto.Reader
	out        *bufio.Writer
	extensions map[string]string
	used       time.Time // when it was last put aside
}

// envelope is whom a mail goes to, and where it comes back to.
type envelope struct {
	from, to string // paths without brackets
	utf8     bool
}

func newConnection(conn net.Conn) *connection {
	return &connection{conn: conn, in: textproto.NewReader(bufio.NewReader(conn)), out: bufio.NewWriterSize(conn, 16<<10)}
}

// bound lets the network take so long. The machine's time is meant, whatever
// clock the house runs on.
func (c *connection) bound(d time.Duration) error { return c.conn.SetDeadline(time.Now().Add(d)) }

func (c *connection) reply() (Reply, error) {
	code, text, err := c.in.ReadResponse(0)
	if err != nil {
		return Reply{}, lost(err)
	}
	return newReply(code, text), nil
}

// lost is the error of a conversation that broke.
func lost(err error) error {
	return fault.New(fault.Unavailable, "the connection to the mail server broke: %w", err)
}

// command sends a line and reads the answer.
func (c *connection) command(line string) (Reply, error) {
	if err := c.bound(commandTime); err != nil {
		return Reply{}, lost(err)
	}
	if err := c.line(line); err != nil {
		return Reply{}, err
	}
	if err := c.out.Flush(); err != nil {
		return Reply{}, lost(err)
	}
	return c.reply()
}

func (c *connection) line(line string) error {
	if strings.ContainsAny(line, "\r\n\x00") {
		return fault.New(fault.Invalid, "a command to a mail server is one line")
	}
	if _, err := c.out.WriteString(line + "\r\n"); err != nil {
		return lost(err)
	}
	return nil
}

// greet reads the greeting and says who we are.
func (c *connection) greet(name string) error {
	if err := c.bound(commandTime); err != nil {
		return lost(err)
	}
	r, err := c.reply()
	if err != nil {
		return err
	}
	if !r.accepted() {
		return fault.New(fault.Unavailable, "the mail server does not want to talk: %d %s", r.Code, r.Text)
	}
	return c.hello(name)
}

func (c *connection) hello(name string) error {
	r, err := c.command("EHLO " + name)
	if err != nil {
		return err
	}
	if !r.accepted() {
		return fault.New(fault.Unavailable, "the mail server does not speak ESMTP: %d %s", r.Code, r.Text)
	}
	c.extensions = map[string]string{}
	for _, line := range strings.Split(r.Text, "\n")[1:] {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		c.extensions[strings.ToUpper(word)] = rest
	}
	return nil
}

func (c *connection) offers(extension string) bool {
	_, ok := c.extensions[extension]
	return ok
}

// secure switches the conversation to TLS.
func (c *connection) secure(ctx context.Context, config *tls.Config, name string) error {
	r, err := c.command("STARTTLS")
	if err != nil {
		return err
	}
	if !r.accepted() {
		return fault.New(fault.Unavailable, "the mail server refuses TLS: %d %s", r.Code, r.Text)
	}
	if c.in.R.Buffered() > 0 { // what was said in the clear does not count (CVE-2011-0411)
		return fault.New(fault.Refused, "the mail server spoke before TLS began; somebody may sit in between")
	}
	secured := tls.Client(c.conn, config)
	if err := secured.HandshakeContext(ctx); err != nil {
		return fault.New(fault.Unavailable, "TLS with the mail server failed; check its certificate and name: %w", err)
	}
	*c = *newConnection(secured)
	return c.hello(name)
}

// authenticate signs in. The password goes out over TLS, loopback, or a network
// that the operator calls plain.
func (c *connection) authenticate(user, password string) error {
	var r Reply
	var err error
	switch methods := " " + strings.ToUpper(c.extensions["AUTH"]) + " "; {
	case strings.Contains(methods, " PLAIN "):
		r, err = c.command("AUTH PLAIN " + encode("\x00"+user+"\x00"+password))
	case strings.Contains(methods, " LOGIN "):
		if r, err = c.command("AUTH LOGIN"); err == nil && r.Code == 334 {
			if r, err = c.command(encode(user)); err == nil && r.Code == 334 {
				r, err = c.command(encode(password))
			}
		}
	default:
		return fault.New(fault.Unavailable, "the mail server offers no sign-in that is spoken here (PLAIN, LOGIN)")
	}
	if err != nil {
		return err
	}
	if !r.accepted() {
		return fault.New(fault.Unavailable, "the mail server refuses user or password: %d %s", r.Code, r.Text)
	}
	return nil
}

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// begin announces a mail. It goes on with send if the reply is 354; else the
// reply says why the recipient is not taken.
func (c *connection) begin(e envelope) (Reply, error) {
	if err := c.bound(commandTime); err != nil {
		return Reply{}, lost(err)
	}
	lines, refusal := c.announcement(e)
	if refusal.Code != 0 {
		return refusal, nil
	}
	if c.pipelines() {
		if err := c.announce(lines); err != nil {
			return Reply{}, err
		}
		return c.announced()
	}
	for _, line := range lines[:2] {
		if r, err := c.command(line); err != nil || !r.accepted() {
			return c.rejected(r, err)
		}
	}
	return c.data(c.command(lines[2]))
}

// pipelines reports whether the server takes several commands at once (RFC 2920).
func (c *connection) pipelines() bool { return c.offers("PIPELINING") }

// announcement is the commands that announce a mail, or why it cannot be.
func (c *connection) announcement(e envelope) (lines []string, refusal Reply) {
	from := "MAIL FROM:<" + e.from + ">"
	if c.offers("8BITMIME") {
		from += " BODY=8BITMIME"
	}
	if e.utf8 {
		if !c.offers("SMTPUTF8") {
			return nil, Reply{Code: 553, Status: "5.6.7", Text: "the mail server does not take addresses with such letters before the @"}
		}
		from += " SMTPUTF8"
	}
	return []string{from, "RCPT TO:<" + e.to + ">", "DATA"}, Reply{}
}

// data takes any answer to DATA but 354 for a refusal.
func (c *connection) data(r Reply, err error) (Reply, error) {
	if err == nil && r.Code != 354 {
		return c.rejected(r, nil)
	}
	return r, err
}

// rejected clears what was announced.
func (c *connection) rejected(r Reply, err error) (Reply, error) {
	if err != nil || r.Code == 421 {
		return r, err
	}
	_, err = c.command("RSET")
	return r, err
}

// announce sends the commands in one go, with what was written before.
func (c *connection) announce(lines []string) error {
	for _, line := range lines {
		if err := c.line(line); err != nil {
			return err
		}
	}
	if err := c.out.Flush(); err != nil {
		return lost(err)
	}
	return nil
}

// announced reads what the server says to an announcement.
func (c *connection) announced() (Reply, error) {
	if err := c.bound(commandTime); err != nil {
		return Reply{}, lost(err)
	}
	var refusal Reply
	for range 2 {
		r, err := c.reply()
		if err != nil {
			return Reply{}, err
		}
		if !r.accepted() && refusal.Code == 0 {
			refusal = r
		}
		if r.Code == 421 {
			return r, nil
		}
	}
	r, err := c.reply()
	switch {
	case err != nil:
		return Reply{}, err
	case refusal.Code == 0:
		return c.data(r, nil)
	case r.Code == 354: // the server wants a mail that has no recipient: an empty one
		if _, err := c.command("."); err != nil {
			return Reply{}, err
		}
		return refusal, nil
	}
	return c.rejected(refusal, nil)
}

var dotLine = []byte("\n.")

// send writes a mail without its last line. body has lines that end in CRLF.
func (c *connection) send(body []byte) error {
	if err := c.bound(finalTime); err != nil {
		return lost(err)
	}
	if bytes.HasPrefix(body, dotLine[1:]) {
		if err := c.out.WriteByte('.'); err != nil {
			return lost(err)
		}
	}
	for { // a line that begins with a dot gets another (RFC 5321, 4.5.2)
		at := bytes.Index(body, dotLine)
		if at < 0 {
			break
		}
		if _, err := c.out.Write(body[:at+1]); err != nil {
			return lost(err)
		}
		if err := c.out.WriteByte('.'); err != nil {
			return lost(err)
		}
		body = body[at+1:]
	}
	if _, err := c.out.Write(body); err != nil {
		return lost(err)
	}
	return nil
}

// finish ends the mail; from here on it may have left, whatever happens. With it the
// next mail can be announced in the same go (RFC 2920, 3.1); announced then follows.
func (c *connection) finish(announcement []string) (Reply, error) {
	if err := c.bound(finalTime); err != nil {
		return Reply{}, lost(err)
	}
	if _, err := c.out.WriteString(".\r\n"); err != nil {
		return Reply{}, lost(err)
	}
	if err := c.announce(announcement); err != nil {
		return Reply{}, err
	}
	return c.reply()
}

// deliver sends one mail and returns what the server said to it.
func (c *connection) deliver(e envelope, body []byte) (Reply, error) {
	r, err := c.begin(e)
	if err != nil || r.Code != 354 {
		return r, err
	}
	if err := c.send(body); err != nil {
		return Reply{}, err
	}
	return c.finish(nil)
}

// quit ends the conversation; a server that does not answer is left alone.
func (c *connection) quit() error {
	_, err := c.command("QUIT")
	if closed := c.conn.Close(); closed != nil && err == nil {
		err = closed
	}
	if err != nil && err != io.EOF {
		return fmt.Errorf("quit: %w", err)
	}
	return nil
}
