package address

import (
	"net/http"
	"net/netip"
	"strings"
)

// maxHops bounds the forwarding chain that is read.
const maxHops = 32

// Client returns the address of the client of r. X-Forwarded-For is read from
// its end, and only as far as proxies of trusted wrote it; what a stranger or a
// malformed entry claims counts for nothing. IPv4 addresses written as IPv6 are
// IPv4, zones are dropped. The zero address means that there is none (a Unix
// socket).
func Client(r *http.Request, trusted []netip.Prefix) netip.Addr {
	client := parse(r.RemoteAddr)
	if !client.IsValid() || !within(trusted, client) {
		return client
	}
	chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(chain) - 1; i >= max(0, len(chain)-maxHops); i-- {
		hop := parse(strings.Trim(chain[i], " \t"))
		if !hop.IsValid() {
			break
		}
		client = hop
		if !within(trusted, hop) {
			break
		}
	}
	return client
}

// parse reads an address with or without a port and brackets.
func parse(s string) netip.Addr {
	if a, err := netip.ParseAddrPort(s); err == nil {
		return plain(a.Addr())
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		s = strings.TrimSuffix(inner, "]")
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}
	}
	return plain(a)
}

func within(prefixes []netip.Prefix, a netip.Addr) bool {
	for _, p := range prefixes {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Scheme returns the scheme, http or https, by which the client of r came.
func Scheme(r *http.Request, trusted []netip.Prefix) string {
	if peer := parse(r.RemoteAddr); peer.IsValid() && within(trusted, peer) {
		if s := strings.ToLower(r.Header.Get("X-Forwarded-Proto")); s == "http" || s == "https" {
			return s
		}
	}
	if r.TLS != nil {
		return "https"
	}
	return "http"
}
