package mail

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/vault"
)

func servers(t *testing.T) (relay, starttls, tls *Server) {
	t.Helper()
	dir, err := os.MkdirTemp("", "kept-mail-") // a socket's path is at most 107 bytes long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, sub := range []string{"maildir", "maildir/new", "maildir/cur", "maildir/tmp", "run"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cert, key, pool := certificate(t, dir)
	relay = aiosmtpd(t, dir, cert, key, pool)
	starttls, tls = dovecot(t, dir, cert, key, pool)
	return relay, starttls, tls
}

// reaches sends a mail over a server and returns what it says.
func reaches(ctx context.Context, s *Server, to string, raw []byte) (Reply, error) {
	r := newRelay(s, dialer, clock.System, "kept.example")
	defer r.close()
	return r.deliver(ctx, envelope{from: "post@kept.example", to: to}, raw)
}

func TestARelayOfDebianTakesMailOverTLSAlone(t *testing.T) {
	relay, _, _ := servers(t)
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	raw := compose(t, nil, shapes()["rich"])
	if r, err := reaches(ctx, relay, "anne@example.org", raw); err != nil || !r.accepted() {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := reaches(ctx, relay, "nobody@example.org", raw); err != nil || r.Code != 550 || r.Status != "5.1.1" || !r.permanent() {
		t.Errorf("%+v, %v", r, err)
	}
	wrong := *relay
	wrong.Password = vault.NewSecret("wrong")
	if _, err := reaches(ctx, &wrong, "anne@example.org", raw); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a wrong password: %v", err)
	}
	unknown := *relay
	unknown.roots = nil
	if _, err := reaches(ctx, &unknown, "anne@example.org", raw); !fault.Is(err, fault.Unavailable) {
		t.Errorf("a certificate of nobody: %v", err)
	}
	plain := *relay
	plain.Plain = true
	if _, err := reaches(ctx, &plain, "anne@example.org", raw); err == nil {
		t.Error("the relay took a password in the clear")
	}
}
