package mail

import (
	"context"
	"crypto/tls"
	"sync"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
)

// idleTime is how long a conversation is kept for the next mail; relays hang up
// after a minute or more.
const idleTime = 20 * time.Second

// mostIdle bounds the conversations that are kept.
const mostIdle = 2

// dialTime bounds how long a server may take to be reached and to let us in.
// Some keep a greeting back for half a minute to tell programs from servers.
const dialTime = time.Minute

// relay is the mail server that takes what we send.
type relay struct {
	server *Server
	dial   Dialer
	clock  clock.Clock
	name   string // what we call ourselves

	mu   sync.Mutex
	idle []*connection
}

func newRelay(s *Server, dial Dialer, c clock.Clock, name string) *relay {
	return &relay{server: s, dial: dial, clock: c, name: name}
}

// config is how TLS with a server is spoken.
func (s *Server) config() *tls.Config {
	return &tls.Config{ServerName: s.Host, MinVersion: tls.VersionTLS12, RootCAs: s.roots}
}

// connect opens a conversation and signs in.
func (r *relay) connect(ctx context.Context) (_ *connection, err error) {
	dialling, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	conn, err := r.dial(dialling, "mail relay", "tcp", r.server.Address())
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = conn.Close() // the first error counts
		}
	}()
	cut := context.AfterFunc(dialling, func() { _ = conn.Close() }) // closing the socket ends whatever waits on it
	defer cut()
	if r.server.TLS {
		secured := tls.Client(conn, r.server.config())
		if err := secured.HandshakeContext(dialling); err != nil {
			return nil, fault.New(fault.Unavailable, "TLS with the mail server failed; check its certificate and name: %w", err)
		}
		conn = secured
	}
	c := newConnection(conn)
	if err := c.greet(r.name); err != nil {
		return nil, err
	}
	if !r.server.TLS && !r.server.Plain {
		if !c.offers("STARTTLS") {
			return nil, fault.New(fault.Refused, "the mail server offers no TLS, and nothing is sent in the clear; use smtps://, or --smtp-plain if the network is your own")
		}
		if err := c.secure(dialling, r.server.config(), r.name); err != nil {
			return nil, err
		}
	}
	if r.server.User != "" {
		if err := c.authenticate(r.server.User, r.server.Password.Reveal()); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// take returns a conversation that is open, a kept one if it still answers.
func (r *relay) take(ctx context.Context) (*connection, error) {
	for {
		c := r.kept()
		if c == nil {
			return r.connect(ctx)
		}
		if r.clock.Now().Sub(c.used) < idleTime {
			if reply, err := c.command("NOOP"); err == nil && reply.accepted() {
				return c, nil
			}
		}
		_ = c.conn.Close() // it is of no use any more
	}
}

func (r *relay) kept() *connection {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.idle) == 0 {
		return nil
	}
	c := r.idle[len(r.idle)-1]
	r.idle = r.idle[:len(r.idle)-1]
	return c
}

// keep puts a conversation aside for the next mail.
func (r *relay) keep(c *connection) {
	c.used = r.clock.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.idle) < mostIdle {
		r.idle = append(r.idle, c)
		return
	}
	_ = c.conn.Close()
}

// deliver sends one mail.
func (r *relay) deliver(ctx context.Context, e envelope, body []byte) (Reply, error) {
	c, err := r.take(ctx)
	if err != nil {
		return Reply{}, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.conn.Close() })
	defer stop()
	reply, err := c.deliver(e, body)
	if err != nil || reply.Code == 421 {
		_ = c.conn.Close()
		return reply, err
	}
	r.keep(c)
	return reply, nil
}

// close hangs up.
func (r *relay) close() {
	for c := r.kept(); c != nil; c = r.kept() {
		_ = c.quit() // the mails are gone already
	}
}
