package address

import (
	"net/netip"

	"kept/internal/policy"
)

// Truncate returns the network that t leaves of a: "203.0.0.0" for /16, without
// the length, which the policy says. An address that is none gives "".
func Truncate(a netip.Addr, t policy.Truncation) string {
	a = plain(a)
	bits := t.IPv6
	if a.Is4() {
		bits = t.IPv4
	}
	p, err := a.Prefix(min(max(bits, 0), a.BitLen()))
	if err != nil || !p.IsValid() {
		return ""
	}
	return p.Addr().String()
}

// Network returns what one customer holds, as a rule: the address itself for
// IPv4, its /64 for IPv6.
func Network(a netip.Addr) netip.Addr {
	a = plain(a)
	if !a.Is6() {
		return a
	}
	p, err := a.Prefix(64)
	if err != nil {
		return netip.Addr{}
	}
	return p.Addr()
}

// plain takes off the zone and the IPv6 dress of an IPv4 address.
func plain(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }
