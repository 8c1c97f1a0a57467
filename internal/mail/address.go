package mail

import (
	"mime"
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"kept/internal/fault"
)

// Address is a mailbox with the name of whom it belongs to, which may be empty.
// Of a name whatever is no text, and what is too long to be shown, is left out.
type Address struct {
	Name string
	Mail string // local@domain, as its owner writes it
}

// maxAddress is the longest path that SMTP carries (RFC 5321, 4.5.3.1.3, without
// the brackets).
const maxAddress = 254

// ParseAddress reads an address as people write it: "ada@example.org" or
// "Ada <ada@example.org>". Invalid if it is none that mail can be sent to.
func ParseAddress(text string) (Address, error) {
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) || len(text) > 4*maxAddress {
		return Address{}, invalidAddress()
	}
	parser := mail.AddressParser{WordDecoder: &mime.WordDecoder{}}
	found, err := parser.Parse(text)
	if err != nil {
		return Address{}, invalidAddress()
	}
	a := Address{Name: strings.TrimSpace(found.Name), Mail: found.Address}
	return a, a.check()
}

func invalidAddress() error {
	return fault.New(fault.Invalid, "this is no mail address; one looks like name@example.org")
}

// IsZero reports whether there is no address.
func (a Address) IsZero() bool { return a.Mail == "" }

// check returns Invalid unless mail can be sent to a.
func (a Address) check() error {
	local, domain, ok := a.split()
	if !ok || len(a.Mail) > maxAddress || len(local) > 64 || !localPart(local) {
		return invalidAddress()
	}
	if _, err := asciiDomain(domain); err != nil {
		return invalidAddress()
	}
	return nil
}

// split cuts the address at its last @.
func (a Address) split() (local, domain string, ok bool) {
	at := strings.LastIndexByte(a.Mail, '@')
	if at <= 0 || at == len(a.Mail)-1 {
		return "", "", false
	}
	return a.Mail[:at], a.Mail[at+1:], true
}

// localPart reports whether s is a dot-atom (RFC 5322, 3.2.3), with letters of
// all scripts (RFC 6532). Quoted local parts are refused: nobody has one, and
// they are how commands and headers are smuggled.
func localPart(s string) bool {
	if !utf8.ValidString(s) || strings.HasPrefix(s, ".") || strings.HasSuffix(s, ".") || strings.Contains(s, "..") {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune(".!#$%&'*+/=?^_`{|}~-", r):
			return false
		}
		return r < 0x80 || !unicode.IsPrint(r) || unicode.IsSpace(r)
	})
}

// asciiDomain returns a domain as the network carries it (IDNA 2008).
func asciiDomain(domain string) (string, error) {
	if plainDomain(domain) {
		return domain, nil
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", err
	}
	if len(ascii) > 253 || strings.HasSuffix(ascii, ".") || strings.Trim(ascii, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		return "", invalidAddress()
	}
	return ascii, nil
}

// plainDomain reports whether a domain is one of the usual ones, which stand in the
// network as they are: tables of Unicode have nothing to say of them.
func plainDomain(domain string) bool {
	if len(domain) > 253 {
		return false
	}
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' || strings.Contains(label, "--") {
			return false
		}
		for i := range len(label) {
			if c := label[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	return true
}

// wire returns the address as SMTP carries it: the domain in ASCII. utf8 says
// that the local part needs a relay that speaks SMTPUTF8 (RFC 6531).
func (a Address) wire() (path string, needsUTF8 bool, err error) {
	if err := a.check(); err != nil {
		return "", false, err
	}
	local, domain, _ := a.split()
	domain, err = asciiDomain(domain)
	if err != nil {
		return "", false, invalidAddress()
	}
	return local + "@" + domain, !ascii(local), nil
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Normalise returns the form by which an address is recognised, for blind
// indexes and for subject.Email: lower case, the domain in ASCII. Invalid if it
// is no address. Providers that tell local parts apart by case are gone; two
// subjects for one person would be worse.
func Normalise(address string) (string, error) {
	a := Address{Mail: strings.TrimSpace(address)}
	path, _, err := a.wire()
	if err != nil {
		return "", err
	}
	return strings.ToLower(path), nil
}
