// Package ldaptest runs a real directory for tests: an OpenLDAP server on this
// machine with an empty tree, the attributes of Active Directory beside those of
// inetOrgPerson, and an account that may only read.
package ldaptest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	wire "github.com/go-ldap/ldap/v3"
)

// What every server has.
const (
	Base     = "dc=muster,dc=example"
	People   = "ou=people," + Base
	Account  = "cn=reader," + Base
	Password = "reader-s3cret-5"
	Short    = "cn=short," + Base // an account that the server gives part of a long list; it has the same password

	owner         = "cn=owner," + Base
	ownerPassword = "owner"
	program       = "/usr/sbin/slapd"
)

// Server is a directory of its own.
type Server struct {
	URL   string         // ldap://
	TLS   string         // ldaps://, the name of the certificate is localhost
	Roots *x509.CertPool // who signed it

	t       testing.TB
	dir     string
	process *exec.Cmd
	said    bytes.Buffer
	conn    *wire.Conn
	groups  map[string]bool // that were made, by name
}

const settings = `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
attributetype ( 1.2.840.113556.1.2.102 NAME 'memberOf' SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )
attributetype ( 1.2.840.113556.1.2.210 NAME 'proxyAddresses' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 1.2.840.113556.1.4.2 NAME 'objectGUID' SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.4.8 NAME 'userAccountControl' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.2.146 NAME 'company' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.2.141 NAME 'department' EQUALITY caseIgnoreMatch SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.2.464 NAME 'wWWHomePage' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )
attributetype ( 1.2.840.113556.1.2.18 NAME 'otherTelephone' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )
attributetype ( 2.16.840.1.113730.3.1.35 NAME 'thumbnailPhoto' SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.4203.666.99.1 NAME 'adUser' SUP top AUXILIARY MAY ( memberOf $ proxyAddresses $ objectGUID $ userAccountControl $ company $ department $ wWWHomePage $ otherTelephone $ thumbnailPhoto $ co $ c ) )
objectclass ( 1.2.840.113556.1.3.30 NAME 'computer' SUP top AUXILIARY )
pidfile %[1]s/pid
TLSCertificateFile %[1]s/cert.pem
TLSCertificateKeyFile %[1]s/key.pem
modulepath /usr/lib/ldap
moduleload back_mdb
sizelimit size.soft=%[2]d size.hard=%[2]d size.prtotal=unlimited
database mdb
suffix %[3]q
rootdn %[4]q
rootpw %[5]s
directory %[1]s/db
maxsize 268435456
dbnosync
limits dn.exact=%[7]q size.prtotal=%[8]d
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact=%[6]q read by dn.exact=%[7]q read by * none
`

// The limits of the server: entries in one answer, and in all answers to Short.
const (
	mostAtOnce   = 500
	MostForShort = 600
)

// Start starts a directory that ends with the test; it skips the test where slapd
// is missing.
func Start(t testing.TB) *Server {
	t.Helper()
	if _, err := os.Stat(program); err != nil {
		t.Skip("slapd is missing; scripts/setup names the package")
	}
	s := &Server{t: t, dir: t.TempDir()}
	plain, encrypted := s.free(), s.free()
	s.URL, s.TLS = "ldap://"+plain, "ldaps://"+encrypted
	s.certify()
	s.must(os.Mkdir(filepath.Join(s.dir, "db"), 0o700))
	s.must(os.WriteFile(filepath.Join(s.dir, "slapd.conf"), fmt.Appendf(nil, settings, s.dir, mostAtOnce, Base, owner, ownerPassword, Account, Short, MostForShort), 0o600))
	s.process = exec.Command(program, "-f", filepath.Join(s.dir, "slapd.conf"), "-h", s.URL+" "+s.TLS, "-d", "0")
	s.process.Stdout, s.process.Stderr = &s.said, &s.said
	s.must(s.process.Start())
	t.Cleanup(func() {
		if s.conn != nil {
			s.conn.Close()
		}
		_ = s.process.Process.Kill() // it may have ended
		_ = s.process.Wait()         // by the kill
	})
	s.connect(plain)
	s.Add(Base, map[string][]string{"objectClass": {"dcObject", "organization"}, "dc": {"muster"}, "o": {"Muster"}})
	s.Add(People, map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {"people"}})
	s.Add(Account, map[string][]string{"objectClass": {"simpleSecurityObject", "organizationalRole"}, "cn": {"reader"}, "userPassword": {Password}})
	s.Add(Short, map[string][]string{"objectClass": {"simpleSecurityObject", "organizationalRole"}, "cn": {"short"}, "userPassword": {Password}})
	return s
}

