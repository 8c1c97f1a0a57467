package ldap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	wire "github.com/go-ldap/ldap/v3"

	"kept/internal/fault"
)

// Config says where a directory is and who asks.
type Config struct {
	URL      string // ldaps://host, or ldap://host: encrypted by StartTLS, plain only to this machine
	Base     string // below which people are looked for, dc=muster,dc=example
	Filter   string // who is meant; empty: every person
	Account  string // name to sign in with, a DN or what the server takes for one; empty: nobody
	Password func() string
	Roots    *x509.CertPool // who signs the server's certificate; nil: whom the system trusts
	// Dial connects to the server; it is asked for no other address than the URL's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Everybody is the filter that chooses every person.
const Everybody = "(objectClass=person)"

// The bounds of a conversation.
const (
	pageSize   = 500
	mostAnswer = 64 << 20 // bytes of a page or a photo
	mostPeople = 200_000
	patience   = 2 * time.Minute // for an answer
)

// Client asks one directory. It is safe for concurrent use: each question has its
// connection.
type Client struct {
	Config
	host, address string
	encrypted     bool // from the first byte
}

// New returns a client. It opens nothing. Invalid if the configuration does not
// say what is asked of whom.
func New(c Config) (*Client, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Hostname() == "" || u.Scheme != "ldap" && u.Scheme != "ldaps" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return nil, fault.New(fault.Invalid, "the address of a directory is written ldaps://host or ldap://host, with a port if it is not the usual one")
	}
	if c.Base == "" {
		return nil, fault.New(fault.Invalid, "a directory needs the base below which people are looked for, like dc=muster,dc=example")
	}
	if _, err := wire.ParseDN(c.Base); err != nil {
		return nil, fault.New(fault.Invalid, "%q is no base; it is written like dc=muster,dc=example", c.Base)
	}
	if c.Filter == "" {
		c.Filter = Everybody
	}
	if _, err := wire.CompileFilter(c.Filter); err != nil {
		return nil, fault.New(fault.Invalid, "%q is no filter; it is written like (&(objectClass=person)(mail=*))", c.Filter)
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"ldap": "389", "ldaps": "636"}[u.Scheme]
	}
	return &Client{Config: c, host: u.Hostname(), address: net.JoinHostPort(u.Hostname(), port), encrypted: u.Scheme == "ldaps"}, nil
}

// session is a connection that is signed in.
type session struct {
	*wire.Conn
	answer *answer
	stop   func() bool
}

// Close ends the connection.
func (s *session) Close() {
	s.stop()
	s.Conn.Close() // what was asked is answered: nothing can be lost
}

// open connects and signs in. The connection ends with the context.
func (c *Client) open(ctx context.Context) (*session, error) {
	raw, err := c.Dial(ctx, "tcp", c.address)
	if err != nil {
		return nil, err
	}
	s := &session{answer: &answer{Conn: raw}}
	s.answer.left.Store(mostAnswer)
	s.stop = context.AfterFunc(ctx, func() { raw.Close() })
	if err = c.secure(ctx, s, raw); err == nil {
		err = c.signIn(s)
	}
	if err != nil {
		s.stop()
		raw.Close()
		return nil, err
	}
	return s, nil
}

// secure makes the connection one that nobody listens to.
func (c *Client) secure(ctx context.Context, s *session, raw net.Conn) error {
	config := &tls.Config{ServerName: c.host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12}
	if c.encrypted {
		ctx, end := context.WithTimeout(ctx, patience)
		defer end()
		conn := tls.Client(s.answer, config)
		if err := conn.HandshakeContext(ctx); err != nil {
			return fault.New(fault.Unavailable, "the directory's certificate cannot be trusted, or it does not speak TLS: %w", err)
		}
		s.Conn = wire.NewConn(conn, true)
		s.Start()
		s.SetTimeout(patience)
		return nil
	}
	s.Conn = wire.NewConn(s.answer, false)
	s.Start()
	s.SetTimeout(patience)
	if here(raw) {
		return nil
	}
	ctx, end := context.WithTimeout(ctx, patience)
	defer end()
	defer context.AfterFunc(ctx, func() { raw.Close() })()
	if err := s.StartTLS(config); err != nil {
		return fault.New(fault.Unavailable, "the directory does not encrypt the connection (StartTLS), or its certificate cannot be trusted; use ldaps:// or give it a certificate: %w", plain(err))
	}
	return nil
}

