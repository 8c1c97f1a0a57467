package app

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
)

// certificateGrain is how often at most the files of a certificate are looked at.
const certificateGrain = time.Minute

// certificate is a pair of files that somebody renews. It is safe for concurrent
// use.
type certificate struct {
	cert, key string
	clock     clock.Clock
	log       *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	seen   [2]version // of the files when they were last read, well or not
	looked time.Time
}

// version tells two contents of a file apart without reading it.
type version struct {
	at   time.Time
	size int64
}

func openCertificate(cert, key string, c clock.Clock, log *slog.Logger) (*certificate, error) {
	k := &certificate{cert: cert, key: key, clock: c, log: log, looked: c.Now()}
	k.seen = k.versions()
	var err error
	if k.pair, err = k.read(); err != nil {
		return nil, fault.New(fault.Invalid, "the certificate cannot be used; check --cert and --key: %w", err)
	}
	return k, nil
}

// get implements tls.Config.GetCertificate.
func (k *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.clock.Now(); now.Sub(k.looked) >= certificateGrain {
		k.looked = now
		if now := k.versions(); now != k.seen {
			k.renew(now)
		}
	}
	return k.pair, nil
}

// reload reads the files anew, changed or not.
func (k *certificate) reload() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.renew(k.versions())
}

// renew takes a new pair. One that cannot be used is refused, and tried again
// when the files change: of two files one is always written first.
func (k *certificate) renew(now [2]version) {
	k.seen = now
	pair, err := k.read()
	if err == nil && !k.clock.Now().Before(pair.Leaf.NotAfter) {
		err = fault.New(fault.Invalid, "it ended on %s", pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	if err != nil {
		k.log.Error("certificate refused, the former one goes on", "file", k.cert, "ends", k.pair.Leaf.NotAfter, "error", err)
		return
	}
	k.pair = pair
	k.log.Info("the certificate was read", "file", k.cert, "ends", pair.Leaf.NotAfter)
}

func (k *certificate) read() (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(k.cert, k.key) // fills Leaf since Go 1.23
	return &pair, err
}

// versions returns what the files look like; a file that is not there has none.
func (k *certificate) versions() (now [2]version) {
	for i, name := range []string{k.cert, k.key} {
		if info, err := os.Stat(name); err == nil {
			now[i] = version{info.ModTime(), info.Size()}
		}
	}
	return now
}

// ReloadCertificate reads the certificate files again, if there are any; a pair
// that cannot be used is logged, and the former one goes on.
func (a *App) ReloadCertificate() {
	if a.ground.pair != nil {
		a.ground.pair.reload()
	}
}
