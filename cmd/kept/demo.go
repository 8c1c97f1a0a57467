package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"kept/examples"
	"kept/internal/access"
	"kept/internal/activity/booking"
	"kept/internal/activity/contact"
	"kept/internal/activity/newsletter"
	"kept/internal/app"
	"kept/internal/clock"
	"kept/internal/demo"
	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/vault"
)

// The demo's scale: six weeks, so that retention has had something to do.
const (
	demoDays   = 42
	demoPerDay = 24
	demoOwner  = "owner@agentur.example"
	demoSender = "Musteragentur <post@agentur.example>"
)

// demoMark stands in a folder that the demo made and may empty.
const demoMark = ".kept-demo"

type demoOptions struct {
	dir, listen, console string
	days, perDay         int
	audit                bool // stop after the replay and an audit
}

func demoCommand() *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show Kept at work: an agency's site with some weeks of visitors",
		Long: `Serves the example site of an agency under examples/alleherzen/policy.yaml, with
third parties played on loopback ports, after it has let six weeks of visitors
walk through it. Everything lies in one folder, which is emptied at each start;
its policy.yaml can be edited while the demo runs (then: kill -HUP).`,
		Example: "  kept demo\n  kept demo --listen 127.0.0.1:9000 --dir /tmp/kept-demo",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runDemo(cmd, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.dir, "dir", "./kept-demo", "folder of the demo")
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", "address of the site's door")
	f.StringVar(&o.console, "console", "127.0.0.1:8081", "address of the console's door")
	f.IntVar(&o.days, "days", demoDays, "days of visitors before now")
	f.IntVar(&o.perDay, "visits", demoPerDay, "visits a day, about")
	f.BoolVar(&o.audit, "audit", false, "stop after the replay and an audit; exit code 1 on a finding or a job that was set aside")
	return cmd
}

func runDemo(cmd *cobra.Command, o demoOptions) error {
	if !loopback(o.listen) || !loopback(o.console) {
		return misuse("the demo believes every forwarding header; let it listen on loopback only")
	}
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	hangups, unhook := hangUps()
	defer unhook()
	var now clock.Adjustable
	now.Set(clock.System.Now().AddDate(0, 0, -o.days))
	cfg := demoConfig(o, &now, cmd.ErrOrStderr())
	doors, err := app.Listen(ctx, &cfg)
	if err != nil {
		return err
	}
	defer doors.Close()
	others, err := demo.StartThirdParties(ctx)
	if err != nil {
		return err
	}
	defer others.Close()
	box, err := demo.OpenMailbox(ctx)
	if err != nil {
		return err
	}
	defer box.Close()
	cfg.Mail.SMTP = vault.NewSecret(box.Relay())
	if err := prepareDemo(o.dir, others.Hosts()); err != nil {
		return err
	}
	a, err := open(ctx, cmd.ErrOrStderr(), cfg)
	if err != nil {
		return err
	}
	defer a.Close()
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx, doors) }()
	box.Answers(a.Config.Mail.Listen)
	err = replay(ctx, a, &now, o, box)
	now.Release()
	if err == nil {
		err = bookDemo(ctx, a)
	}
	if err == nil {
		err = a.Settle(ctx)
	}
	if err == nil && o.audit {
		err = auditDemo(ctx, cmd.OutOrStdout(), a)
		stop()
	} else if err == nil {
		go reload(ctx, a, hangups, a.Log)
		err = greet(ctx, cmd.OutOrStdout(), a, others, box)
	}
	if err != nil {
		stop()
	}
	return errors.Join(ignoreCancel(err), <-served)
}

