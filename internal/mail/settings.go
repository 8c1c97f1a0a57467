package mail

import (
	"cmp"
	"crypto/x509"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"kept/internal/fault"
	"kept/internal/vault"
)

// Options are what the operator says, as words.
type Options struct {
	SMTP         vault.Secret // smtp://user:password@host:587 or smtps://…; empty: nothing can be sent
	From         string       // sender: "Name <post@example.org>"
	Domain       string       // where mail to us arrives; empty: the sender's
	DKIMKey      string       // file: PEM of an RSA or Ed25519 key
	DKIMSelector string
	Listen       string       // address of the SMTP receiver; empty: none
	IMAP         vault.Secret // imaps://user:password@host/INBOX; empty: none
	Plain        bool         // the network between us and the relay needs no TLS
	Public       string       // the site's address as visitors see it, for links
	Crowd        int          // mails an hour to addresses that strangers type, for each activity; 0: UsualCrowd
}

// Settings are checked Options.
type Settings struct {
	Relay   *Server // nil: nothing can be sent
	Mailbox *Server // nil: no mailbox is read
	From    Address
	Domain  string
	DKIM    *Signer // nil: mails go out unsigned
	Listen  string
	Public  string
	Crowd   int // mails an hour to addresses that strangers type, for each activity
}

// Server is a mail server that the operator named.
type Server struct {
	Host, Port string
	User       string
	Password   vault.Secret
	TLS        bool   // from the first byte; otherwise STARTTLS
	Plain      bool   // no TLS is needed: loopback, or the operator says so
	Folder     string // of an IMAP server

	roots *x509.CertPool // whose certificates are believed; nil: the machine's
}

// Address is host:port.
func (s *Server) Address() string { return net.JoinHostPort(s.Host, s.Port) }

// Configure checks what the operator says. Invalid if it does not fit together.
func Configure(o Options) (Settings, error) {
	s := Settings{Listen: o.Listen, Public: strings.TrimSuffix(o.Public, "/"), Crowd: cmp.Or(o.Crowd, UsualCrowd)}
	if s.Crowd < 0 {
		return Settings{}, fault.New(fault.Invalid, "--mail-crowd is a number of mails an hour, not %d", o.Crowd)
	}
	var err error
	if s.Relay, err = server("--smtp", o.SMTP, o.Plain, map[string]string{"smtp": "587", "smtps": "465"}); err != nil {
		return Settings{}, err
	}
	if s.Mailbox, err = server("--imap", o.IMAP, o.Plain, map[string]string{"imap": "143", "imaps": "993"}); err != nil {
		return Settings{}, err
	}
	if s.Domain, err = domainOf(o); err != nil {
		return Settings{}, err
	}
	if o.From != "" {
		if s.From, err = ParseAddress(o.From); err != nil {
			return Settings{}, fault.New(fault.Invalid, `--mail-from takes an address like "Example Ltd <post@example.org>": %w`, err)
		}
	}
	if s.Relay != nil && s.From.IsZero() {
		return Settings{}, fault.New(fault.Invalid, "--smtp needs --mail-from: the address that mails come from")
	}
	if (o.DKIMKey == "") != (o.DKIMSelector == "") {
		return Settings{}, fault.New(fault.Invalid, "--dkim-key and --dkim-selector belong together")
	}
	if s.Listen != "" {
		if _, _, err := net.SplitHostPort(s.Listen); err != nil {
			return Settings{}, fault.New(fault.Invalid, "--mail-listen takes an address with a port, as in 127.0.0.1:2525, not %q", s.Listen)
		}
	}
	if (s.Listen != "" || s.Mailbox != nil) && s.Domain == "" {
		return Settings{}, fault.New(fault.Invalid, "whoever receives mail says for which domain: --mail-domain")
	}
	if o.DKIMKey != "" {
		_, domain, _ := s.From.split()
		if s.DKIM, err = SignerFromFile(o.DKIMKey, o.DKIMSelector, domain); err != nil {
			return Settings{}, err
		}
	}
	return s, nil
}

// domainOf returns the domain of the instance's own addresses.
func domainOf(o Options) (string, error) {
	domain := o.Domain
	if domain == "" {
		a, err := ParseAddress(o.From)
		if err != nil {
			return "", nil //nolint:nilerr // --mail-from has its own check
		}
		_, domain, _ = a.split()
	}
	ascii, err := asciiDomain(strings.ToLower(domain))
	if err != nil {
		return "", fault.New(fault.Invalid, "--mail-domain takes the name of a domain like example.org")
	}
	return ascii, nil
}

// server reads the address of a mail server; nil if there is none. The address
// may hold a password, so no error repeats it.
func server(flag string, address vault.Secret, plain bool, ports map[string]string) (*Server, error) {
	if address.Reveal() == "" {
		return nil, nil
	}
	u, err := url.Parse(address.Reveal())
	if err != nil || u.Hostname() == "" || ports[u.Scheme] == "" {
		return nil, fault.New(fault.Invalid, "%s takes an address like %s://user:password@mail.example.org", flag, strings.TrimPrefix(flag, "--"))
	}
	s := &Server{Host: u.Hostname(), Port: u.Port(), TLS: strings.HasSuffix(u.Scheme, "s"), Folder: strings.TrimPrefix(u.Path, "/")}
	if s.Port == "" {
		s.Port = ports[u.Scheme]
	}
	if u.User != nil {
		s.User = u.User.Username()
		password, _ := u.User.Password()
		s.Password = vault.NewSecret(password)
	}
	s.Plain = plain || loopback(s.Host)
	return s, nil
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback()
	}
	return strings.EqualFold(host, "localhost")
}
