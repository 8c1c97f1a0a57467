package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
	"golang.org/x/sync/errgroup"

	"kept/internal/activity/accesslog"
	"kept/internal/fault"
	"kept/internal/policy"
)

// Bounds of a connection (ASVS 5.0, V13): a slow or large head ends it. Bodies
// have bounds of their own, a route or the site's.
const (
	headTime   = 10 * time.Second
	idleTime   = 2 * time.Minute
	headSize   = 64 << 10
	gracePause = 15 * time.Second
	workers    = 2 // jobs at a time
)

// Doors are the listeners of an instance.
type Doors struct {
	Site, Console net.Listener
	Portal        net.Listener // nil where nobody has an account
	Mail          net.Listener // nil where no mail is received
}

// Listen opens the doors where c says, before an instance is opened that could
// then not be reached. The site's door is the public one; the console's is meant
// for loopback or a private network. A port that the system chose is part of c's
// addresses from then on.
func Listen(ctx context.Context, c *Config) (Doors, error) {
	site, err := listen(ctx, "--listen", c.Listen)
	if err != nil {
		return Doors{}, err
	}
	staff, err := listen(ctx, "--console", c.Console)
	if err != nil {
		return Doors{}, errors.Join(err, site.Close())
	}
	doors := Doors{Site: site, Console: staff}
	if c.Mail.Listen != "" {
		if doors.Mail, err = listen(ctx, "--mail-listen", c.Mail.Listen); err != nil {
			return Doors{}, errors.Join(err, doors.Close())
		}
		c.Mail.Listen = doors.Mail.Addr().String()
	}
	if c.Portal != "" {
		if doors.Portal, err = listen(ctx, "--portal", c.Portal); err != nil {
			return Doors{}, errors.Join(err, doors.Close())
		}
		c.Portal = doors.Portal.Addr().String()
	}
	c.Listen, c.Console = site.Addr().String(), staff.Addr().String()
	return doors, nil
}

func listen(ctx context.Context, flag, address string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, fault.New(fault.Invalid, "%s takes an address with a port, as in 127.0.0.1:9400 or :9400, not %q", flag, address)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "cannot listen on %s; choose another address with %s: %w", address, flag, err)
	}
	return l, nil
}

// Close closes the doors. Serve has done so when it returns.
func (d Doors) Close() error {
	failed := errors.Join(closed(d.Site.Close()), closed(d.Console.Close()))
	for _, l := range []net.Listener{d.Portal, d.Mail} {
		if l != nil {
			failed = errors.Join(failed, closed(l.Close()))
		}
	}
	return failed
}

func closed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// secured lets the doors speak TLS where the configuration says so.
func (a *App) secured(d Doors) Doors {
	config := a.tls()
	if config != nil {
		d.Site = tls.NewListener(d.Site, config)
	}
	if a.secureConsole() {
		d.Console = tls.NewListener(d.Console, config)
	}
	if d.Portal != nil && config != nil {
		d.Portal = tls.NewListener(d.Portal, config)
	}
	return d
}

