package egress

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
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
	Resolver    Resolver       // nil: the system's
	Dial        Dialer         // nil: the system's
	Roots       *x509.CertPool // that answer for certificates; nil: the system's
	Timeout     time.Duration  // of a whole exchange; zero: 30 s
	MaxResponse int64          // bytes of a response's body; zero: 8 MiB
}

const (
	dialTimeout = 10 * time.Second
	maxHeader   = 64 << 10 // bytes of a response's header
)

// Egress is the way out of one instance. It is safe for concurrent use.
type Egress struct {
	db     *store.DB
	ledger *ledger.Ledger
	clock  clock.Clock
	policy func() *policy.Policy
	opts   Options
}

// Open makes the room's tables and returns the way out.
func Open(ctx context.Context, db *store.DB, l *ledger.Ledger, c clock.Clock, inForce func() *policy.Policy, opts Options) (*Egress, error) {
	if err := db.Migrate(ctx, "egress", files); err != nil {
		return nil, fmt.Errorf("egress: %w", err)
	}
	if opts.Resolver == nil {
		opts.Resolver = net.DefaultResolver
	}
	if opts.Dial == nil {
		opts.Dial = (&net.Dialer{Timeout: dialTimeout}).DialContext
	}
	opts.Timeout = cmp.Or(opts.Timeout, 30*time.Second)
	opts.MaxResponse = cmp.Or(opts.MaxResponse, 8<<20)
	return &Egress{db: db, ledger: l, clock: c, policy: inForce, opts: opts}, nil
}
