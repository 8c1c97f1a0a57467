package app

import (
	"errors"
	"io/fs"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"

	"kept/internal/fault"
	"kept/internal/gateway"
	"kept/internal/mail"
)

// ground is what a configuration names, looked at before anything is made: a
// mistake in a flag leaves no trace.
type ground struct {
	public *url.URL     // the site's address as visitors see it
	target *url.URL     // the server behind; nil for a folder and for pages served elsewhere
	folder *os.Root     // of a site of files
	pair   *certificate // nil where no files are named
	mail   mail.Settings
}

// survey checks cfg. Invalid if an instance cannot stand on it.
func survey(cfg Config) (g ground, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, g.close())
		}
	}()
	if g.public, err = web("--public-url", cfg.publicURL()); err != nil {
		return g, err
	}
	if strings.Trim(g.public.Path, "/") != "" {
		return g, fault.New(fault.Invalid, "--public-url takes an address without a path: the site stands at the root of its host, not at %s", g.public.Path)
	}
	if err = cfg.fitForPasswords(g.public); err != nil {
		return g, err
	}
	if cfg.ACMEDirectory != "" {
		if _, err = web("--acme-directory", cfg.ACMEDirectory); err != nil {
			return g, err
		}
	}
	trial := http.NewCrossOriginProtection()
	for _, origin := range cfg.Origins {
		if err := trial.AddTrustedOrigin(origin); err != nil {
			return g, fault.New(fault.Invalid, "--origin takes an address like https://www.example.com, not %q", origin)
		}
	}
	options := cfg.Mail
	options.Public = cfg.publicURL()
	if g.mail, err = mail.Configure(options); err != nil {
		return g, err
	}
	if g.target, g.folder, err = site(cfg.Site); err != nil {
		return g, err
	}
	if cfg.CertFile != "" {
		g.pair, err = openCertificate(cfg.CertFile, cfg.KeyFile, cfg.Clock, cfg.Log)
	}
	return g, err
}

func (g ground) close() error {
	if g.folder == nil {
		return nil
	}
	return g.folder.Close()
}

// fitForPasswords returns Invalid unless the portal's address is one of its own, and
// what people type there and the cookie that keeps them signed in are read by nobody on
// the way: https, or this machine.
func (c Config) fitForPasswords(site *url.URL) error {
	address := c.portalURL()
	if address == "" {
		return nil
	}
	if c.PortalURL != "" {
		address = c.PortalURL
	}
	portal, err := web("--portal-url", address)
	if err != nil {
		return err
	}
	if c.PortalURL != "" && (strings.Trim(portal.Path, "/") != "" || portal.Host == site.Host) {
		return fault.New(fault.Invalid, "--portal-url takes an address of its own without a path, as in https://portal.example.com: what stands on the site's would run with the site's scripts")
	}
	if portal.Scheme != "https" && !here(portal.Hostname()) {
		return fault.New(fault.Invalid, "at %s passwords and sessions would be open to everybody on the way: name certificate files with --cert and --key, or, behind a proxy that has one, how people reach it, as in --portal-url https://portal.example.com", address)
	}
	return nil
}

// here reports whether a host is this machine, by a name that leads nowhere else.
func here(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// web reads the address of a server.
func web(flag, address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fault.New(fault.Invalid, "%s takes an address like https://www.example.com, not %q", flag, address)
	}
	return u, nil
}

// site looks at what the operator named with --site: an address or a folder.
func site(name string) (*url.URL, *os.Root, error) {
	if name == "" {
		return nil, nil, nil
	}
	if strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
		target, err := web("--site", name)
		return target, nil, err
	}
	folder, err := os.OpenRoot(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, fault.New(fault.Invalid, "the folder given with --site cannot be opened; if %[1]s is a server, write --site http://%[1]s: %[2]w", name, err)
	case errors.Is(err, fs.ErrPermission):
		return nil, nil, fault.New(fault.Invalid, "the folder given with --site cannot be opened; let the user that runs kept read it: %w", err)
	case err != nil:
		return nil, nil, fault.New(fault.Invalid, "the folder given with --site cannot be opened: %w", err)
	}
	return nil, folder, nil
}

// pages is where the gateway gets the site's pages.
func (a *App) pages() gateway.Site {
	switch {
	case a.ground.target != nil:
		return gateway.Upstream(a.ground.target, a.Egress.Operator("site", hostPort(a.ground.target)))
	case a.ground.folder != nil:
		return gateway.Folder(a.ground.folder)
	}
	return gateway.Nowhere()
}

func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	if u.Scheme == "https" {
		return u.Host + ":443"
	}
	return u.Host + ":80"
}
