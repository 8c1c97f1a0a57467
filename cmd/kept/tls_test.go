package main

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"kept/internal/store/storetest"
)

const publicName = "www.agentur.example"

// securely returns a visitor who reaches publicName at p's door, trusts the
// authority alone, and comes from another loopback address than the test.
func securely(a *authority, p *process) *visitor {
	v := newVisitor("https://" + publicName)
	v.client = newClient(&tls.Config{RootCAs: a.pool()})
	v.client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return from127007(ctx, network, p.door)
	}
	return v
}

// from127007 dials from 127.0.0.7, an address to be looked for afterwards.
func from127007(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 7)}}
	return d.DialContext(ctx, network, address)
}

// With a certificate both doors speak TLS, HTTP/2 too, and cookies travel by
// TLS only. Who fails at the handshake is named nowhere (AH02).
func TestServeWithACertificate(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	i := newInstance(t, storetest.SQLite(t))
	cert, key := a.files(i.dir, publicName)
	p := i.serve("--cert", cert, "--key", key, "--public-url", "https://"+publicName)
	if p.site != "https://"+publicName || !strings.HasPrefix(p.console, "https://127.0.0.1:") {
		t.Errorf("the addresses are %s and %s", p.site, p.console)
	}
	v := securely(a, p)
	got, err := v.get("/")
	fatal(t, err)
	fatal(t, got.want(http.StatusOK))
	if got.ProtoMajor != 2 {
		t.Errorf("it speaks %s", got.Proto)
	}
	got, err = v.choose("accept")
	fatal(t, err)
	for _, c := range got.Cookies() {
		if !c.Secure && c.MaxAge >= 0 {
			t.Errorf("the cookie %s travels without TLS", c.Name)
		}
	}
	fatal(t, speaksNonsense(t.Context(), p.door))
	fatal(t, v.accepts()) // it goes on
	fatal(t, p.stop())
	if strings.Contains(p.said(), "127.0.0.7") {
		t.Errorf("the log names a visitor:\n%s", p.said())
	}
	if r := i.run(i.serveArgs("--cert", key, "--key", cert)...); r.code != exitMisuse || !strings.Contains(r.err, "the certificate cannot be used") {
		t.Errorf("swapped files: exit code %d\n%s", r.code, r.err)
	}
}

// A renewed certificate is taken at the signal; one that cannot be used is
// refused, and the former one goes on.
func TestARenewedCertificateIsTakenWithoutARestart(t *testing.T) {
	t.Parallel()
	first, second := newAuthority(t), newAuthority(t)
	i := newInstance(t, storetest.SQLite(t))
	cert, key := first.files(i.dir, publicName)
	p := i.serve("--cert", cert, "--key", key, "--public-url", "https://"+publicName)
	shows := func(a *authority) {
		t.Helper()
		got, err := securely(a, p).get("/")
		fatal(t, err)
		fatal(t, got.want(http.StatusOK))
	}
	shows(first)
	fatal(t, os.WriteFile(cert, []byte("half a certificate"), 0o600))
	hangUp(t, p, "certificate refused, the former one goes on")
	shows(first)
	second.files(i.dir, publicName)
	hangUp(t, p, "the certificate was read")
	shows(second)
	fatal(t, p.stop())
}

// speaksNonsense opens a connection, says what is no handshake, and reads until
// the door closes it.
func speaksNonsense(ctx context.Context, address string) error {
	c, err := from127007(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Write([]byte("GET / HTTP/1.1\r\nHost: www.agentur.example\r\n\r\n")); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, c)
	return err
}

// With ACME the first visitor makes it get a certificate, through egress, and
// the second start has it already.
func TestServeGetsItsCertificateByACME(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	i := newInstance(t, storetest.SQLite(t))
	flags := []string{
		"--acme", publicName, "--acme-directory", a.URL + "/directory", "--acme-mail", "admin@agentur.example", "--public-url", "https://" + publicName,
	}
	p := i.serve(flags...)
	a.door = p.door
	got, err := securely(a, p).get("/")
	fatal(t, err)
	fatal(t, got.want(http.StatusOK))
	if a.mail != "mailto:admin@agentur.example" {
		t.Errorf("the authority was told to write to %q", a.mail)
	}
	stranger := securely(a, p)
	stranger.site = "https://other.example"
	if _, err := stranger.get("/"); err == nil || !strings.Contains(err.Error(), "tls") {
		t.Errorf("for another name it shows a certificate: %v", err)
	}
	fatal(t, p.stop())

	a.Close() // the authority is not needed any more
	p = i.serve(flags...)
	got, err = securely(a, p).get("/")
	fatal(t, err)
	fatal(t, got.want(http.StatusOK))
	fatal(t, p.stop())
	i.holds()
}

// Nobody but the authority is asked: one that leads elsewhere is refused, and
// the refusal is recorded (guarantee 5).
func TestACMEReachesItsAuthorityOnly(t *testing.T) {
	t.Parallel()
	a, other := newAuthority(t), newAuthority(t)
	a.elsewhere = other.URL
	i := newInstance(t, storetest.SQLite(t))
	p := i.serve("--acme", publicName, "--acme-directory", a.URL+"/directory", "--public-url", "https://"+publicName)
	if _, err := securely(a, p).get("/"); err == nil {
		t.Error("a certificate was issued")
	}
	fatal(t, p.stop())
	if other.asked.Load() > 0 {
		t.Error("another host was asked")
	}
	if !strings.Contains(i.leaves(), `"egress.refused"`) {
		t.Error("the refusal is not in the log")
	}
}
