package egress

import (
	"context"
	"errors"
	"net"

	"kept/internal/fault"
)

// DialConfigured is DialOperator for a command that runs without an instance.
func DialConfigured(ctx context.Context, purpose, network, address string) (net.Conn, error) {
	return Bare().DialOperator(ctx, purpose, network, address)
}

// Bare is the way out to configured addresses for a command that runs without an
// instance. It leads to no declared recipient, and what it refuses is recorded
// nowhere.
func Bare() *Egress {
	return &Egress{opts: Options{Dial: (&net.Dialer{Timeout: dialTimeout}).DialContext}}
}

// LookupTXT asks DNS for the texts of a name, for a command that tells the
// operator what is published. NotFound if there are none.
func LookupTXT(ctx context.Context, name string) ([]string, error) {
	found, err := net.DefaultResolver.LookupTXT(ctx, name)
	var missing *net.DNSError
	switch {
	case err == nil:
		return found, nil
	case errors.As(err, &missing) && missing.IsNotFound:
		return nil, fault.New(fault.NotFound, "DNS has no text for %s", name)
	}
	return nil, fault.New(fault.Unavailable, "DNS does not answer: %w", err)
}
