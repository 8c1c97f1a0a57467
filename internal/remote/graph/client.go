package graph

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/throttle"
)

// The service's public addresses.
const (
	Service = "https://graph.microsoft.com/v1.0"
	Login   = "https://login.microsoftonline.com"
)

// Config says for whom and by which way.
type Config struct {
	Service    string // address of the API; empty: the public one
	Login      string // address of the token service; empty: the public one
	Tenant     string // id of the organisation's directory
	Client     string // id of the application
	Credential Credential
	Transport  http.RoundTripper // the way out
	Limiter    *throttle.Limiter
	Clock      clock.Clock
}

// Client speaks for one application in one organisation. It is safe for
// concurrent use.
type Client struct {
	Config
	base  *url.URL
	token tokens
}

// New returns a client. It opens nothing. Invalid if the configuration is not
// complete.
func New(c Config) (*Client, error) {
	c.Service, c.Login = cmp.Or(c.Service, Service), cmp.Or(c.Login, Login)
	base, err := url.Parse(c.Service)
	if err != nil || base.Host == "" {
		return nil, fault.New(fault.Invalid, "the address of Microsoft Graph is not one: %q", c.Service)
	}
	for what, value := range map[string]string{"the organisation's tenant id": c.Tenant, "the application's client id": c.Client} {
		if value == "" || strings.ContainsAny(value, "/?#% ") {
			return nil, fault.New(fault.Invalid, "%s is missing or is none", what)
		}
	}
	if c.Credential == nil {
		return nil, fault.New(fault.Invalid, "the application has neither a certificate nor a secret")
	}
	client := &Client{Config: c, base: base}
	client.token.client = client
	return client, nil
}

// directory is the scope of calls that are about no mailbox.
func (c *Client) directory() throttle.Scope { return throttle.Scope{Tenant: c.Tenant} }

// address returns the absolute address of a path of the API with a query.
func (c *Client) address(query url.Values, path ...string) string {
	u := c.base.JoinPath(escaped(path)...)
	// The service wants the spaces of its expressions as %20.
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	return u.String()
}

func escaped(path []string) []string {
	all := make([]string, len(path))
	for i, p := range path {
		all[i] = url.PathEscape(p)
	}
	return all
}
