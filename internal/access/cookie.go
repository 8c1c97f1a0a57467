package access

import (
	"net/http"
	"net/textproto"
	"strings"
)

// Cookie returns the value of the one cookie of a name. More than one with
// different values count as one that is worth nothing, "": a neighbour on another
// subdomain may have planted one, and nobody can tell which. It reads what
// net/http reads, and makes nothing of the other cookies: what many requests a
// second are asked must not cost a list of their cookies each time.
func Cookie(r *http.Request, name string) (value string, present bool) {
	for _, field := range r.Header["Cookie"] {
		for field != "" {
			var pair string
			pair, field, _ = strings.Cut(field, ";")
			is, text, _ := strings.Cut(textproto.TrimString(pair), "=")
			if textproto.TrimString(is) != name {
				continue
			}
			text, ok := cookieText(text)
			switch {
			case !ok:
			case present && text != value:
				return "", true
			default:
				value, present = text, true
			}
		}
	}
	return value, present
}

// cookieText returns a cookie's value without the quotes around it; ok is false
// for bytes that no value holds (RFC 6265, section 4.1.1, and space and comma,
// which browsers send).
func cookieText(raw string) (text string, ok bool) {
	if n := len(raw); n > 1 && raw[0] == '"' && raw[n-1] == '"' {
		raw = raw[1 : n-1]
	}
	for i := range len(raw) {
		if c := raw[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return "", false
		}
	}
	return raw, true
}
