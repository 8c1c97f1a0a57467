package egress

import "net/netip"

// block is a range of addresses that is not the public internet.
type block struct {
	prefix netip.Prefix
	what   string
}

// blocks are the special-purpose registries of IANA (RFC 6890 and its
// successors) as far as an address in them is local, shared, or stands for
// another address that this room could not check.
var blocks = parse(map[string]string{
	"0.0.0.0/8":       "this-network",
	"10.0.0.0/8":      "private",
	"100.64.0.0/10":   "shared-by-a-carrier", // CGNAT, RFC 6598
	"127.0.0.0/8":     "loopback",
	"169.254.0.0/16":  "link-local", // cloud metadata too
	"172.16.0.0/12":   "private",
	"192.0.0.0/24":    "protocol-assignments",
	"192.0.2.0/24":    "documentation",
	"192.88.99.0/24":  "6to4-relay",
	"192.168.0.0/16":  "private",
	"198.18.0.0/15":   "benchmarking",
	"198.51.100.0/24": "documentation",
	"203.0.113.0/24":  "documentation",
	"224.0.0.0/4":     "multicast",
	"240.0.0.0/4":     "reserved", // and limited broadcast

	"::/96":          "v4-compatible", // unspecified and loopback too
	"64:ff9b:1::/48": "local-translation",
	"100::/64":       "discard-only",
	"100:0:0:1::/64": "dummy",
	"2001::/23":      "protocol-assignments", // Teredo, ORCHID
	"2001:db8::/32":  "documentation",
	"2002::/16":      "6to4",
	"3fff::/20":      "documentation",
	"5f00::/16":      "segment-routing",
	"fc00::/7":       "private",
	"fe80::/10":      "link-local",
	"fec0::/10":      "site-local",
	"ff00::/8":       "multicast",
})

// nat64 carries an IPv4 address in its last 32 bits (RFC 6052).
var nat64 = netip.MustParsePrefix("64:ff9b::/96")

func parse(named map[string]string) []block {
	var parsed []block
	for prefix, what := range named {
		parsed = append(parsed, block{netip.MustParsePrefix(prefix), what})
	}
	return parsed
}

// local says in one word why addr is not a public address; empty if it is one.
// IPv4 addresses are recognised inside IPv6 ones (mapped, and translated by
// NAT64's well-known prefix).
func local(addr netip.Addr) string {
	if !addr.IsValid() {
		return "not-an-address"
	}
	addr = addr.Unmap().WithZone("")
	if nat64.Contains(addr) {
		b := addr.As16()
		addr = netip.AddrFrom4([4]byte(b[12:]))
	}
	for _, b := range blocks {
		if b.prefix.Contains(addr) {
			return b.what
		}
	}
	return ""
}
