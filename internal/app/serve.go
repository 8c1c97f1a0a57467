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

// Doors are the two listeners of an instance.
type Doors struct {
	Site, Console net.Listener
}

// Listen opens both doors where the configuration says. The site's door is the
// public one; the console's is meant for loopback or a private network.
func (a *App) Listen(ctx context.Context) (Doors, error) {
	var lc net.ListenConfig
	site, err := lc.Listen(ctx, "tcp", a.Config.Listen)
	if err != nil {
		return Doors{}, fault.New(fault.Unavailable, "cannot listen on %s; choose another address with --listen: %w", a.Config.Listen, err)
	}
	staff, err := lc.Listen(ctx, "tcp", a.Config.Console)
	if err != nil {
		return Doors{}, errors.Join(fault.New(fault.Unavailable, "cannot listen on %s; choose another address with --console: %w", a.Config.Console, err), site.Close())
	}
	// A port that the system chose is part of the addresses from now on.
	a.Config.Listen, a.Config.Console = site.Addr().String(), staff.Addr().String()
	config, err := a.tls()
	if err != nil {
		return Doors{}, errors.Join(err, site.Close(), staff.Close())
	}
	if config != nil {
		site = tls.NewListener(site, config)
	}
	if a.secureConsole() {
		staff = tls.NewListener(staff, config)
	}
	return Doors{Site: site, Console: staff}, nil
}

// tls returns the certificates' configuration, nil for plain HTTP.
func (a *App) tls() (*tls.Config, error) {
	switch {
	case len(a.Config.ACME) > 0:
		m := &autocert.Manager{
			Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(a.Config.ACME...), Email: a.Config.ACMEMail,
			Cache:  autocert.DirCache(filepath.Join(a.Config.Data, "certificates")),
			Client: &acme.Client{DirectoryURL: a.Config.ACMEDirectory, HTTPClient: a.acmeClient()},
		}
		return m.TLSConfig(), nil
	case a.Config.CertFile != "":
		pair, err := tls.LoadX509KeyPair(a.Config.CertFile, a.Config.KeyFile)
		if err != nil {
			return nil, fault.New(fault.Invalid, "the certificate cannot be used: %w", err)
		}
		return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}, nil
	}
	return nil, nil
}

// Serve answers at both doors and does the standing work until ctx ends, then
// lets requests finish and returns nil.
func (a *App) Serve(ctx context.Context, doors Doors) error {
	// The standing work outlives the doors: what the last request did is still
	// sequenced, polled for and counted.
	work, rest := context.WithCancel(context.WithoutCancel(ctx))
	defer rest()
	standing, work := errgroup.WithContext(work)
	a.background(work, standing)
	err := a.serveDoors(ctx, work, doors)
	rest()
	return errors.Join(err, standing.Wait())
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
	}{{doors.Site, a.site}, {doors.Console, a.staff}} {
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
	group.Go(func() error { return ended(a.Ledger.Run(ctx)) })
	group.Go(func() error { return ended(a.Jobs.Run(ctx, workers)) })
	group.Go(func() error { return ended(a.Consent.Run(ctx)) })
	group.Go(func() error { return ended(a.Gateway.Run(ctx)) })
	group.Go(func() error { return ended(a.InForce.Run(ctx, a.reread, a.Log)) })
}

// ended takes the end of the context for what it is here: the wish to stop.
func ended(err error) error {
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
