package dataset

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/remote/httpdata"
	"kept/internal/remote/records"
	"kept/internal/remote/sqldata"
	"kept/internal/vault"
)

// Connection is how one system is reached, as the operator wrote it.
type Connection struct {
	At        Pos
	Name      string
	Kind      string // postgres, mysql, mariadb, sqlite, sqlserver, mongodb, http
	Datasets  []string
	Host      string
	Port      int
	Hosts     []string // of MongoDB, host:port each
	Set       string   // replica set of MongoDB
	Source    string   // of MongoDB: the database that knows the user
	File      string   // of SQLite
	Database  string
	Schema    string
	User      string
	Password  vault.Secret
	Plain     bool   // tls: off
	Authority string // file of a certificate authority
	Server    string // name in the server's certificate, if it is not the host
	Mask      *Mask
	Delete    bool
	ExactMail bool

	URL         *url.URL // of an interface
	Auth        httpdata.Auth
	TokenURL    *url.URL
	Collections map[string]httpdata.Collection
}

// Out is the way out of the house.
type Out interface {
	DialOperator(ctx context.Context, purpose, network, address string) (net.Conn, error)
	Operator(purpose, address string) http.RoundTripper
}

// ports are the usual ones.
var ports = map[string]int{"postgres": 5432, "mysql": 3306, "mariadb": 3306, "sqlserver": 1433, "mongodb": 27017}

// Connect makes the systems of connections. Nothing is dialled before something is
// asked.
func Connect(connections []*Connection, datasets []*Dataset, out Out, c clock.Clock) ([]*System, error) {
	var systems []*System
	for _, x := range connections {
		source, err := x.open(datasets, out, c)
		if err != nil {
			for _, s := range systems {
				s.Source.Close()
			}
			return nil, fault.New(fault.Invalid, "connection %s: %w", x.Name, err)
		}
		systems = append(systems, &System{Name: x.Name, Source: source, Datasets: x.Datasets, Mask: x.Mask, Delete: x.Delete, ExactMail: x.ExactMail})
	}
	return systems, nil
}

func (x *Connection) open(datasets []*Dataset, out Out, c clock.Clock) (records.Source, error) {
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		return out.DialOperator(ctx, "connection "+x.Name, network, address)
	}
	security, err := x.security()
	if err != nil {
		return nil, err
	}
	switch x.Kind {
	case "http":
		return x.openHTTP(datasets, out, c)
	case "mongodb":
		return x.openMongoDB(security, dial)
	}
	kind := sqldata.Kind(x.Kind)
	if x.Kind == "mariadb" {
		kind = sqldata.MySQL
	}
	return sqldata.Open(sqldata.Config{
		Kind: kind, Address: x.addresses()[0], File: x.File, Database: x.Database, Schema: x.Schema, User: x.User, Password: x.Password, TLS: security, Dial: dial,
	})
}

// addresses are where the system is, host:port each.
func (x *Connection) addresses() []string {
	port := strconv.Itoa(x.Port)
	if x.Port == 0 {
		port = strconv.Itoa(ports[x.Kind])
	}
	if len(x.Hosts) == 0 {
		return []string{net.JoinHostPort(x.Host, port)}
	}
	all := make([]string, len(x.Hosts))
	for i, host := range x.Hosts {
		if all[i] = host; !strings.Contains(host, ":") {
			all[i] = net.JoinHostPort(host, port)
		}
	}
	return all
}

// security is how a database connection is encrypted: with a checked certificate,
// unless the operator turned it off or the database is on this machine.
func (x *Connection) security() (*tls.Config, error) {
	if x.Plain || x.Kind == "sqlite" || x.Kind == "http" || x.Authority == "" && x.Server == "" && here(x.Host) && len(x.Hosts) == 0 {
		return nil, nil
	}
	c := &tls.Config{ServerName: x.Host, MinVersion: tls.VersionTLS12}
	if x.Server != "" {
		c.ServerName = x.Server
	}
	if len(x.Hosts) > 0 && x.Server == "" {
		c.ServerName = "" // the driver takes each host's own
	}
	if x.Authority == "" {
		return c, nil
	}
	text, err := os.ReadFile(x.Authority)
	if err != nil {
		return nil, err
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(text) {
		return nil, fault.New(fault.Invalid, "%s holds no certificate", filepath.Base(x.Authority))
	}
	return c, nil
}

func here(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// openHTTP gives the described requests the fields and keys that datasets name.
func (x *Connection) openHTTP(datasets []*Dataset, out Out, c clock.Clock) (records.Source, error) {
	for _, d := range datasets {
		if !slices.Contains(x.Datasets, d.Key) {
			continue
		}
		for _, collection := range d.Collections {
			described, known := x.Collections[collection.Name]
			if !known {
				continue
			}
			described.Fields = collection.Tops()
			for _, f := range collection.Key() {
				described.Key = append(described.Key, f.Name())
			}
			x.Collections[collection.Name] = described
		}
	}
	auth := x.Auth
	if auth.OAuth2 != nil {
		auth.OAuth2.TokenURL, auth.OAuth2.Transport = x.TokenURL, out.Operator("connection "+x.Name, hostport(x.TokenURL))
	}
	return httpdata.Open(httpdata.Config{
		URL: x.URL, Auth: &auth, Collections: x.Collections, Transport: out.Operator("connection "+x.Name, hostport(x.URL)), Clock: c,
	})
}

func hostport(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80"}[u.Scheme]
	}
	if port == "" {
		port = "443"
	}
	return net.JoinHostPort(u.Hostname(), port)
}
