package ews

import (
	"net"
	"net/http"
	"net/url"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/card"
	"kept/internal/remote/throttle"
)

// Limits are what a contact of a mailbox takes.
var Limits = card.Outlook

// Config says for whom and by which way.
type Config struct {
	URL      string        // of the service: https://mail.example/EWS/Exchange.asmx
	Account  string        // DOMAIN\name or name@domain
	Password func() string // asked for when it is needed, and kept nowhere
	// Way returns a way out with connections of its own: with NTLM it is a connection
	// that is let in.
	Way     func() (http.RoundTripper, error)
	Limiter *throttle.Limiter
	Clock   clock.Clock
}

// Client speaks as one account with one server. It is safe for concurrent use.
type Client struct {
	Config
	host  string
	doors doors
}

// New returns a client. It opens nothing. Invalid if the configuration is not
// complete.
func New(c Config) (*Client, error) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "":
		return nil, fault.New(fault.Invalid, "the address of the Exchange server is none; it looks like https://mail.example/EWS/Exchange.asmx")
	case u.User != nil:
		return nil, fault.New(fault.Invalid, "the address of the Exchange server names an account; it belongs into account and password_file")
	case u.Scheme != "https" && !(u.Scheme == "http" && here(u.Hostname())):
		return nil, fault.New(fault.Refused, "the address of the Exchange server begins with https://; no password goes over an open network")
	case c.Account == "" || c.Password == nil:
		return nil, fault.New(fault.Invalid, "the connection to the Exchange server has no account with a password")
	}
	client := &Client{Config: c, host: u.Host}
	client.doors.client = client
	return client, nil
}

// here reports whether a host is this machine, where a line needs no protection.
func here(host string) bool {
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