func ignoreCancel(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func demoConfig(o demoOptions, now clock.Clock, log io.Writer) app.Config {
	return app.Config{
		Place:  app.Place{Data: filepath.Join(o.dir, "data")},
		Policy: filepath.Join(o.dir, "policy.yaml"), Site: filepath.Join(o.dir, "site"),
		Listen: o.listen, Console: o.console, Clock: now,
		Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		Mail:    mail.Options{From: demoSender, Listen: "127.0.0.1:0"},
		Log:     slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
}

// prepareDemo empties a folder that an earlier demo made, and refuses another.
func prepareDemo(dir string, hosts map[string]string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Unavailable, "the demo's folder cannot be read: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, demoMark)); len(entries) > 0 && err != nil {
		return misuse("%s holds something that the demo did not make; name another folder with --dir", dir)
	}
	if err := os.RemoveAll(dir); err != nil {
		return fault.New(fault.Unavailable, "the demo's folder cannot be emptied: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fault.New(fault.Unavailable, "the demo's folder cannot be made: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, demoMark), []byte("made by kept demo; emptied at its next start\n"), 0o644); err != nil {
		return fault.New(fault.Unavailable, "the demo's folder cannot be written: %w", err)
	}
	example, err := fs.Sub(examples.Files, "alleherzen")
	if err != nil {
		return err
	}
	instead := map[string]string{
		"{cleverreach: {protocol: cleverreach}}": "{cleverreach: {protocol: smtp}}", // the mailbox plays its mail server
	}
	maps.Copy(instead, hosts)
	return demo.Prepare(example, dir, instead)
}

func replay(ctx context.Context, a *app.App, now *clock.Adjustable, o demoOptions, box *demo.Mailbox) error {
	letters := demo.Letters{
		Site: a.SiteURL(), Console: a.ConsoleURL(), Receiver: a.Config.Mail.Listen, Mailbox: box,
		Set: now.Set, Work: a.Settle,
		SignIn: func(ctx context.Context) (string, error) {
			token, err := a.Staff.Invite(ctx, demoOwner, access.Owner)
			return a.ConsoleURL() + "/link/" + token, err
		},
	}
	readers := demo.Readers{Site: a.SiteURL(), Mailbox: box, Set: now.Set, Work: a.Settle}
	meetings := demo.Meetings{Console: a.ConsoleURL(), Set: now.Set, Work: a.Settle, SignIn: letters.SignIn}
	bar := progress(fmt.Sprintf("%d days of visitors", o.days))
	defer bar.finish()
	return demo.Replay{
		Site: a.SiteURL(), Until: clock.System.Now(), Days: o.days, PerDay: o.perDay, Seed: 7,
		Set: now.Set, Work: a.Settle, Progress: bar.count, Evening: demo.Evenings(letters.Evening, readers.Evening, meetings.Evening),
	}.Run(ctx)
}

func auditDemo(ctx context.Context, w io.Writer, a *app.App) error {
	report, err := a.Audit.Run(ctx)
	if err != nil {
		return err
	}
	if err := report.Text(w); err != nil {
		return err
	}
	aside, err := a.Jobs.SetAside(ctx)
	if err != nil {
		return err
	}
	for _, j := range aside {
		fmt.Fprintf(w, "✗ %s was set aside on %s after %d attempts: %s\n", j.Kind, j.SetAside.Format(time.DateTime), j.Attempt, j.Error)
	}
	if len(report.Findings())+len(aside) > 0 {
		return errFinding
	}
	return nil
}

// greet prints where everything is, and makes a first audit for the overview.
func greet(ctx context.Context, w io.Writer, a *app.App, others *demo.ThirdParties, box *demo.Mailbox) error {
	if _, err := a.Audit.Run(ctx); err != nil {
		return err
	}
	token, err := a.Staff.Invite(ctx, demoOwner, access.Owner)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, `
Site            %[1]s
Privacy center  %[1]s%[2]s
Console         %[3]s/link/%[4]s   (lets you in once)
Newsletter      %[1]s%[5]s
Appointments    %[1]s%[8]s
Contact form    %[1]s%[7]s
Mailbox         %[6]s   (every mail that is sent arrives here; answer it there)
Mail to us      smtp://%[9]s   (for a mail program of your own)

The third parties of the site are played on this machine. Each shows what it
received; before you agree to something, that is nothing:
`, a.SiteURL(), access.Prefix, a.ConsoleURL(), token, newsletter.Path, box.Page(), contact.Path, booking.Path, a.Config.Mail.Listen)
	for _, line := range others.Logs() {
		fmt.Fprintf(w, "  %s\n", line)
	}
	_, err = fmt.Fprintln(w, "\nStop with Ctrl-C.")
	return err
}
