package portal

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"kept/internal/access"
	"kept/internal/page"
	"kept/internal/policy"
)

//go:embed templates assets
var sources embed.FS

// Visitor is who sees a page; the zero Visitor is nobody in particular.
type Visitor struct {
	Email     string
	Role      access.Role
	Customers int // for whom they may act
	// For is a mark of the person and the customer for whom they act now; no two share one.
	For string
}

// Deps is what the frame stands on.
type Deps struct {
	Policy func() *policy.Policy // in force at this moment
	// Kind is the kind of activity that keeps accounts: without an entry of it the
	// door is closed.
	Kind string
	URL  string // how people reach the door, as in https://portal.example.com
	// Who tells who sees a page, and in which language they want it if none is asked for.
	Who func(r *http.Request) (Visitor, error)
	// Ask returns what a page in lang carries so that its visitor is asked for consent
	// and may change their mind, and renews on w what they decided; empty where the
	// portal has nothing to ask.
	Ask func(w http.ResponseWriter, r *http.Request, lang string) Asked
	// Entries are the lines of the navigation that a role sees.
	Entries func(role access.Role) []page.Entry
}

// Asked are the two parts of a page that ask for consent, HTML as it stands.
type Asked struct{ Head, Body template.HTML }

// Portal frames the pages. It is safe for concurrent use.
type Portal struct{ Deps }

// New returns the frame.
func New(d Deps) *Portal { return &Portal{Deps: d} }

// Secure reports whether people reach the door by https.
func (p *Portal) Secure() bool { return strings.HasPrefix(p.URL, "https://") }

// Routes are the frame's own lines of the access table.
func (p *Portal) Routes() []access.Route {
	return []access.Route{{Door: access.Portal, Method: http.MethodGet, Pattern: stylePath, Right: access.Anyone, Handle: p.style}}
}

const stylePath = "/portal.css"

// style serves the one stylesheet.
func (p *Portal) style(w http.ResponseWriter, _ *http.Request) error {
	b, err := sources.ReadFile("assets/portal.css")
	if err != nil {
		return fmt.Errorf("read the stylesheet: %w", err)
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(b) // a reader who left needs no answer
	return nil
}

// Open reports whether the policy in force keeps accounts.
func (p *Portal) open() bool { return len(p.Policy().OfKind(p.Kind)) > 0 }

// Guarded answers by the routes of the door while the policy keeps accounts.
func (p *Portal) Guarded(routes http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.open() && r.URL.Path != stylePath {
			p.Deny(w, r, http.StatusNotFound, "")
			return
		}
		r = known(p, r)
		if p.stale(r) {
			p.Deny(w, r, http.StatusConflict, "")
			return
		}
		routes.ServeHTTP(w, r)
	})
}

// seen is who asks, looked up once a request.
type seen struct{}

// known remembers who asks with the request, so that guard, frame and handler ask
// the database once.
func known(p *Portal, r *http.Request) *http.Request {
	if p.Who == nil {
		return r
	}
	who, err := p.Who(r)
	return r.WithContext(context.WithValue(r.Context(), seen{}, visit{who, err}))
}

type visit struct {
	who Visitor
	err error
}

// Visitor returns who sees a page.
func (p *Portal) visitor(r *http.Request) (Visitor, error) {
	if v, ok := r.Context().Value(seen{}).(visit); ok {
		return v.who, v.err
	}
	return Visitor{}, nil
}

// Guard tells the role of a request (access.Guard).
func (p *Portal) Guard(r *http.Request) (access.Role, error) {
	who, err := p.visitor(r)
	return who.Role, err
}
