package markup

import (
	"strings"

	"golang.org/x/net/idna"
)

// networked are the schemes whose URLs make a browser connect, with the port
// that goes without saying (URL Standard, "special" schemes; file needs none).
var networked = map[string]string{"http": "80", "https": "443", "ws": "80", "wss": "443", "ftp": "21"}

// Host returns the host that a browser would connect to for a URL written in a
// page, in the form that Gate.Admits takes, and whether it names one at all: a
// relative URL does not, nor do data:, blob: or javascript:. What cannot be
// read with certainty is remote and has the empty host.
func Host(url string) (host string, remote bool) {
	scheme, hostport, _, remote := split(url)
	if !remote {
		return "", false
	}
	return normal(scheme, hostport), true
}

// Below returns what follows the host in a URL that a browser takes for one of
// origin, like http://127.0.0.1:3000, with whatever slash, ? or # it begins.
// A URL without a scheme counts as one of origin's.
func Below(url, origin string) (rest string, ok bool) {
	scheme, hostport, rest, remote := split(url)
	ownScheme, own, _, _ := split(origin)
	if scheme == "" {
		scheme = ownScheme
	}
	host := normal(scheme, hostport)
	if !remote || host == "" || scheme != ownScheme || host != normal(ownScheme, own) {
		return "", false
	}
	return rest, true
}

// split takes a URL apart as a browser does; remote is false if it names no
// host.
func split(url string) (scheme, hostport, rest string, remote bool) {
	url = strings.Trim(url, "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f ")
	if strings.ContainsAny(url, "\t\n\r") {
		url = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(url)
	}
	scheme, hostport = cutScheme(url)
	if scheme == "" {
		if len(hostport) < 2 || !slash(hostport[0]) || !slash(hostport[1]) {
			return "", "", "", false
		}
	} else if networked[scheme] == "" {
		return "", "", "", false
	}
	// "https:x" can be a relative URL or a host, by the page's own scheme, which
	// is not known here: it counts as a host.
	for len(hostport) > 0 && slash(hostport[0]) {
		hostport = hostport[1:]
	}
	if end := strings.IndexAny(hostport, `/\?#`); end >= 0 {
		hostport, rest = hostport[:end], hostport[end:]
	}
	return scheme, hostport[strings.LastIndexByte(hostport, '@')+1:], rest, true
}

func slash(c byte) bool { return c == '/' || c == '\\' }

// cutScheme returns the scheme in lower case, empty if url has none, and what
// follows it.
func cutScheme(url string) (scheme, rest string) {
	for i := 0; i < len(url); i++ {
		c := url[i]
		switch {
		case class[c]&isLetter != 0:
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return strings.ToLower(url[:i]), url[i+1:]
		default:
			return "", url
		}
	}
	return "", url
}

// normal writes a host and port as Gate.Admits takes them, empty if they are
// not plainly ones.
func normal(scheme, hostport string) string {
	host, port := hostport, ""
	if i := strings.LastIndexByte(hostport, ':'); i >= 0 && !strings.HasSuffix(hostport, "]") {
		host, port = hostport[:i], hostport[i+1:]
	}
	if strings.ContainsRune(host, '%') {
		host = unescapePercent(host)
	}
	host = asciiHost(host)
	if host == "" || strings.Trim(port, "0123456789") != "" {
		return ""
	}
	port = strings.TrimLeft(port, "0")
	if port == "" || port == networked[scheme] {
		return host
	}
	return host + ":" + port
}

// asciiHost lowers host and writes it in ASCII; it is empty for what no host
// name or address looks like.
func asciiHost(host string) string {
	plain := true
	for i := 0; i < len(host); i++ {
		c := host[i]
		switch {
		case c >= 0x80:
			ascii, err := idna.Lookup.ToASCII(host)
			if err != nil {
				return ""
			}
			return asciiHost(ascii)
		case class[c]&isUpper != 0:
			plain = false
		case class[c]&isLetter != 0, c >= '0' && c <= '9', c == '.', c == '-', c == '_', c == '[', c == ']', c == ':':
		default:
			return ""
		}
	}
	if plain {
		return host
	}
	return strings.ToLower(host)
}

func unescapePercent(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if hi, lo := unhex(s[i+1]), unhex(s[i+2]); hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
