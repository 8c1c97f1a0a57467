//go:build !mongodb

package dataset

import (
	"context"
	"crypto/tls"
	"net"

	"kept/internal/fault"
	"kept/internal/remote/records"
)

// openMongoDB is not there in the usual build: the driver is 3.5 MB of the
// program, and few need it.
func (x *Connection) openMongoDB(*tls.Config, func(ctx context.Context, network, address string) (net.Conn, error)) (records.Source, error) {
	return nil, fault.New(fault.Invalid, "this build does not speak to MongoDB; build one that does: make build TAGS=mongodb")
}
