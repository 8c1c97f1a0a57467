package accesslog

import (
	"net/netip"
	"strings"

	"kept/internal/address"
)

// longestToken is the longest run of characters in which an address is looked
// for: an IPv6 address with all its colons percent-encoded and a port has 60.
const longestToken = 96

// inAddress reports whether c can be part of an address in a log: a digit, a
// hexadecimal letter, a separator, the percent sign of an encoded one.
func inAddress(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c == '.' || c == ':' || c == '%'
}

// mayHoldAddress reports whether s has the separators that an address needs:
// three dots, seven colons or two in a row, or encoded ones.
func mayHoldAddress[T string | []byte](s T) bool {
	dots, colons := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '.':
			dots++
		case ':':
			colons++
			if i > 0 && s[i-1] == ':' {
				return true
			}
		case '%':
			return true
		}
	}
	return dots >= 3 || colons >= 7
}

// decoded are the percent-encoded separators of an address.
var decoded = strings.NewReplacer("%3A", ":", "%3a", ":", "%2E", ".", "%2e", ".")

// token copies a run of address characters: truncated, if it is an address or
// holds one.
func (l *line) token(run []byte) {
	if !mayHoldAddress(run) {
		l.out.Write(run)
		return
	}
	if len(run) > longestToken {
		l.out.WriteString(nothing)
		return
	}
	text := string(run)
	if strings.Contains(text, "%") {
		text = decoded.Replace(text)
	}
	for mayHoldAddress(text) {
		a, start, end, ok := findAddress(text)
		if !ok {
			break
		}
		l.out.WriteString(text[:start] + address.Truncate(a, l.cut))
		text = text[end:]
	}
	l.out.WriteString(text)
}

// findAddress returns the leftmost and longest address in text, which may touch
// other characters: "203.0.113.7:443", "2001:db8::1.".
func findAddress(text string) (a netip.Addr, start, end int, ok bool) {
	for start = range len(text) {
		for end = len(text); end >= start+len("::"); end-- {
			a, err := netip.ParseAddr(text[start:end])
			if err == nil && !insideNumber(text, start, end, a) {
				return a, start, end, true
			}
		}
	}
	return netip.Addr{}, 0, 0, false
}

// insideNumber reports whether text[start:end] is a stretch of something longer
// and no address of its own: the 1.2.3.4 of 1.2.3.45.
func insideNumber(text string, start, end int, a netip.Addr) bool {
	digit := func(i int) bool {
		c := text[i]
		return c >= '0' && c <= '9' || a.Is6() && c != '.' && c != ':' && c != '%'
	}
	return start > 0 && digit(start-1) && digit(start) || end < len(text) && digit(end-1) && digit(end)
}
