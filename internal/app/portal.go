package app

import (
	"html/template"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"kept/internal/access"
	"kept/internal/activity/accesslog"
	"kept/internal/activity/account"
	"kept/internal/activity/usage"
	"kept/internal/address"
	"kept/internal/duty/request"
	"kept/internal/fault"
	"kept/internal/page"
	"kept/internal/policy"
	"kept/internal/portal"
)

// atThePortal is a kind at work that stands in the portal's navigation.
type atThePortal interface{ PortalEntries() []page.Entry }

// openPortal opens the frame of the portal's pages, before the kinds themselves.
func (a *App) openPortal() {
	a.Portal = portal.New(portal.Deps{
		Policy: a.InForce.Now, Kind: account.Name, URL: a.Config.portalURL(), Entries: a.portalEntries,
		Who: func(r *http.Request) (portal.Visitor, error) {
			s, err := a.accounts.Seen(r)
			return portal.Visitor{Email: s.Email, Role: s.Role, Customers: s.Customers, For: a.accounts.Mark(s)}, err
		},
		Ask: a.askAtPortal,
	})
}

// askAtPortal is what the portal's pages carry while the policy has the use of the
// application counted: the portal is that application. Else they ask for nothing.
func (a *App) askAtPortal(w http.ResponseWriter, r *http.Request, lang string) portal.Asked {
	if len(a.InForce.Now().OfKind(usage.Name)) == 0 {
		return portal.Asked{}
	}
	st := a.Consent.State(r)
	a.Consent.Renew(w, st)
	s := a.Center.SnippetOfApplication(lang, st, r.URL.RequestURI())
	return portal.Asked{Head: template.HTML(s.Head), Body: template.HTML(s.Body)} //nolint:gosec // the center has escaped it
}

// canSignIn returns Invalid if p keeps accounts and this instance has no door at which
// anybody could sign in: the links of mails would lead nowhere.
func (c Config) canSignIn(p *policy.Policy) error {
	for _, entry := range p.OfKind(account.Name) {
		if c.Portal == "" {
			return fault.New(fault.Invalid, "people sign in to the activity %s at the portal, and it has no door: name the address where it listens with --portal, as in --portal 127.0.0.1:8082, and how people reach it with --portal-url", entry.Key)
		}
	}
	return nil
}

// PortalURL is the portal's address as those who have an account see it, empty where
// it has no door.
func (a *App) PortalURL() string { return a.Config.portalURL() }

// portalEntries are what the kinds bring to the portal's navigation, as far as a role
// may see it: the overview first, the people and the account last.
func (a *App) portalEntries(role access.Role) []page.Entry {
	own := a.accounts.PortalEntries()
	all := own[:1:1]
	for _, r := range a.running {
		if k, ok := r.(atThePortal); ok && r != a.accounts {
			all = append(all, k.PortalEntries()...)
		}
	}
	all = append(all, own[1:]...)
	return slices.DeleteFunc(all, func(e page.Entry) bool { return !a.seen(access.Portal, role, e.Path) })
}

// atPortal is the portal's door: who asks too often waits, what was answered stands in
// the access log as what the site answered does, and the address of the client is the
// one that trusted proxies name.
func (a *App) atPortal(routes http.Handler) http.Handler {
	guarded := a.Portal.Guarded(routes)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client := address.Client(r, a.Config.Trusted)
		answer := &answered{ResponseWriter: w, status: http.StatusOK}
		began := a.Clock.Now()
		if wait, ok := a.accesslog.Admit(client); !ok {
			answer.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
			a.Portal.Deny(answer, r, http.StatusTooManyRequests, "")
		} else {
			guarded.ServeHTTP(answer, as(r, client))
		}
		a.accesslog.Record(accesslog.Entry{
			At: began, Client: client, Method: r.Method, Path: place(r), UserAgent: r.UserAgent(), Status: answer.status, Bytes: answer.bytes,
		})
	})
}

// as returns the request as if its client had come by itself.
func as(r *http.Request, client netip.Addr) *http.Request {
	if !client.IsValid() {
		return r
	}
	r = r.WithContext(r.Context())
	r.RemoteAddr = net.JoinHostPort(client.String(), "0")
	return r
}

// place is the first part of a request's path: what follows are ids that lead to
// people, and links of mails that open an account.
func place(r *http.Request) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	return "/" + first
}

// answered counts what was answered.
type answered struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader implements http.ResponseWriter.
func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (a *answered) Write(b []byte) (int, error) {
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// Unwrap lets a route's deadlines reach the connection.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// selfService are the pages at the portal's door about one's own data: a signed-in
// account is proof of its address.
func (a *App) selfService() *request.Service {
	return &request.Service{Desk: a.Requests, Copies: a.Rights, Front: a.Portal, Owner: func(r *http.Request) (request.Owner, error) {
		m, err := a.accounts.Portal().Member(r)
		return request.Owner{Subject: m.Subject, Address: m.Email}, err
	}}
}
