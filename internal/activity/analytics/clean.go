package analytics

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// The longest texts that are kept, in bytes.
const (
	longestPath = 512
	longestText = 128
)

// page returns the path of a page and the parameters of its query.
func page(raw string) (path string, query url.Values) {
	if isPath(raw) {
		return cut(raw, longestPath), nil
	}
	u, err := url.Parse(raw)
	if err != nil {
		path, _, _ = strings.Cut(raw, "?")
		path, _, _ = strings.Cut(path, "#")
		return cut(path, longestPath), nil
	}
	if u.RawQuery != "" {
		query = u.Query()
	}
	if u.Path == "" {
		return "/", query
	}
	return cut(u.EscapedPath(), longestPath), query
}

// isPath reports whether raw is a path of letters, digits and what needs no
// escaping (RFC 3986, section 2.3), as nearly all pages are.
func isPath(raw string) bool {
	if raw == "" || raw[0] != '/' || strings.HasPrefix(raw, "//") {
		return false
	}
	for i := range len(raw) {
		switch c := raw[i]; {
		case c|0x20 >= 'a' && c|0x20 <= 'z', c >= '0' && c <= '9', c == '/', c == '-', c == '.', c == '_', c == '~':
		default:
			return false
		}
	}
	return true
}

// source returns the host that a visitor came from, "" if it is the site
// itself.
func source(referrer, site string) string {
	if referrer == "" {
		return ""
	}
	host, ok := plainHost(referrer)
	if !ok {
		u, err := url.Parse(referrer)
		if err != nil {
			return ""
		}
		host = strings.ToLower(u.Hostname())
	}
	if name, _, _ := strings.Cut(site, ":"); host == strings.ToLower(name) {
		return ""
	}
	return cut(host, longestText)
}

// plainHost returns the host of an address of the web that is a name in lower case
// and at most a path, as browsers send it to other sites; ok is false for others.
func plainHost(address string) (host string, ok bool) {
	rest, ok := strings.CutPrefix(address, "https://")
	if !ok {
		if rest, ok = strings.CutPrefix(address, "http://"); !ok {
			return "", false
		}
	}
	end := strings.IndexByte(rest, '/')
	if end < 0 {
		end = len(rest)
	}
	for i := range end {
		switch c := rest[i]; {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '.':
		default:
			return "", false
		}
	}
	return rest[:end], end == len(rest) || isPath(rest[end:])
}

// link returns a link without user, query and fragment. A link that is not of
// the web (mailto:, tel:) names a person: only its scheme stays.
func link(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return ""
	case u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https":
		return cut(u.Scheme, longestText) + ":"
	case u.Host == "":
		return cut(u.EscapedPath(), longestPath)
	}
	return cut(u.Host+u.EscapedPath(), longestPath)
}

// name returns the name of a video or file without a query.
func name(raw string) string {
	raw, _, _ = strings.Cut(raw, "?")
	raw, _, _ = strings.Cut(raw, "#")
	return cut(strings.TrimSpace(raw), longestPath)
}

// hidden stands for a search that may name a person.
const hidden = "…"

// term returns what was searched for, in lower case. People also search for
// mail addresses, and for phone and customer numbers: these are hidden.
func term(raw string) string {
	s := strings.ToLower(strings.Join(strings.Fields(raw), " "))
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '@':
			return hidden
		case c >= '0' && c <= '9':
			digits++
		}
	}
	if digits > 5 {
		return hidden
	}
	return cut(s, longestText)
}

// first returns the first value that query has for one of names.
func first(query url.Values, names []string) string {
	for _, n := range names {
		if v := query.Get(n); v != "" {
			return v
		}
	}
	return ""
}

// campaign returns the values of the parameters that name one, in their order:
// "newsletter / mail / spring".
func campaign(query url.Values, names []string) string {
	var parts []string
	for _, n := range names {
		if v := query.Get(n); v != "" && !hasControl(v) {
			parts = append(parts, term(v))
		}
	}
	return cut(strings.Join(parts, " / "), longestText)
}

// cut shortens s to at most n bytes, between characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
