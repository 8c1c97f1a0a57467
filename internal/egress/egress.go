package egress

import (
	"context"
	"net"
	"net/netip"
	"time"

	"kept/internal/clock"
	"kept/internal/ledger"
	"kept/internal/policy"
	"kept/internal/store"
)

// Resolver turns a host name into addresses; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Dialer connects to a numeric address.
type Dialer func(ctx context.Context, network, address string) (net.Conn, error)

// Options bound what comes back and let tests stand in for the network. The
// zero Options are the ones of service.
type Options struct {
	Resolver    Resolver      // nil: the system's
	Dial        Dialer        // nil: the system's
	Timeout     time.Duration // of a whole exchange; zero: 30 s
	MaxResponse int64         // bytes of a response's body; zero: 8 MiB
}

// Egress is the way out of one instance. It is safe for concurrent use.
type Egress struct {
	db     *store.DB
	ledger *ledger.Ledger
	clock  clock.Clock
	policy func() *policy.Policy
	opts   Options
}