// here reports whether a connection leads to this machine itself.
func here(conn net.Conn) bool {
	at, ok := conn.RemoteAddr().(*net.TCPAddr)
	return ok && at.IP.IsLoopback()
}

func (c *Client) signIn(s *session) error {
	if c.Account == "" {
		return nil
	}
	password := ""
	if c.Password != nil {
		password = c.Password()
	}
	if password == "" { // a server takes that for nobody, and says yes
		return fault.New(fault.Invalid, "the account of the directory has no password; name its file as password_file")
	}
	if err := s.Bind(c.Account, password); err != nil {
		return failed(err)
	}
	return nil
}

// failed gives a refusal its kind. The server's own words are left out: they may
// repeat what it was sent.
func failed(err error) error {
	var refusal *wire.Error
	if !errors.As(err, &refusal) {
		return fault.New(fault.Unavailable, "the directory does not answer: %w", err)
	}
	switch refusal.ResultCode {
	case wire.ErrorNetwork:
		return fault.New(fault.Unavailable, "the directory does not answer: %w", refusal.Err)
	case wire.LDAPResultInvalidCredentials, wire.LDAPResultInappropriateAuthentication:
		return fault.New(fault.Forbidden, "the directory does not accept the account and its password")
	case wire.LDAPResultInsufficientAccessRights, wire.LDAPResultOperationsError, wire.LDAPResultStrongAuthRequired, wire.LDAPResultConfidentialityRequired:
		return fault.New(fault.Forbidden, "the directory lets this account not read here; give it the right to, or name an account: %w", plain(err))
	case wire.LDAPResultNoSuchObject:
		return fault.New(fault.NotFound, "the directory has no such base, or hides it from this account")
	case wire.LDAPResultSizeLimitExceeded, wire.LDAPResultTimeLimitExceeded, wire.LDAPResultAdminLimitExceeded:
		return fault.New(fault.TooLarge, "the directory gives no more than part of the list; narrow the filter or raise its limit for this account: %w", plain(err))
	case wire.LDAPResultInvalidDNSyntax:
		return fault.New(fault.Invalid, "the directory takes this for no name of an entry; a whole name is like cn=Phones,ou=Groups,dc=muster,dc=example")
	case wire.LDAPResultReferral:
		return fault.New(fault.Invalid, "the directory names another server for this base; connect to that one")
	}
	return fault.New(fault.Unavailable, "the directory does not carry the question out: %w", plain(err))
}

// plain is a refusal by its name in the protocol.
func plain(err error) error {
	var refusal *wire.Error
	if !errors.As(err, &refusal) {
		return err
	}
	if refusal.ResultCode >= wire.ErrorNetwork { // the connection's own words
		return refusal.Err
	}
	return errors.New(strings.ToLower(wire.LDAPResultCodeMap[refusal.ResultCode]))
}

// answer is a connection that takes no more than so many bytes for one answer.
type answer struct {
	net.Conn
	left atomic.Int64
}

// Read reads while the answer is not too long.
func (a *answer) Read(p []byte) (int, error) {
	n, err := a.Conn.Read(p)
	if a.left.Add(-int64(n)) < 0 {
		a.Conn.Close()
		return 0, io.ErrShortBuffer
	}
	return n, err
}

// search asks one question. A server whose answer is none of the protocol's makes
// the library panic; here it is one that does not answer.
func (s *session) search(r *wire.SearchRequest) (found *wire.SearchResult, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			found, err = nil, fault.New(fault.Unavailable, "the directory's answer cannot be understood")
		}
	}()
	s.answer.left.Store(mostAnswer)
	found, err = s.Search(r)
	switch {
	case s.answer.left.Load() < 0:
		return nil, fault.New(fault.TooLarge, "the directory's answer is longer than %d MB", mostAnswer>>20)
	case err != nil:
		return nil, failed(err)
	}
	return found, nil
}
