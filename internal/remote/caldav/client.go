package caldav

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/emersion/go-ical"
	"github.com/emersion/go-webdav"
	"github.com/emersion/go-webdav/caldav"

	"kept/internal/fault"
	"kept/internal/vault"
)

// Account is a calendar that the operator named.
type Account struct {
	URL      *url.URL // of the collection, without user and password
	User     string
	Password vault.Secret
}

// Parse reads the address of a calendar: https://user@host/path/. No error
// repeats it, since it may hold a password.
func Parse(address vault.Secret, password vault.Secret) (Account, error) {
	u, err := url.Parse(strings.TrimSpace(address.Reveal()))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" {
		return Account{}, fault.New(fault.Invalid, "the address of a calendar is like https://user@calendar.example.org/user/appointments/")
	}
	a := Account{Password: password}
	if u.User != nil {
		a.User = u.User.Username()
		if inside, ok := u.User.Password(); ok && password.Reveal() == "" {
			a.Password = vault.NewSecret(inside)
		}
	}
	if u.Scheme == "http" && a.Password.Reveal() != "" && !near(u.Hostname()) {
		return Account{}, fault.New(fault.Invalid, "a calendar that takes a password is reached by https")
	}
	if !strings.HasSuffix(u.Path, "/") {
		u.Path += "/"
	}
	u.User = nil
	a.URL = u
	return a, nil
}

// near reports whether a host is this machine.
func near(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Address is the host and port that requests go to.
func (a Account) Address() string {
	port := a.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[a.URL.Scheme]
	}
	return net.JoinHostPort(a.URL.Hostname(), port)
}

// Client reads and writes one calendar, and those in folders below it. It is safe
// for concurrent use.
type Client struct {
	account Account
	dav     *caldav.Client
}

// patience bounds one exchange.
const patience = 30 * time.Second

// New returns a client whose requests take a way out of the house.
func New(a Account, way http.RoundTripper) (*Client, error) {
	var through webdav.HTTPClient = &http.Client{
		Transport: way, Timeout: patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if a.User != "" || a.Password.Reveal() != "" {
		through = webdav.HTTPClientWithBasicAuth(through, a.User, a.Password.Reveal())
	}
	dav, err := caldav.NewClient(through, a.URL.String())
	if err != nil {
		return nil, fault.New(fault.Invalid, "the address of the calendar cannot be used")
	}
	return &Client{account: a, dav: dav}, nil
}

// Host is where the calendar lies, to be told to the operator.
func (c *Client) Host() string { return c.account.URL.Host }

// at is the path of something in a folder of the calendar. Folders cannot lead
// out of it.
func (c *Client) at(folder, name string) string {
	inside := path.Join("/", folder, name)
	whole := path.Join(c.account.URL.Path, inside)
	if name == "" {
		whole += "/"
	}
	return whole
}

// Put writes an event under a name, over what stood there.
func (c *Client) Put(ctx context.Context, folder, name string, event *ical.Calendar) error {
	if _, err := c.dav.PutCalendarObject(ctx, c.at(folder, name), event); err != nil {
		return unavailable("write to", err)
	}
	return nil
}

// Delete takes away what stands under a name; that nothing does is no error.
func (c *Client) Delete(ctx context.Context, folder, name string) error {
	err := c.dav.RemoveAll(ctx, c.at(folder, name))
	if err != nil && !gone(err) {
		return unavailable("delete from", err)
	}
	return nil
}

// gone reports whether the server says that there is no such thing.
func gone(err error) bool {
	text := err.Error() // the library keeps the status to itself
	return strings.Contains(text, "404") || strings.Contains(text, "410")
}

// unavailable is an error of the far side. What it says may repeat an address, so
// only its kind is kept.
func unavailable(what string, err error) error {
	var refused *fault.Error
	switch {
	case errors.As(err, &refused):
		return refused
	case strings.Contains(err.Error(), "401"), strings.Contains(err.Error(), "403"):
		return fault.New(fault.Unavailable, "the calendar lets nobody %s it with this name and password", what)
	case errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Unavailable, "the calendar did not answer in time")
	}
	return fault.New(fault.Unavailable, "cannot %s the calendar: it does not answer as CalDAV should", what)
}
