//go:build mongodb

package dataset

import (
	"context"
	"crypto/tls"
	"net"

	"kept/internal/remote/mongodata"
	"kept/internal/remote/records"
)

func (x *Connection) openMongoDB(security *tls.Config, dial func(ctx context.Context, network, address string) (net.Conn, error)) (records.Source, error) {
	return mongodata.Open(mongodata.Config{
		Addresses: x.addresses(), Set: x.Set, Database: x.Database, User: x.User, Password: x.Password, Source: x.Source, TLS: security, Dial: dial,
	})
}
