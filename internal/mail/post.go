package mail

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/job"
	"kept/internal/ledger"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

// Dialer is the way to a server that the operator configured for a purpose
// (egress.DialOperator).
type Dialer func(ctx context.Context, purpose, network, address string) (net.Conn, error)

// Config is what the room stands on.
type Config struct {
	DB       *store.DB
	Vault    *vault.Vault
	Ledger   *ledger.Ledger
	Jobs     *job.Queue
	Subjects *subject.Registry
	Policy   func() *policy.Policy
	Dial     Dialer
	Clock    clock.Clock
	Log      *slog.Logger
	Settings Settings
	TLS      *tls.Config // of the SMTP receiver; nil: it offers none
	// Deposits says that this process only stores mails, a command beside the one
	// that serves: they leave from there.
	Deposits bool
}

// Post is the post room of one instance. It is safe for concurrent use.
type Post struct {
	Config
	relay *relay // nil if nothing can be sent

	life context.Context // ends with Halt
	halt context.CancelFunc

	mu        sync.Mutex
	listeners map[Event][]Listener
	handlers  map[string]Handler
}

// Open makes the room's tables and opens it. Nothing leaves and nothing is handed
// over before Begin.
func Open(ctx context.Context, c Config) (*Post, error) {
	if err := c.DB.Migrate(ctx, Name, files); err != nil {
		return nil, err
	}
	p := &Post{Config: c, listeners: map[Event][]Listener{}, handlers: map[string]Handler{}}
	p.life, p.halt = context.WithCancel(context.Background())
	if c.Settings.Relay != nil {
		p.relay = newRelay(c.Settings.Relay, c.Dial, c.Clock, c.Settings.Domain)
	}
	return p, nil
}

// Begin has mails sent and handed over from now on. Listeners and handlers are
// added before: a mail that came in for a handler that is not there is dropped.
func (p *Post) Begin() {
	if p.Sends() {
		p.Jobs.Handle(sendJob, p.send, sendOptions)
	}
	p.Jobs.Handle(reportJob, p.report, job.Options{Lease: time.Minute, MaxAttempts: 30, Backoff: 10 * time.Second})
	p.Jobs.Handle(takeJob, p.take, job.Options{Lease: 5 * time.Minute, MaxAttempts: 30, Backoff: 10 * time.Second})
	p.schedule()
}

// Halt has campaigns stop after the letters that are on their way, so that nobody
// waits for the end of one. A campaign goes on when it is dispatched again.
func (p *Post) Halt() { p.halt() }

// Close halts and hangs up.
func (p *Post) Close() {
	p.halt()
	if p.relay != nil {
		p.relay.close()
	}
}

// Sends reports whether there is a relay.
func (p *Post) Sends() bool { return p.relay != nil }

// Receives reports whether answers and bounces can come in.
func (p *Post) Receives() bool { return p.Settings.Listen != "" || p.Settings.Mailbox != nil }

// Domain is the domain of the instance's own addresses, empty without mail.
func (p *Post) Domain() string { return p.Settings.Domain }

// AddressOf returns the instance's own address with a local part, for Reply-To
// and for lists: AddressOf("contact+"+token). The zero Address if nothing can
// come in.
func (p *Post) AddressOf(local string) Address {
	if !p.Receives() {
		return Address{}
	}
	return Address{Mail: local + "@" + p.Settings.Domain}
}

// On has f told of every event of a kind, whichever activity's mail it was.
func (p *Post) On(e Event, f Listener) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listeners[e] = append(p.listeners[e], f)
}

// Receive has h take what comes in for a local part: "contact", or, ending in +,
// for every token behind it: "reply+". There is one handler for each.
func (p *Post) Receive(local string, h Handler) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handlers[strings.ToLower(local)] = h
}

// NewToken returns a secret of 128 random bits for a link in a mail, and what
// to store in its place. space keeps the tokens of different purposes apart.
func (p *Post) NewToken(space string) (token string, stored []byte) {
	secret := make([]byte, 16)
	rand.Read(secret) //nolint:errcheck // it never fails (crypto/rand)
	token = base64.RawURLEncoding.EncodeToString(secret)
	return token, p.TokenMark(space, token)
}

// TokenMark returns what is stored for a token, to look it up by.
func (p *Post) TokenMark(space, token string) []byte {
	return p.Vault.Index("mail/token/"+space, token)
}

// Link returns the absolute address of a page of the site's door. A GET to it
// shows, only a POST acts: mail programs open links by themselves.
func (p *Post) Link(path string) string { return p.Settings.Public + path }

// noRelay is the error of whoever writes while nothing can be sent.
func noRelay() error {
	return fault.New(fault.Unavailable, "no mail can be sent: start serve with --smtp and --mail-from")
}
