package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kept/internal/clock"
)

// pairFiles writes a certificate with this serial number and its key.
func pairFiles(t *testing.T, cert, key string, serial int64, until time.Time) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fatal(t, err)
	self := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: begin.Add(-time.Hour), NotAfter: until}
	der, err := x509.CreateCertificate(rand.Reader, self, self, &k.PublicKey, k)
	fatal(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(k)
	fatal(t, err)
	fatal(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	if key != "" {
		fatal(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	}
	stamp := time.Unix(serial, 0) // files written in one moment still differ
	fatal(t, os.Chtimes(cert, stamp, stamp))
}

// Changed files are seen at a handshake within a minute; what cannot be used is
// refused and said once.
func TestCertificateFilesAreLookedAtEachMinute(t *testing.T) {
	dir, now, log := t.TempDir(), clock.At(begin), &lines{}
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	later := begin.AddDate(0, 3, 0)
	pairFiles(t, cert, key, 1, later)
	c, err := openCertificate(cert, key, now, slog.New(slog.NewTextHandler(log, nil)))
	fatal(t, err)
	wants := func(what string, serial int64) {
		t.Helper()
		pair, err := c.get(nil)
		fatal(t, err)
		if got := pair.Leaf.SerialNumber.Int64(); got != serial {
			t.Errorf("%s: certificate %d, wanted %d", what, got, serial)
		}
	}
	pairFiles(t, cert, key, 2, later)
	wants("before a minute", 1)
	now.Advance(time.Minute)
	wants("after a minute", 2)

	pairFiles(t, cert, "", 3, later) // its key is not there yet
	for range 3 {
		now.Advance(time.Minute)
		wants("half a pair", 2)
	}
	if n := strings.Count(log.String(), "certificate refused"); n != 1 {
		t.Errorf("said %d times:\n%s", n, log)
	}
	pairFiles(t, cert, key, 4, begin.Add(-time.Minute))
	now.Advance(time.Minute)
	wants("one that has ended", 2)
	fatal(t, os.Remove(cert))
	now.Advance(time.Minute)
	wants("no file", 2)
	pairFiles(t, cert, key, 5, later)
	now.Advance(time.Minute)
	wants("a good one again", 5)
}
