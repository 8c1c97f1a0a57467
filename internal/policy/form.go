package policy

import (
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/language"

	"kept/internal/policy/period"
)

// Languages are those that Kept has built-in texts in.
var Languages = []string{"de", "en"}

// The functions here say whether a single value has the form that its key asks
// for. Their errors go on after the value: "x" is no ….

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9]*([-_.][a-z0-9]+)*$`)

func validName(s string) error {
	if len(s) > 64 || !nameForm.MatchString(s) {
		return errors.New("is no name: small letters and digits, with single hyphens or underscores between, 64 at most")
	}
	return nil
}

// dateForm is what looks like a date: also 2026-02-30.
var dateForm = regexp.MustCompile(patterns["K117"])

func validDate(s string) error {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return errors.New("is no date like 2026-05-01")
	}
	return nil
}

func validEmail(s string) error {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s || strings.ContainsAny(s, " \t\n") {
		return errors.New("is no e-mail address")
	}
	return nil
}

func validURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.ContainsAny(s, " \t\n") {
		return errors.New("is no address that begins with https://")
	}
	return nil
}

func validCalendar(s string) error {
	if _, known := period.CalendarOf(s); !known {
		return errors.New("is no calendar of public holidays that this program knows: a country like DE or FR, or a German Land like DE-BW")
	}
	return nil
}

func validCountry(s string) error {
	r, err := language.ParseRegion(s)
	if err != nil || len(s) != 2 || s != r.String() || r.Canonicalize() != r || !r.IsCountry() {
		return errors.New("is no country code of two capital letters (ISO 3166), like DE, IE, US or GB")
	}
	return nil
}

var (
	hostForm   = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	cookieForm = regexp.MustCompile("^[!#$%&'+.0-9A-Z^_`a-z|~-]+\\*?$")
)

// validHost accepts a host name or an address, with a port if need be.
func validHost(s string) error {
	switch {
	case strings.Contains(s, "/"):
		return errors.New("is more than a host: leave out https:// and the path")
	case strings.Contains(s, "*"):
		return errors.New("is no host: each host is named, there are no wildcards")
	case strings.ToLower(s) != s:
		return fmt.Errorf("is to be written in small letters: %s", strings.ToLower(s))
	}
	host, port, hasPort := cutPort(s)
	if hasPort && !isPort(port) {
		return errors.New("has no port from 1 to 65535 behind the colon")
	}
	if isAddress(host) || len(host) <= 253 && hostForm.MatchString(host) {
		return nil
	}
	return errors.New("is no host name like media.example.com or media.example.com:8443")
}

func isPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 1 && n <= 65535 && strconv.Itoa(n) == s
}

// cutPort takes host:port apart; an IPv6 address with a port stands in brackets.
func cutPort(s string) (host, port string, found bool) {
	if inner, rest, ok := strings.Cut(strings.TrimPrefix(s, "["), "]"); ok && strings.HasPrefix(s, "[") {
		port, found = strings.CutPrefix(rest, ":")
		return inner, port, found
	}
	if strings.Count(s, ":") > 1 {
		return s, "", false
	}
	return strings.Cut(s, ":")
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

func validCookie(s string) error {
	if len(s) > 128 || !cookieForm.MatchString(s) {
		return errors.New("is no cookie name (RFC 6265); a * may stand at its end only")
	}
	return nil
}

// quoted shows a word of the file in a message, bounded and harmless.
func quoted(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	if mixesScripts(s) {
		return strconv.QuoteToASCII(s)
	}
	return strconv.Quote(s)
}

// mixesScripts reports a word with letters that only look like Latin ones: shown
// as they are, nobody could tell what is wrong with it.
func mixesScripts(s string) bool {
	latin, lookalike := false, false
	for _, r := range s {
		latin = latin || unicode.Is(unicode.Latin, r)
		lookalike = lookalike || unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee)
	}
	return latin && lookalike
}
