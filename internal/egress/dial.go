package egress

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"kept/internal/fault"
	"kept/internal/policy"
)

// Dial connects to host:port of a declared recipient, for protocols other than
// HTTP. Refused if the policy does not declare the host for it or the name
// leads to an address that is not public.
func (e *Egress) Dial(ctx context.Context, recipient, network, address string) (net.Conn, error) {
	if err := e.declared(ctx, recipient, address); err != nil {
		return nil, err
	}
	return e.dialPublic(ctx, recipient, network, address)
}

// DialOperator connects to the address that the operator configured for
// purpose, for protocols other than HTTP. It may be private.
func (e *Egress) DialOperator(ctx context.Context, purpose, network, address string) (net.Conn, error) {
	conn, err := e.opts.Dial(ctx, network, address)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the address configured for %s does not answer: %w", purpose, err)
	}
	return conn, nil
}

// declared returns Refused unless the policy in force declares address's host
// for recipient. A host declared with a port stands for that port alone.
func (e *Egress) declared(ctx context.Context, recipient, address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fault.New(fault.Invalid, "an address is written host:port: %w", err)
	}
	hosts := Hosts(e.policy(), recipient)
	if slices.ContainsFunc(hosts, func(declared string) bool {
		return matches(declared, host) || strings.EqualFold(declared, address)
	}) {
		return nil
	}
	return e.refuse(ctx, recipient, name(host), "undeclared")
}

// Hosts are the hosts that p declares for recipient: its own and those of its
// services.
func Hosts(p *policy.Policy, recipient string) []string {
	var hosts []string
	if r := p.Recipient(recipient); r != nil {
		hosts = append(hosts, r.Hosts...)
	}
	for i := range p.Services {
		if p.Services[i].Recipient == recipient {
			hosts = append(hosts, p.Services[i].Hosts...)
		}
	}
	return hosts
}

// matches compares host names; a declared *.example.org stands for every name
// below example.org.
func matches(declared, host string) bool {
	declared, host = name(declared), name(host)
	if parent, ok := strings.CutPrefix(declared, "*."); ok {
		return strings.HasSuffix(host, "."+parent)
	}
	return declared == host
}

func name(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }

// dialPublic resolves the address's host, refuses every address that is not
// public, and dials what it has checked: nothing is resolved twice.
func (e *Egress) dialPublic(ctx context.Context, recipient, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fault.New(fault.Invalid, "an address is written host:port: %w", err)
	}
	addrs, err := e.resolve(ctx, host)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the name %s is not found: %w", host, err)
	}
	// One private address among public ones is enough to refuse: a name that
	// mixes them is either misconfigured or an attack.
	for _, addr := range addrs {
		if what := local(addr); what != "" {
			return nil, e.refuse(ctx, recipient, name(host), what)
		}
	}
	var last error
	for _, addr := range addrs {
		conn, err := e.opts.Dial(ctx, network, net.JoinHostPort(addr.Unmap().String(), port))
		if err == nil {
			return conn, nil
		}
		last = err
	}
	return nil, fault.New(fault.Unavailable, "%s does not answer: %w", host, last)
}

func (e *Egress) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	addrs, err := e.opts.Resolver.LookupNetIP(ctx, "ip", host)
	if err == nil && len(addrs) == 0 {
		err = fmt.Errorf("no address")
	}
	return addrs, err
}