// tls returns the certificates' configuration, nil for plain HTTP.
func (a *App) tls() *tls.Config {
	switch {
	case len(a.Config.ACME) > 0:
		m := &autocert.Manager{
			Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(a.Config.ACME...), Email: a.Config.ACMEMail,
			Cache:  autocert.DirCache(filepath.Join(a.Config.Data, "certificates")),
			Client: &acme.Client{DirectoryURL: a.Config.ACMEDirectory, HTTPClient: a.acmeClient()},
		}
		return m.TLSConfig()
	case a.ground.pair != nil:
		return &tls.Config{GetCertificate: a.ground.pair.get, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	}
	return nil
}

// Serve answers at the doors and does the standing work until ctx ends, then
// lets requests finish and returns nil.
func (a *App) Serve(ctx context.Context, doors Doors) error {
	unhang, err := a.hang()
	if err != nil {
		return errors.Join(err, doors.Close())
	}
	// The standing work outlives the doors: what the last request did is still
	// sequenced, polled for and counted.
	work, rest := context.WithCancel(context.WithoutCancel(ctx))
	defer rest()
	standing, work := errgroup.WithContext(work)
	a.background(work, standing)
	if doors.Mail != nil {
		standing.Go(func() error { return a.Mail.ServeSMTP(work, doors.Mail) })
	}
	err = a.serveDoors(ctx, work, a.secured(doors))
	a.Mail.Halt() // a job that sends a campaign ends
	rest()
	return errors.Join(err, standing.Wait(), unhang())
}

// serveDoors answers until ctx ends, or the standing work does.
func (a *App) serveDoors(ctx, work context.Context, doors Doors) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		select {
		case <-ctx.Done():
			return nil
		case <-work.Done():
			return errors.New("the standing work has ended")
		}
	})
	for _, door := range []struct {
		listener net.Listener
		handler  http.Handler
	}{{doors.Site, a.door}, {doors.Console, a.staff}, {doors.Portal, a.portal}} {
		if door.listener == nil {
			continue
		}
		server := &http.Server{
			Handler: door.handler, ReadHeaderTimeout: headTime, IdleTimeout: idleTime, MaxHeaderBytes: headSize,
			ErrorLog: log.New(complaints{a.Log}, "", 0), BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		}
		group.Go(func() error {
			if err := server.Serve(door.listener); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve: %w", err)
			}
			return nil
		})
		group.Go(func() error {
			<-ctx.Done()
			grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), gracePause)
			defer cancel()
			if err := server.Shutdown(grace); err != nil {
				return server.Close() // whoever is still connected is cut off
			}
			return nil
		})
	}
	return group.Wait()
}

// complaints is where net/http says what it can tell no handler. It names the
// client, whose address belongs into the access log or nowhere.
type complaints struct{ log *slog.Logger }

// Write implements io.Writer.
func (c complaints) Write(line []byte) (int, error) {
	level := slog.LevelWarn
	if bytes.Contains(line, []byte("TLS handshake error")) {
		level = slog.LevelDebug // somebody tries doors; every public address has that all day
	}
	if !c.log.Enabled(context.Background(), level) {
		return len(line), nil
	}
	var text strings.Builder
	if err := accesslog.Anonymise(bytes.NewReader(line), &text, policy.Truncation{}); err != nil {
		return 0, err
	}
	c.log.Log(context.Background(), level, "connection failed", "error", strings.TrimSpace(text.String()))
	return len(line), nil
}

// background starts the standing work: sequencing, jobs, withdrawn ids, drift.
func (a *App) background(ctx context.Context, group *errgroup.Group) {
	group.Go(func() error { return unlessStopped(a.Ledger.Run(ctx)) })
	group.Go(func() error { return unlessStopped(a.Jobs.Run(ctx, workers)) })
	group.Go(func() error { return unlessStopped(a.Consent.Run(ctx)) })
	group.Go(func() error { return unlessStopped(a.Gateway.Run(ctx)) })
	group.Go(func() error { return unlessStopped(a.watchClocks(ctx)) })
	group.Go(func() error { return unlessStopped(a.InForce.Run(ctx, a.reread, a.Log)) })
}

// unlessStopped takes the end of the context for what it is here: the wish to
// stop.
func unlessStopped(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// acmeClient reaches the certificate authority and nobody else.
func (a *App) acmeClient() *http.Client {
	directory := a.Config.ACMEDirectory
	if directory == "" {
		directory = autocert.DefaultACMEDirectory
	}
	authority, err := url.Parse(directory)
	if err != nil {
		authority = &url.URL{Scheme: "https", Host: "invalid.example"} // every request to it fails with a clear error
	}
	return &http.Client{Transport: a.Egress.Operator("certificates", hostPort(authority)), Timeout: time.Minute}
}
