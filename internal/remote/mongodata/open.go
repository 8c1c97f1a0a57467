package mongodata

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"kept/internal/fault"
	"kept/internal/remote/records"
	"kept/internal/vault"
)

// Config says where a database is.
type Config struct {
	Addresses []string // host:port of each member
	Set       string   // name of the replica set; empty: one server
	Database  string
	User      string
	Password  vault.Secret
	Source    string      // database that knows the user; empty: admin
	TLS       *tls.Config // nil: not encrypted
	Dial      func(ctx context.Context, network, address string) (net.Conn, error)
}

// Source is one database. It is safe for concurrent use.
type Source struct {
	client   *mongo.Client
	database *mongo.Database
	secret   vault.Secret
}

var _ records.Source = (*Source)(nil)

// patience is how long a server is looked for.
const patience = 10 * time.Second

// dialer lets the driver out to the configured addresses.
type dialer Config

func (d dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if !slices.Contains(d.Addresses, address) {
		return nil, fault.New(fault.Refused, "the server leads to %s, which is not configured", address)
	}
	return d.Dial(ctx, network, address)
}

// Open prepares a database. It connects when something is asked of it.
func Open(c Config) (*Source, error) {
	o := options.Client().SetHosts(c.Addresses).SetDialer(dialer(c)).SetAppName("kept").SetMaxPoolSize(4).
		SetServerSelectionTimeout(patience).SetConnectTimeout(patience)
	if c.Set != "" {
		o.SetReplicaSet(c.Set)
	} else {
		o.SetDirect(true)
	}
	if c.User != "" {
		o.SetAuth(options.Credential{Username: c.User, Password: c.Password.Reveal(), AuthSource: c.Source})
	}
	if c.TLS != nil {
		o.SetTLSConfig(c.TLS)
	}
	client, err := mongo.Connect(o)
	if err != nil {
		return nil, fmt.Errorf("prepare the connection: %w", err)
	}
	return &Source{client: client, database: client.Database(c.Database), secret: c.Password}, nil
}

// Close lets the connections go.
func (s *Source) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return s.client.Disconnect(ctx)
}

// The codes that this room tells apart.
const (
	unauthorized   = 13
	authentication = 18
	duplicateKey   = 11000
	validation     = 121
)

// failed gives an error its kind and takes the password out of it.
func (s *Source) failed(err error) error {
	if err == nil {
		return nil
	}
	if text := s.secret.Reveal(); text != "" && strings.Contains(err.Error(), text) {
		err = errors.New(strings.ReplaceAll(err.Error(), text, s.secret.String()))
	}
	var server mongo.ServerError
	switch {
	case errors.As(err, &server) && (server.HasErrorCode(duplicateKey) || server.HasErrorCode(validation)):
		return fault.New(fault.Conflict, "the database refuses it: %w", err)
	case errors.As(err, &server) && server.HasErrorCode(unauthorized):
		return fault.New(fault.Forbidden, "the database user may not do this; give it the role readWrite: %w", err)
	case mongo.IsNetworkError(err), mongo.IsTimeout(err), errors.As(err, &server) && server.HasErrorCode(authentication), !errors.As(err, &server):
		return fault.New(fault.Unavailable, "the database does not answer: %w", err)
	}
	return err
}
