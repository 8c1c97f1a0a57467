package mail

import (
	"bufio"
	"context"
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
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"kept/internal/vault"
)

// The servers of these tests are Debian's: aiosmtpd takes mail over STARTTLS with
// a password and puts it into a Maildir, Dovecot hands it out by IMAP. Both run as
// whoever runs the test, on loopback, in a folder that goes with the test.

// secret is what the operator gives by environment.
func secret(text string) vault.Secret { return vault.NewSecret(text) }

// certificate makes a certificate for this machine's loopback.
func certificate(t *testing.T, dir string) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	write(t, cert, string(text))
	write(t, key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return cert, key, pool
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const smtpServer = `
import ssl, sys
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult, SMTP

maildir, cert, key, port = sys.argv[1:5]
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(cert, key)

def authenticator(server, session, envelope, mechanism, data):
    return AuthResult(handled=False, success=data.login == b"post" and data.password == b"a pass: w@rd/")

class Refusing(Mailbox):
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 unknown"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

controller = Controller(Refusing(maildir), hostname="127.0.0.1", port=int(port), tls_context=context,
    require_starttls=True, auth_required=True, authenticator=authenticator, enable_SMTPUTF8=True)
controller.start()
print("ready", flush=True)
sys.stdin.read()
controller.stop()
`

// aiosmtpd starts the SMTP server and returns it as a relay.
func aiosmtpd(t *testing.T, dir, cert, key string, pool *x509.CertPool) *Server {
	t.Helper()
	python := debianPython(t, "import aiosmtpd")
	port := freePort(t)
	cmd := exec.Command(python, "-c", smtpServer, filepath.Join(dir, "maildir"), cert, key, port)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // it ends with its input
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the server says %q, %v", line, err)
	}
	return &Server{Host: "127.0.0.1", Port: port, User: "post", Password: vault.NewSecret("a pass: w@rd/"), roots: pool}
}

// dovecot starts the IMAP server over the same folder.
func dovecot(t *testing.T, dir, cert, key string, pool *x509.CertPool) (starttls, tls *Server) {
	t.Helper()
	const program = "/usr/sbin/dovecot"
	if _, err := os.Stat(program); err != nil {
		t.Skip("run ./scripts/setup to install what this needs: ", err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	group, err := user.LookupGroupId(me.Gid)
	if err != nil {
		t.Fatal(err)
	}
	login, internal, uid, gid := me.Username, me.Username, me.Uid, me.Gid
	if me.Uid == "0" { // root reads no mail; Debian's package made users for it
		login, internal, uid, gid = "dovenull", "dovecot", "65534", "65534"
		group.Name = "dovecot"
		give(t, filepath.Join(dir, "maildir"), 65534)
	}
	plain, secure := freePort(t), freePort(t)
	conf := filepath.Join(dir, "dovecot.conf")
	write(t, conf, fmt.Sprintf(`
base_dir = %[1]s/run
state_dir = %[1]s/run
log_path = /dev/stderr
protocols = imap
listen = 127.0.0.1
default_internal_user = %[2]s
default_login_user = %[3]s
default_internal_group = %[4]s
first_valid_uid = 0
mail_location = maildir:%[1]s/maildir
ssl = yes
ssl_cert = <%[5]s
ssl_key = <%[6]s
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=%[7]s gid=%[8]s home=%[1]s
}
service imap-login {
  chroot =
  inet_listener imap {
    port = %[9]s
  }
  inet_listener imaps {
    port = %[10]s
    ssl = yes
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
`, dir, internal, login, group.Name, cert, key, uid, gid, plain, secure))
	cmd := exec.Command(program, "-F", "-c", conf)
	says, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(says)
	started := false
	for !started && lines.Scan() {
		started = strings.Contains(lines.Text(), "starting up")
	}
	go func() {
		for lines.Scan() { // it stops when nobody listens
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	if !started {
		t.Fatal("dovecot does not start")
	}
	starttls = &Server{Host: "127.0.0.1", Port: plain, User: "kept", Password: vault.NewSecret("secret"), roots: pool}
	secured := *starttls
	secured.Port, secured.TLS = secure, true
	return starttls, &secured
}

func give(t *testing.T, dir string, uid int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(path, uid, uid)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// dialer dials as egress does for what the operator configured.
func dialer(ctx context.Context, _, network, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}
