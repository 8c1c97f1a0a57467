package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"kept/internal/access"
	"kept/internal/activity/accesslog"
	"kept/internal/activity/analytics"
	"kept/internal/center"
	"kept/internal/console"
	"kept/internal/fault"
	"kept/internal/gateway"
	"kept/internal/page"
)

// gpcSince is the day from which the signal is honoured (gpc.json).
var gpcSince = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// openShells opens the pages that frame those of the kinds, before the kinds
// themselves.
func (a *App) openShells() (err error) {
	a.Center, err = center.New(center.Deps{
		Policy: a.InForce.Now, Consent: a.Consent, Rights: a.Rights, Subjects: a.Subjects, Ledger: a.Ledger,
		Holders: []center.Holder{a.holder}, Clock: a.Clock, Origins: a.Config.Origins, GPCSince: gpcSince, Served: a.served,
		StandIn: func(lang, service string) string { return a.Gateway.StandIn(lang, service) },
	})
	if err != nil {
		return err
	}
	a.openConsole(a.secureConsole())
	a.openPortal()
	return nil
}

// holder is whom the cookie of the statistics stands for.
func (a *App) holder(ctx context.Context, r *http.Request) (string, error) {
	return a.analytics.Holder(ctx, r)
}

// entries are what the requests of people and the kinds bring to the console's
// navigation: the pages that a role may see.
func (a *App) entries(role access.Role) []page.Entry {
	all := a.Requests.Entries(role)
	for _, r := range a.running {
		if listed, ok := r.(page.Listed); ok {
			all = append(all, listed.Entries()...)
		}
	}
	return slices.DeleteFunc(all, func(e page.Entry) bool { return !a.seen(access.Console, role, e.Path) })
}

// seen reports whether a role may see a page of a door.
func (a *App) seen(door access.Door, role access.Role, path string) bool {
	return slices.ContainsFunc(a.table, func(r access.Route) bool {
		return r.Door == door && r.Method == http.MethodGet && strings.TrimSuffix(r.Pattern, "{$}") == path && role.May(r.Right)
	})
}

func (a *App) openPages(ctx context.Context) error {
	a.table = append(a.table, a.Center.Routes()...)
	a.table = append(a.table, a.Console.Routes()...)
	a.table = append(a.table, a.Portal.Routes()...)
	a.Requests.Show(a.Center.Shell(), a.Console.Shell(), nil, a.decider, a.holder)
	a.table = append(a.table, a.Requests.Routes()...)
	a.table = append(a.table, a.selfService().Routes()...)
	if err := a.table.Check(); err != nil {
		return err
	}
	visitor := func(*http.Request) (access.Role, error) { return access.Nobody, nil }
	kept := a.table.Mux(access.Site, visitor, a.Center.Deny, a.Log)
	a.staff = a.table.Mux(access.Console, a.Console.Guard, a.Console.Deny, a.Log)
	a.portal = a.atPortal(a.table.Mux(access.Portal, a.Portal.Guard, a.Portal.Deny, a.Log))
	return a.openGateway(ctx, kept)
}

// Table is every route with its door and right.
func (a *App) Table() access.Table { return a.table }

func (a *App) openConsole(secure bool) {
	a.Console = console.New(console.Deps{
		Policy: a.InForce.Now, Manifests: Manifests(), DB: a.DB, Events: a.Events, Staff: a.Staff, Consent: a.Consent,
		Ledger: a.Ledger, Jobs: a.Jobs, Egress: a.Egress, Retain: a.Retain, Rights: a.Rights, Audit: a.Audit,
		Clock: a.Clock, Secure: secure, Trusted: a.Config.Trusted, Drift: a.drift, Visits: a.visits, Entries: a.entries, TakeOver: a.takeOver, Apart: a.ClocksApart, Serving: a.Serving,
	})
}

func (a *App) openGateway(ctx context.Context, kept http.Handler) (err error) {
	public := a.ground.public
	if a.Config.PublicURL == "" {
		public = nil // as visitors ask for it
	}
	a.Gateway, err = gateway.New(ctx, gateway.Config{
		Site: a.pages(), Policy: a.InForce.Now, Consent: a.Consent, Log: requestLog{a.accesslog}, Kept: kept, Snippet: a.snippet, Notice: a.Center.NoticeHash,
		Public: public, Own: a.Config.Own, Trusted: a.Config.Trusted, DB: a.DB, Clock: a.Clock, Logger: a.Log,
	})
	if err != nil {
		return err
	}
	a.door, a.Audit.Site, a.Audit.Public, a.Audit.Serving, a.Audit.Apart = a.Gateway, a.Gateway.Inspection(), public, true, a.ClocksApart
	return nil
}

func (a *App) snippet(p gateway.Page) gateway.Snippet {
	s := a.Center.Snippet(p.Language, p.State, p.Path)
	return gateway.Snippet{Head: s.Head, Body: s.Body}
}

// requestLog is the access log as the gateway sees it.
type requestLog struct{ *accesslog.Log }

func (l requestLog) Admit(client netip.Addr) (time.Duration, bool) { return l.Log.Admit(client) }

func (l requestLog) Record(e gateway.Entry) {
	l.Log.Record(accesslog.Entry{
		At: e.At, Client: e.Client, Method: e.Method, Path: e.Path, Referrer: e.Referrer, UserAgent: e.UserAgent,
		Status: e.Status, Bytes: e.Bytes,
	})
}

func (a *App) drift(ctx context.Context) ([]console.Drift, error) {
	held, err := a.Gateway.Drift(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what was held back: %w", err)
	}
	all := make([]console.Drift, len(held))
	for i, d := range held {
		all[i] = console.Drift{Name: d.Name, Element: d.Element, Page: d.Page, Declared: d.Service != "", First: d.First, Last: d.Last, Count: d.Count}
	}
	return all, nil
}

func (a *App) visits(ctx context.Context, from, to time.Time) (*console.Visits, error) {
	if len(a.InForce.Now().OfKind(analytics.Name)) == 0 {
		return nil, nil
	}
	r, err := a.analytics.Report(ctx, from, to)
	if err != nil {
		return nil, err
	}
	return visits(r), nil
}

// takeOver is Reload for the console: that the file has changed again is for the
// person to see, not a defect.
func (a *App) takeOver(ctx context.Context) error {
	err := a.Reload(ctx)
	var waits *TakeOverError
	var refused *PolicyError
	if errors.As(err, &waits) || errors.As(err, &refused) {
		return fault.New(fault.Conflict, "the policy file has changed since: %w", err)
	}
	return err
}
