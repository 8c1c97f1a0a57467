package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kept/internal/access"
	"kept/internal/activity"
	"kept/internal/activity/accesslog"
	"kept/internal/activity/account"
	"kept/internal/activity/analytics"
	"kept/internal/activity/booking"
	"kept/internal/activity/contactsync"
	"kept/internal/activity/meeting"
	"kept/internal/activity/newsletter"
	"kept/internal/activity/subscription"
	"kept/internal/center"
	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/console"
	"kept/internal/duty/audit"
	"kept/internal/duty/dataset"
	"kept/internal/duty/request"
	"kept/internal/duty/retain"
	"kept/internal/duty/rights"
	"kept/internal/egress"
	"kept/internal/gateway"
	"kept/internal/job"
	"kept/internal/mail"
	"kept/internal/policy/period"
	"kept/internal/portal"
)

// App is an instance at work.
type App struct {
	*Platform
	Config   Config
	Egress   *egress.Egress
	Mail     *mail.Post
	Consent  *consent.Service
	Retain   *retain.Sweeper
	Estate   *dataset.Estate // other systems that hold data of people
	Rights   *rights.Desk
	Requests *request.Desk
	Audit    *audit.Auditor
	Center   *center.Center
	Console  *console.Console
	Portal   *portal.Portal
	Gateway  *gateway.Gateway

	running   []activity.Running
	accesslog *accesslog.Log
	analytics *analytics.Collector
	table     access.Table
	ground    ground
	door      http.Handler // of the site
	staff     http.Handler
	portal    http.Handler
	office    *subscription.Office
	accounts  *account.Accounts
	lock      *os.File // held while the instance is open for serving
	reloading sync.Mutex
	clocks    atomic.Int64 // how far this node's clock is ahead of the database's, when they were last compared
	command   bool         // a command beside a serving process
}

