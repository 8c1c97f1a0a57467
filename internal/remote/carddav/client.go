package carddav

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/card"
	"kept/internal/remote/throttle"
)

// Limits are what a card takes: all that it has a line for.
var Limits = func() card.Limits {
	l := card.Whole
	l.Yearless = false // a card of version 3 has no such birthday
	return l
}()

// mostAnswer bounds what is read of an answer, in bytes: a book with photos is long.
const mostAnswer = 128 << 20

// Config says where the books are and by which way.
type Config struct {
	URL       string // of the server, or of one book
	Account   string
	Password  func() string // asked for when it is needed, and kept nowhere
	Transport http.RoundTripper
	Limiter   *throttle.Limiter
	Clock     clock.Clock
}

// Client speaks as one account with one server. It is safe for concurrent use.
type Client struct {
	Config
	base *url.URL
}

// New returns a client. It opens nothing. Invalid if the configuration is not
// complete.
func New(c Config) (*Client, error) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return nil, fault.New(fault.Invalid, "the address of the CardDAV server is none; it looks like https://cards.example/ada/contacts/")
	case u.User != nil:
		return nil, fault.New(fault.Invalid, "the address of the CardDAV server names an account; it belongs into account and password_file")
	case u.Scheme != "https" && !(u.Scheme == "http" && here(u.Hostname())):
		return nil, fault.New(fault.Refused, "the address of the CardDAV server begins with https://; no password goes over an open network")
	case c.Account == "" || c.Password == nil:
		return nil, fault.New(fault.Invalid, "the connection to the CardDAV server has no account with a password")
	}
	return &Client{Config: c, base: u}, nil
}

// here reports whether a host is this machine, where a line needs no protection.
func here(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// ErrUnclear says that a call may have been carried out or not.
var ErrUnclear = fault.New(fault.Unavailable, "it is not known whether the server did it")

// errChanged says that a condition did not hold: somebody was faster.
var errChanged = fault.New(fault.Conflict, "the card was changed meanwhile")

// call is one request.
type call struct {
	method, path string
	header       map[string]string
	body         []byte
	book         string // whose turn it is
	writes       bool
}

// answer is what came back.
type answer struct {
	status int
	etag   string
	body   []byte
}

// do makes a call when its turn has come. A status that is no success is an error.
func (c *Client) do(ctx context.Context, x call) (a answer, err error) {
	err = c.Limiter.Do(ctx, throttle.Scope{Tenant: c.base.Host, Mailbox: x.book}, int64(len(x.body)), func(ctx context.Context) (v throttle.Verdict, err error) {
		a, v, err = c.once(ctx, x)
		return v, err
	})
	return a, err
}

func (c *Client) once(ctx context.Context, x call) (answer, throttle.Verdict, error) {
	u := *c.base
	u.Path, u.RawPath = x.path, ""
	r, err := http.NewRequestWithContext(ctx, x.method, u.String(), bytes.NewReader(x.body))
	if err != nil {
		return answer{}, throttle.Verdict{}, fault.New(fault.Invalid, "the address is none: %w", err)
	}
	r.SetBasicAuth(c.Account, c.Password())
	for name, value := range x.header {
		r.Header.Set(name, value)
	}
	got, err := c.Transport.RoundTrip(r)
	if err != nil {
		return answer{}, throttle.Verdict{}, unanswered(ctx, x, err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(io.LimitReader(got.Body, mostAnswer))
	if err != nil {
		return answer{}, throttle.Verdict{}, unanswered(ctx, x, err)
	}
	a := answer{got.StatusCode, got.Header.Get("ETag"), body}
	if a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable {
		return a, throttle.Verdict{Level: throttle.Tenant, RetryAfter: retryAfter(got)}, nil
	}
	return a, throttle.Verdict{}, c.judge(x, a)
}

// retryAfter is how long the server asks to wait, in seconds (RFC 9110, 10.2.3).
func retryAfter(got *http.Response) time.Duration {
	seconds, err := strconv.Atoi(got.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 3600)) * time.Second
}

// unanswered is the error of a call whose answer did not come.
func unanswered(ctx context.Context, x call, err error) error {
	switch {
	case fault.Is(err, fault.Refused):
		return err // it never left the house
	case x.writes:
		return fmt.Errorf("%w: %w", ErrUnclear, err)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return fault.New(fault.Unavailable, "the CardDAV server does not answer: %w", err)
}

// judge is the error of an answer, nil of a success.
func (c *Client) judge(x call, a answer) error {
	switch {
	case a.status < 300:
		return nil
	case a.status < 400:
		return fault.New(fault.Refused, "the CardDAV server leads elsewhere (%d); name the address of the book itself", a.status)
	case a.status == http.StatusUnauthorized:
		return fault.New(fault.Forbidden, "the CardDAV server does not let the account in (401): look at the account and its password")
	case a.status == http.StatusNotFound, a.status == http.StatusGone:
		return fault.New(fault.NotFound, "the CardDAV server has no such thing (%d)", a.status)
	case a.status == http.StatusPreconditionFailed:
		return errChanged
	case strings.Contains(string(a.body), "valid-sync-token"):
		return ErrExpired
	case a.status == http.StatusForbidden:
		return fault.New(fault.Forbidden, "the CardDAV server does not let the account do this (403)")
	case a.status == http.StatusMethodNotAllowed, a.status == http.StatusNotImplemented, a.status == http.StatusUnsupportedMediaType:
		return errUnknown
	case a.status == http.StatusRequestEntityTooLarge, a.status == http.StatusInsufficientStorage:
		return fault.New(fault.TooLarge, "the CardDAV server has no room for it (%d)", a.status)
	case a.status < 500:
		return fault.New(fault.Invalid, "the CardDAV server does not take this (%d)", a.status)
	case x.writes:
		return fmt.Errorf("%w: %d", ErrUnclear, a.status)
	}
	return fault.New(fault.Unavailable, "the CardDAV server fails (%d)", a.status)
}

// errUnknown says that the server does not know the request.
var errUnknown = errors.New("the server does not know this request")

// Book is one address book, by its path on the server.
type Book struct {
	client *Client
	path   string
}

// Book returns the book at a path below the client's address, the address itself
// with an empty one. It cannot lead out of it.
func (c *Client) Book(below string) *Book {
	return &Book{c, path.Join("/", c.base.Path, path.Join("/", below)) + "/"}
}

// at is the path of a card. Names are our own or came from the server.
func (b *Book) at(name string) string { return b.path + path.Base("/"+name) }

func (b *Book) do(ctx context.Context, x call) (answer, error) {
	x.book = b.path
	return b.client.do(ctx, x)
}
