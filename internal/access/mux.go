package access

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"kept/internal/fault"
)

// Guard tells which role the caller of a request has. An error means that the
// session cannot be read now; it is not the answer "nobody".
type Guard func(r *http.Request) (Role, error)

// Deny answers a request that a handler or the table refused. The status is the
// kind's; the page is the door's own.
type Deny func(w http.ResponseWriter, r *http.Request, status int, message string)

const (
	defaultBody     = 64 << 10
	defaultPatience = 20 * time.Second
)

// Table is the table of every route with the door it stands behind.
type Table []Route

// Check returns an error naming the first route that is incomplete, is
// registered twice or asks for a right that does not exist at its door.
func (t Table) Check() error {
	seen := map[string]bool{}
	for _, r := range t {
		name := fmt.Sprintf("%s %s %s", r.Door, r.Method, r.Pattern)
		switch {
		case r.Door == "" || r.Method == "" || r.Pattern == "" || r.Right == "" || r.Handle == nil:
			return fmt.Errorf("route %s is incomplete", name)
		case seen[name]:
			return fmt.Errorf("route %s is registered twice", name)
		case r.Door == Site && r.Right != Anyone && r.Right != Browser:
			return fmt.Errorf("route %s: staff acts at the console's door only, and customers at the portal's", name)
		case r.Right != Anyone && r.Right != Browser && r.Right != SignIn && slices.Contains(atThePortal, r.Right) != (r.Door == Portal) && r.Door != Site:
			return fmt.Errorf("route %s: the right %q does not exist at this door", name, r.Right)
		case r.CrossOrigin && r.Right == SignIn:
			return fmt.Errorf("route %s: a sign-in never comes from elsewhere", name)
		}
		seen[name] = true
	}
	return nil
}

// Mux returns the handler of one door. It must be called with a table that
// passes Check.
func (t Table) Mux(door Door, guard Guard, deny Deny, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	exact := map[call]http.HandlerFunc{}
	protection := http.NewCrossOriginProtection()
	for _, route := range t {
		if route.Door != door {
			continue
		}
		name := route.Method + " " + route.Pattern
		handle := func(w http.ResponseWriter, r *http.Request) {
			r.Pattern = name
			if err := route.serve(w, r, guard, protection); err != nil {
				says := deny
				if route.Program {
					says = refuse
				}
				answer(w, r, err, says, log)
			}
		}
		mux.HandleFunc(name, handle)
		if !strings.Contains(route.Pattern, "{") && !strings.HasSuffix(route.Pattern, "/") {
			exact[call{route.Method, route.Pattern}] = handle
		}
	}
	return matched(exact, unmatched(mux, deny))
}

// call is a method and a path without wildcards.
type call struct{ method, path string }

// matched answers at once what names a route letter by letter, as the collector's
// requests do, many a second: the mux reads a path in parts, and unmatched asks it
// twice. A path that is written in another way than usual is left to the mux.
func matched(exact map[call]http.HandlerFunc, others http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if handle := exact[call{r.Method, r.URL.Path}]; handle != nil && r.URL.RawPath == "" {
			handle(w, r)
			return
		}
		others.ServeHTTP(w, r)
	})
}

// unmatched gives the door's own page to paths and methods that no route has.
func unmatched(mux *http.ServeMux, deny Deny) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern == "" {
			probe := &statusOnly{header: http.Header{}}
			mux.ServeHTTP(probe, r)
			if allow := probe.header.Get("Allow"); allow != "" {
				w.Header().Set("Allow", allow)
			}
			r.Body = http.NoBody // nobody reads what nobody asked for
			deny(w, r, probe.status, http.StatusText(probe.status))
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// statusOnly keeps the status that the mux would answer with.
type statusOnly struct {
	header http.Header
	status int
}

func (s *statusOnly) Header() http.Header         { return s.header }
func (s *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
func (s *statusOnly) WriteHeader(status int)      { s.status = status }

// serve bounds the body before anything else: whoever answers, a refusal too,
// may read it.
func (route Route) serve(w http.ResponseWriter, r *http.Request, guard Guard, protection *http.CrossOriginProtection) error {
	limit := route.MaxBody
	if limit == 0 {
		limit = defaultBody
	}
	r.Body = http.MaxBytesReader(w, route.timely(w, r), limit)
	if !route.CrossOrigin {
		if err := protection.Check(r); err != nil {
			return fault.New(fault.Forbidden, "this request came from another site; open the page itself and try again: %w", err)
		}
	}
	role, err := guard(r)
	if err != nil {
		return fmt.Errorf("read the session: %w", err)
	}
	if !role.May(route.Right) {
		return fault.New(fault.Forbidden, "sign in to see this page")
	}
	return route.Handle(w, r)
}

func answer(w http.ResponseWriter, r *http.Request, err error, deny Deny, log *slog.Logger) {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		err = fault.New(fault.TooLarge, "the request is larger than the %d bytes allowed: %w", large.Limit, err)
	}
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind == fault.Internal {
		if r.Context().Err() != nil {
			return // the client left; nobody waits for an answer
		}
		log.ErrorContext(r.Context(), "request failed", "method", r.Method, "pattern", r.Pattern, "error", err)
		deny(w, r, http.StatusInternalServerError, "")
		return
	}
	if f.Kind == fault.Unavailable && r.Context().Err() == nil {
		log.WarnContext(r.Context(), "something needed does not answer", "method", r.Method, "pattern", r.Pattern, "error", err)
	}
	deny(w, r, f.Kind.Status(), f.Message)
}
