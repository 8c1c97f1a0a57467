package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"kept/internal/access"
	"kept/internal/app"
)

func serveCommand() *cobra.Command {
	var cfg app.Config
	var trusted []string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a policy in front of a site",
		Long: `Serves a site under a policy: asks visitors, holds back what they have not
allowed, measures what they have, keeps it as long as declared and answers them
about it. The site is another server (an address) or a folder of files; without
--site Kept serves its own pages only, for sites that embed its script tag.

A policy that does not pass its checks does not start. After a change of the
file send SIGHUP: the new policy is checked and taken over, or refused while the
old one goes on. Certificate files are read again at the signal too, and within
a minute after they have changed. The console has a door of its own; keep it on a private address.`,
		Example: `  kept serve --policy policy.yaml --site http://127.0.0.1:3000
  kept serve --policy policy.yaml --site ./public --listen :443 --acme www.example.com --public-url https://www.example.com
  kept serve --policy policy.yaml --site ./public --database postgres://kept@db/kept --vault postgres://kept@keys/kept`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if cfg.Trusted, err = prefixes(trusted); err != nil {
				return err
			}
			if (cfg.CertFile == "") != (cfg.KeyFile == "") {
				return misuse("--cert and --key belong together")
			}
			cfg.Log = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
			return serve(cmd, cfg)
		},
	}
	addPlace(cmd, &cfg.Place)
	addMail(cmd, &cfg.Mail)
	addFathom(cmd, &cfg.Fathom)
	addCleverReach(cmd, &cfg.CleverReach)
	addCalendar(cmd, &cfg)
	addMicrosoft(cmd, &cfg.Microsoft)
	addShop(cmd, &cfg)
	f := cmd.Flags()
	f.StringVar(&cfg.Policy, "policy", "policy.yaml", "the policy file")
	f.StringVar(&cfg.Site, "site", "", "address of the site behind (http://host:port), or a folder to serve")
	f.StringVar(&cfg.Listen, "listen", "127.0.0.1:8080", "address of the site's door")
	f.StringVar(&cfg.Console, "console", "127.0.0.1:8081", "address of the console's door")
	f.StringVar(&cfg.Portal, "portal", "", "address of the portal's door, for those who have an account (as in 127.0.0.1:8082)")
	f.StringVar(&cfg.PortalURL, "portal-url", "", "the portal's address as they reach it (default: the listening one)")
	f.StringVar(&cfg.PublicURL, "public-url", "", "the site's address as visitors see it (default: the listening one)")
	f.StringSliceVar(&cfg.Origins, "origin", nil, "origin of pages served elsewhere that embed the script tag (repeatable)")
	f.StringSliceVar(&cfg.Own, "own-host", nil, "further host of the operator's own that pages may load from (repeatable)")
	f.StringSliceVar(&trusted, "trusted-proxy", nil, "network of proxies whose forwarding headers are believed (repeatable)")
	f.StringVar(&cfg.CertFile, "cert", "", "certificate file (PEM)")
	f.StringVar(&cfg.KeyFile, "key", "", "key file of the certificate (PEM)")
	f.StringSliceVar(&cfg.ACME, "acme", nil, "host name to get certificates for by ACME (repeatable)")
	f.StringVar(&cfg.ACMEMail, "acme-mail", "", "contact address for the certificate authority")
	f.StringVar(&cfg.ACMEDirectory, "acme-directory", "", "directory of another certificate authority than Let's Encrypt")
	f.StringVar(&cfg.Confirm, "confirm", "", "id of a take-over plan that this start confirms")
	f.StringVar(&cfg.TakeBack, "take-back", "", "hash of the policy in force, which this start leaves for an earlier text")
	return cmd
}

func prefixes(names []string) ([]netip.Prefix, error) {
	var found []netip.Prefix
	for _, name := range names {
		if addr, err := netip.ParseAddr(name); err == nil {
			found = append(found, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(name)
		if err != nil {
			return nil, misuse("--trusted-proxy takes an address or a network like 10.0.0.0/8, not %q", name)
		}
		found = append(found, prefix)
	}
	return found, nil
}

func serve(cmd *cobra.Command, cfg app.Config) error {
	ctx := cmd.Context()
	hangups, unhook := hangUps()
	defer unhook()
	doors, err := app.Listen(ctx, &cfg)
	if err != nil {
		return err
	}
	defer doors.Close()
	a, err := open(ctx, cmd.ErrOrStderr(), cfg)
	if err != nil {
		return err
	}
	defer a.Close()
	listens := ""
	if cfg.PublicURL != "" {
		listens = "   (listens on " + doors.Site.Addr().String() + ")"
	}
	fmt.Fprintf(cmd.OutOrStdout(), "Site            %s%s\nPrivacy center  %s%s\nConsole         %s\n", a.SiteURL(), listens, a.SiteURL(), access.Prefix, a.ConsoleURL())
	if portal := a.PortalURL(); portal != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "Portal          %s\n", portal)
	}
	if err := writeWayIn(ctx, cmd.OutOrStdout(), a); err != nil {
		return err
	}
	if err := writePlanned(cmd.OutOrStdout(), a.InForce.Now()); err != nil {
		return err
	}
	go reload(ctx, a, hangups, cfg.Log)
	return a.Serve(ctx, doors)
}

// open opens an instance and prints the findings of a policy that is refused.
func open(ctx context.Context, w io.Writer, cfg app.Config) (*app.App, error) {
	a, err := app.Open(ctx, cfg)
	var refused *app.PolicyError
	if errors.As(err, &refused) {
		if err := refused.Findings.Write(w); err != nil {
			return nil, err
		}
		return nil, errFinding
	}
	return a, err
}

// hangUps returns the hang-up signals from now on. It is called before anything
// is opened or printed: a signal that came too early would end the process.
func hangUps() (hangups <-chan os.Signal, unhook func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGHUP)
	return c, func() { signal.Stop(c) }
}

// reload takes the changed policy and certificate over at each hang-up signal, or
// says why not.
func reload(ctx context.Context, a *app.App, hangups <-chan os.Signal, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		}
		a.ReloadCertificate()
		err := a.Reload(ctx)
		var refused *app.PolicyError
		switch {
		case err == nil:
			inForce := []any{"policy", a.InForce.Now().Hash}
			if idle := planned(a.InForce.Now()); len(idle) > 0 {
				inForce = append(inForce, "not run yet", strings.Join(idle, ", "))
			}
			log.Info("the policy file is in force", inForce...)
		case errors.As(err, &refused):
			for _, f := range refused.Findings {
				log.Error("policy refused, the former one goes on", "place", f.File+":"+f.Pos.String(), "code", f.Code, "problem", f.Problem, "remedy", f.Remedy)
			}
		default:
			log.Error("policy refused, the former one goes on", "error", err)
		}
	}
}

// loopback reports whether a listening address can be reached from this machine
// only.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsLoopback()
	}
	return strings.EqualFold(host, "localhost")
}