// Open opens an instance, making it if there is none, and puts its policy in
// force. It fails with a PolicyError if the policy does not pass its checks, and
// with a TakeOverError if it would end something that nobody has confirmed.
func Open(ctx context.Context, cfg Config) (_ *App, err error) {
	if cfg.Clock == nil {
		cfg.Clock = clock.System
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	next, err := load(cfg)
	if err != nil {
		return nil, err
	}
	a := &App{Config: cfg}
	if a.ground, err = survey(cfg); err != nil {
		return nil, err
	}
	if err := cfg.canConnect(next); err != nil {
		return nil, err
	}
	if _, err := connections(cfg.Connections); err != nil {
		return nil, err
	}
	if _, err := plans(cfg.Plans); err != nil {
		return nil, err
	}
	if err := a.ground.canWrite(next); err != nil {
		return nil, err
	}
	if err := cfg.canSignIn(next); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if a.lock, err = lock(cfg.Data, cfg.Database != ""); err != nil {
		return nil, err
	}
	if a.Platform, err = openPlatform(ctx, cfg.Place, cfg.Clock, cfg.Log); err != nil {
		return nil, err
	}
	if err := a.compareClocks(ctx); err != nil {
		return nil, err
	}
	if err := a.openDuties(ctx); err != nil {
		return nil, err
	}
	if err := a.begin(ctx, next); err != nil {
		return nil, err
	}
	if err := a.openShells(); err != nil {
		return nil, err
	}
	if err := a.openKinds(ctx); err != nil {
		return nil, err
	}
	if err := a.openPages(ctx); err != nil {
		return nil, err
	}
	a.Mail.Begin()
	a.schedule()
	return a, nil
}

func (a *App) openDuties(ctx context.Context) (err error) {
	if a.Egress, err = egress.Open(ctx, a.DB, a.Ledger, a.Clock, a.InForce.Now, egress.Options{}); err != nil {
		return err
	}
	if err = a.openMail(ctx); err != nil {
		return err
	}
	a.Consent, err = consent.Open(ctx, a.DB, a.Vault, a.Ledger, a.Subjects, a.Clock, a.InForce.Now, consent.Config{Secure: a.secure()})
	if err != nil {
		return err
	}
	for _, k := range Kinds() {
		if err := k.Migrate(ctx, a.DB); err != nil {
			return err
		}
	}
	a.Retain, err = retain.Open(ctx, retain.Config{
		DB: a.DB, Events: a.Events, Vault: a.Vault, Ledger: a.Ledger, Subjects: a.Subjects, Jobs: a.Jobs,
		Clock: a.Clock, Manifests: Manifests(), Policy: a.InForce.Now, Brake: a.Config.Brake,
	})
	if err != nil {
		return err
	}
	a.Consent.OnWithdraw(a.Retain.OnWithdraw)
	if err := a.openEstate(ctx); err != nil {
		return err
	}
	a.Rights, err = rights.Open(ctx, rights.Config{
		DB: a.DB, Events: a.Events, Vault: a.Vault, Ledger: a.Ledger, Subjects: a.Subjects, Consent: a.Consent,
		Jobs: a.Jobs, Clock: a.Clock, Manifests: Manifests(), Policy: a.InForce.Now, Mail: a.Mail,
		Elsewhere: a.elsewhere(),
	})
	if err != nil {
		return err
	}
	if err := a.openRequests(ctx); err != nil {
		return err
	}
	a.Audit, err = audit.Open(ctx, audit.Config{
		DB: a.DB, Events: a.Events, Vault: a.Vault, Ledger: a.Ledger, Clock: a.Clock,
		Manifests: Manifests(), Policy: a.InForce.Now, ScriptTag: a.Config.Site == "", Receipt: a.Consent.Receipt,
	})
	return err
}

// env is the platform that a kind stands on.
func (a *App) env() activity.Env {
	env := activity.Env{
		Policy: a.InForce.Now, DB: a.DB, Events: a.Events, Vault: a.Vault, Ledger: a.Ledger, Jobs: a.Jobs, Egress: a.Egress, Mail: a.Mail,
		Subjects: a.Subjects, Consent: a.Consent, Clock: a.Clock, Log: a.Log, End: a.Retain.Now,
		Secure: a.secure(), Origins: a.Config.Origins, PortalURL: a.Config.portalURL(), Customers: a.customers(),
	}
	if a.Center != nil { // a command that looks at what is stored has no pages
		env.Site, env.Desk, env.Front = a.Center.Shell(), a.Console.Shell(), a.Portal
	}
	return env
}

func (a *App) openKinds(ctx context.Context) error {
	for _, k := range Kinds() {
		r, err := k.Open(ctx, a.env())
		if err != nil {
			return fmt.Errorf("start %s: %w", k.Manifest().Name, err)
		}
		a.running = append(a.running, r)
		a.serveRights(k.Manifest().Name, r)
		a.table = append(a.table, r.Routes()...)
		switch r := r.(type) {
		case *account.Accounts:
			r.Microsoft, a.accounts = a.Config.Microsoft, r
		case *accesslog.Log:
			a.accesslog = r
		case *analytics.Collector:
			a.analytics = r
		case *newsletter.Newsletter:
			r.CleverReach = a.Config.CleverReach
			a.Rights.Elsewhere = append(a.Rights.Elsewhere, processors{r})
		case *meeting.Register:
			r.Fathom = a.Config.Fathom
		case *subscription.Office:
			if err := a.openShop(r); err != nil {
				return err
			}
		case *contactsync.Synchroniser:
			r.Folder = a.contacts()
		case *booking.Diary:
			if err := a.connectCalendar(ctx, r); err != nil {
				return err
			}
		}
	}
	a.Retain.Tell(a.Mail, a.reach)
	return nil
}

// schedule names the work that comes back by itself.
func (a *App) schedule() {
	often := period.Period{Clock: retain.Rhythm}
	daily := period.Period{Days: 1}
	a.Jobs.Every("retain.sweep", often, func(ctx context.Context, _ job.Job) error {
		_, err := a.Retain.Sweep(ctx)
		return err
	}, job.Options{Lease: 10 * time.Minute})
	a.Jobs.Every("subject.sweep", daily, func(ctx context.Context, _ job.Job) error {
		_, err := a.Subjects.Sweep(ctx, 10_000)
		return err
	}, job.Options{Lease: 10 * time.Minute})
	a.Jobs.Every("audit", daily, func(ctx context.Context, _ job.Job) error {
		_, err := a.Audit.Run(ctx)
		return err
	}, job.Options{Lease: time.Hour})
	if a.Mail.Sends() {
		a.Jobs.Every("ledger.tell", daily, func(ctx context.Context, _ job.Job) error { return a.tellOfficer(ctx) }, job.Options{Lease: time.Minute})
	}
}

// Settle does everything that is due now: jobs until none is left or being done
// by Serve, pending leaves. The demo and tests call it instead of waiting.
func (a *App) Settle(ctx context.Context) error {
	if a.accesslog != nil {
		if err := a.accesslog.Flush(ctx); err != nil {
			return err
		}
	}
	for {
		ran, err := a.Jobs.Step(ctx)
		if err != nil {
			return err
		}
		if !ran && !a.Jobs.Wait() {
			break
		}
	}
	_, err := a.Ledger.Sequence(ctx)
	return err
}

// Close stops the kinds and closes the platform. Serve must have returned.
func (a *App) Close() error {
	var failed error
	for _, r := range a.running {
		failed = errors.Join(failed, r.Close(context.Background()))
	}
	if a.Estate != nil {
		failed = errors.Join(failed, a.Estate.Close())
	}
	if a.Mail != nil {
		a.Mail.Close()
	}
	failed = errors.Join(failed, a.ground.close())
	if a.Platform != nil {
		failed = errors.Join(failed, a.Platform.Close())
	}
	if a.lock != nil {
		failed = errors.Join(failed, a.lock.Close())
	}
	return failed
}

// secure reports whether visitors reach the site by https.
func (a *App) secure() bool { return strings.HasPrefix(a.Config.publicURL(), "https://") }
