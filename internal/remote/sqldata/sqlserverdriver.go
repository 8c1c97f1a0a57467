//go:build sqlserver

package sqldata

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"net/url"

	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"

	"kept/internal/fault"
)

// dialer is the caller's way out in the driver's form.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d(ctx, network, address)
}

func (sqlserver) open(c Config) (*sql.DB, error) {
	address := url.URL{Scheme: "sqlserver", User: url.UserPassword(c.User, c.Password.Reveal()), Host: c.Address}
	address.RawQuery = url.Values{"database": {c.Database}, "encrypt": {"disable"}, "app name": {"kept"}}.Encode()
	config, err := msdsn.Parse(address.String())
	if err != nil {
		return nil, err
	}
	if c.TLS != nil {
		config.Encryption, config.TLSConfig = msdsn.EncryptionRequired, c.TLS
	}
	connector := mssql.NewConnectorConfig(config)
	connector.Dialer = dialer(c.Dial)
	return sql.OpenDB(connector), nil
}

func (sqlserver) classify(err error) fault.Kind {
	var ms mssql.Error
	if !errors.As(err, &ms) {
		if unreachable(err) {
			return fault.Unavailable
		}
		return fault.Internal
	}
	switch ms.Number {
	case 515, 547, 2601, 2627, 2628, 8152, 1205:
		return fault.Conflict
	case 207, 208:
		return fault.NotFound
	case 229, 230:
		return fault.Forbidden
	case 4060, 18456, 40613, 40197, 40501, 10928, 10929:
		return fault.Unavailable
	}
	return fault.Internal
}
