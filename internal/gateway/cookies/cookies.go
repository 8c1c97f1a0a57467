package cookies

import (
	"net/netip"
	"strings"
)

// Own is the prefix of Kept's own cookies: a site neither sees nor sets them.
const Own = "kept_"

// Request filters the Cookie fields of a request. It returns one field with the
// cookies that pass, empty if none does, and the names of the others; Kept's
// own are left out without being named.
func Request(fields []string, passes func(name string) bool) (kept string, refused []string) {
	var b strings.Builder
	for _, field := range fields {
		for field != "" {
			var pair string
			pair, field, _ = strings.Cut(field, ";")
			pair = strings.Trim(pair, " \t")
			name, _, _ := strings.Cut(pair, "=")
			name = strings.Trim(name, " \t")
			switch {
			case pair == "" || strings.HasPrefix(name, Own):
			case passes(name):
				if b.Len() > 0 {
					b.WriteString("; ")
				}
				b.WriteString(pair)
			default:
				refused = append(refused, name)
			}
		}
	}
	return b.String(), refused
}

// Response filters the Set-Cookie fields of a response, in place. A cookie
// without a name is refused: browsers send it back as a bare value, which reads
// like any other cookie.
func Response(fields []string, passes func(name string) bool) (kept, refused []string) {
	kept = fields[:0]
	for _, field := range fields {
		name := Name(field)
		if name != "" && !strings.HasPrefix(name, Own) && passes(name) {
			kept = append(kept, field)
		} else {
			refused = append(refused, name)
		}
	}
	return kept, refused
}

// Name returns the name of the cookie that a Set-Cookie field sets.
func Name(field string) string {
	pair, _, _ := strings.Cut(field, ";")
	name, _, found := strings.Cut(pair, "=")
	if !found {
		return ""
	}
	return strings.Trim(name, " \t")
}

// Count returns how many cookies the fields hold.
func Count(fields []string) int {
	n := 0
	for _, field := range fields {
		n += strings.Count(field, ";") + 1
	}
	return n
}

// Expire returns Set-Cookie fields that end the cookie name wherever a script
// of a page on host at path may have set it: for the host alone and for each
// domain above it, at the root and at the page's own folders. Empty for a name
// that cannot stand in a header.
func Expire(name, host, path string) []string {
	if strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c >= 0x7f || strings.ContainsRune(`;,="\`, c) }) || name == "" {
		return nil
	}
	flags := "; Max-Age=0"
	if strings.HasPrefix(name, "__Secure-") || strings.HasPrefix(name, "__Host-") {
		flags += "; Secure"
	}
	var fields []string
	for _, domain := range domains(host) {
		for _, folder := range folders(path) {
			fields = append(fields, name+"=; Path="+folder+domain+flags)
		}
	}
	return fields
}

// domains returns the Domain attributes that a page on host may use, the absent
// one first. Browsers ignore those that are too high.
func domains(host string) []string {
	all := []string{""}
	if i := strings.LastIndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		return all
	}
	for strings.Contains(host, ".") && len(all) <= maxDomains {
		all = append(all, "; Domain="+host)
		_, host, _ = strings.Cut(host, ".")
	}
	return all
}

const (
	maxDomains = 4
	maxFolders = 3
)

// folders returns the Path attributes that a script of a page at path is likely
// to have used: the root and the folders that lead to the page.
func folders(path string) []string {
	all := []string{"/"}
	for i := 1; i < len(path) && len(all) <= maxFolders; i++ {
		c := path[i]
		if c <= ' ' || c >= 0x7f || c == ';' || c == ',' {
			break
		}
		if c == '/' {
			all = append(all, path[:i])
		}
	}
	return all
}