func (s *Server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("%v; slapd says: %s", err, s.said.String())
	}
}

func (s *Server) free() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	defer l.Close()
	return l.Addr().String()
}

func (s *Server) connect(address string) {
	var last error
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			s.conn = wire.NewConn(conn, false)
			s.conn.Start()
			s.must(s.conn.Bind(owner, ownerPassword))
			return
		}
		last = err
		time.Sleep(20 * time.Millisecond) // a foreign program starts: nothing tells when
	}
	s.must(last)
}

// certify makes a certificate for localhost that signs itself.
func (s *Server) certify() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.must(err)
	about := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, about, about, key.Public(), key)
	s.must(err)
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	s.must(err)
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: raw}} {
		s.must(os.WriteFile(filepath.Join(s.dir, name), pem.EncodeToMemory(block), 0o600))
	}
	cert, err := x509.ParseCertificate(der)
	s.must(err)
	s.Roots = x509.NewCertPool()
	s.Roots.AddCert(cert)
}

// DN is where a person of the directory is.
func DN(cn string) string { return "cn=" + wire.EscapeDN(cn) + "," + People }

// Add puts an entry into the directory.
func (s *Server) Add(dn string, attributes map[string][]string) {
	s.t.Helper()
	r := wire.NewAddRequest(dn, nil)
	for name, values := range attributes {
		r.Attribute(name, values)
	}
	s.must(s.conn.Add(r))
}

// Hire puts a person into the directory, with further attributes.
func (s *Server) Hire(cn string, attributes map[string][]string) {
	s.t.Helper()
	all := map[string][]string{"objectClass": {"inetOrgPerson", "adUser"}, "cn": {cn}, "sn": {cn}}
	for name, values := range attributes {
		all[name] = values
	}
	s.Add(DN(cn), all)
}

// Change sets an attribute of a person.
func (s *Server) Change(cn, attribute string, values ...string) {
	s.t.Helper()
	s.set(DN(cn), attribute, values)
}

func (s *Server) set(dn, attribute string, values []string) {
	s.t.Helper()
	r := wire.NewModifyRequest(dn, nil)
	r.Replace(attribute, values)
	s.must(s.conn.Modify(r))
}

// GroupDN is where a group of the directory is: beside the people, not among them.
func GroupDN(cn string) string { return "cn=" + wire.EscapeDN(cn) + ",ou=groups," + Base }

// Group makes a group of members, which are whole names, or changes who they are.
func (s *Server) Group(cn string, members ...string) {
	s.t.Helper()
	if s.groups[cn] {
		s.set(GroupDN(cn), "member", members)
		return
	}
	if len(s.groups) == 0 {
		s.Add("ou=groups,"+Base, map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {"groups"}})
		s.groups = map[string]bool{}
	}
	s.groups[cn] = true
	s.Add(GroupDN(cn), map[string][]string{"objectClass": {"groupOfNames"}, "cn": {cn}, "member": members})
}

// Rename gives a person another name, and so another place.
func (s *Server) Rename(cn, to string) {
	s.t.Helper()
	s.must(s.conn.ModifyDN(wire.NewModifyDNRequest(DN(cn), "cn="+wire.EscapeDN(to), true, "")))
}

// Fire takes a person out of the directory.
func (s *Server) Fire(cn string) {
	s.t.Helper()
	s.must(s.conn.Del(wire.NewDelRequest(DN(cn), nil)))
}
