package app

import (
	"log/slog"
	"net/netip"
	"net/url"
	"strings"

	"kept/internal/activity/subscription"
	"kept/internal/clock"
	"kept/internal/duty/retain"
	"kept/internal/mail"
	"kept/internal/remote/cleverreach"
	"kept/internal/remote/oidc"
	"kept/internal/vault"
)

// Config is what an operator decides about an instance.
type Config struct {
	Place
	Policy    string         // file
	Site      string         // http://host:port of the site behind, or a folder to serve; empty: script tag only
	Listen    string         // address of the site's door
	Console   string         // address of the console's door
	Portal    string         // address of the portal's door; empty: nobody reaches it
	PortalURL string         // how those who have an account reach it, http://Portal unless told otherwise
	PublicURL string         // how visitors reach the site, http://Listen unless told otherwise
	Origins   []string       // origins of pages served elsewhere that use the script tag
	Own       []string       // further hosts of the operator's own
	Trusted   []netip.Prefix // proxies whose forwarding headers are believed
	CertFile  string         // certificate and key for TLS at both doors
	KeyFile   string
	ACME      []string // host names to get certificates for (RFC 8555); needs port 443 or 80 reachable
	ACMEMail  string
	// ACMEDirectory is the certificate authority's directory; empty: Let's Encrypt.
	ACMEDirectory string
	Confirm       string               // id of a take-over that the operator confirms with this start
	TakeBack      string               // hash, or its first 12 characters, of the policy that the operator leaves for an earlier one
	Mail          mail.Options         // how mail is sent and received; Public is filled
	Fathom        vault.Secret         // that signs the messages of Fathom (whsec_…); empty: none is taken
	CleverReach   cleverreach.Account  // through which newsletters are dispatched that the policy hands to it
	Microsoft     oidc.Application     // with which people sign in to the portal by their Microsoft account
	CalDAV        vault.Secret         // address of the calendar elsewhere, https://user@host/path/; empty: none
	CalDAVSecret  vault.Secret         // its password, if the address holds none
	Plans         string               // file of the price list; empty: nothing can be subscribed to
	Stripe        subscription.Account // at the payment service
	Brake         retain.Brake         // the zero Brake is retain.DefaultBrake
	Clock         clock.Clock
	Log           *slog.Logger
}

// portalURL is the portal's address as those who have an account see it, empty where
// it has no door.
func (c Config) portalURL() string {
	switch {
	case c.PortalURL != "":
		return origin(c.PortalURL)
	case c.Portal == "":
		return ""
	case c.CertFile != "":
		return "https://" + reachable(c.Portal)
	}
	return "http://" + reachable(c.Portal)
}

// origin writes an address as browsers write an origin: passkeys are made for that text.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return strings.TrimSuffix(address, "/")
	}
	host := strings.ToLower(u.Host)
	if standard := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]; standard != "" {
		host = strings.TrimSuffix(host, standard)
	}
	return u.Scheme + "://" + host
}

// publicURL is the site's address as visitors see it.
func (c Config) publicURL() string {
	if c.PublicURL != "" {
		return strings.TrimSuffix(c.PublicURL, "/")
	}
	scheme := "http://"
	if c.CertFile != "" || len(c.ACME) > 0 {
		scheme = "https://"
	}
	return scheme + c.Listen
}
