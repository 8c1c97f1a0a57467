package sqldata

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"kept/internal/fault"
	"kept/internal/remote/records"
	"kept/internal/vault"
)

// Kind is a database product.
type Kind string

// The products.
const (
	Postgres  Kind = "postgres"
	MySQL     Kind = "mysql" // MariaDB too
	SQLite    Kind = "sqlite"
	SQLServer Kind = "sqlserver"
)

// Config says where a database is.
type Config struct {
	Kind     Kind
	Address  string // host:port
	File     string // of SQLite
	Database string
	Schema   string // empty: the usual one
	User     string
	Password vault.Secret
	TLS      *tls.Config // nil: not encrypted
	// Dial connects to the address; it is not asked for any other.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Source is one database. It is safe for concurrent use.
type Source struct {
	config  Config
	dialect dialect
	db      *sql.DB

	mu     sync.Mutex
	tables map[string]*records.Table
}

var _ records.Source = (*Source)(nil)

const (
	maxConnections = 4
	idle           = time.Minute
	refusal        = "the database does not answer: %w"
)

// Open prepares a database. It connects when something is asked of it.
func Open(c Config) (*Source, error) {
	d, known := dialects[c.Kind]
	if !known {
		return nil, fault.New(fault.Invalid, "%q is no kind of database; known are postgres, mysql, sqlite, sqlserver", c.Kind)
	}
	if dial := c.Dial; dial != nil {
		c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if address != c.Address {
				return nil, fault.New(fault.Refused, "the server leads to an address that is not the configured one")
			}
			return dial(ctx, network, address)
		}
	}
	db, err := d.open(c)
	if err != nil {
		return nil, fmt.Errorf("prepare the connection: %w", redact(err, c.Password))
	}
	db.SetMaxOpenConns(maxConnections)
	db.SetConnMaxIdleTime(idle)
	return &Source{config: c, dialect: d, db: db}, nil
}

// Close lets the connections go.
func (s *Source) Close() error { return s.db.Close() }

// failed gives an error its kind and takes secrets out of it.
func (s *Source) failed(err error) error {
	var known *fault.Error
	var theirs handled
	switch {
	case err == nil:
		return nil
	case errors.As(err, &theirs):
		return theirs.error
	case errors.As(err, &known):
		return err
	}
	err = redact(err, s.config.Password)
	switch s.dialect.classify(err) {
	case fault.Conflict:
		return fault.New(fault.Conflict, "the database refuses it: %w", err)
	case fault.NotFound:
		s.forget()
		return fault.New(fault.NotFound, "the schema has changed: %w", err)
	case fault.Unavailable:
		return fault.New(fault.Unavailable, refusal, err)
	case fault.Forbidden:
		return fault.New(fault.Forbidden, "the database user may not do this; give it the right: %w", err)
	}
	return err
}

// Tables returns the live schema.
func (s *Source) Tables(ctx context.Context) ([]records.Table, error) {
	s.forget()
	known, err := s.schema(ctx)
	if err != nil {
		return nil, err
	}
	tables := make([]records.Table, 0, len(known))
	for _, name := range sortedKeys(known) {
		tables = append(tables, *known[name])
	}
	return tables, nil
}

func (s *Source) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables = nil
}

// schema returns the tables by name, asked for once.
func (s *Source) schema(ctx context.Context) (map[string]*records.Table, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tables != nil {
		return s.tables, nil
	}
	tables, err := s.dialect.tables(ctx, s.db, s.config)
	if err != nil {
		return nil, s.failed(err)
	}
	s.tables = tables
	return tables, nil
}

// table returns a table that is there.
func (s *Source) table(ctx context.Context, name string) (*records.Table, error) {
	tables, err := s.schema(ctx)
	if err != nil {
		return nil, err
	}
	if t := tables[name]; t != nil {
		return t, nil
	}
	return nil, fault.New(fault.NotFound, "there is no table %s", name)
}
