package access

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"kept/internal/fault"
)

func plain(w http.ResponseWriter, _ *http.Request, status int, message string) {
	http.Error(w, message, status)
}

func mux(role Role, routes ...Route) http.Handler {
	guard := func(*http.Request) (Role, error) { return role, nil }
	return Table(routes).Mux(Site, guard, plain, slog.New(slog.DiscardHandler))
}

func do(h http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func ok(w http.ResponseWriter, r *http.Request) error {
	_, err := io.Copy(io.Discard, r.Body)
	return err
}

func TestCrossOriginPostIsRefused(t *testing.T) {
	h := mux(Nobody,
		Route{Door: Site, Method: "POST", Pattern: "/privacy/choice", Right: Browser, Handle: ok},
		Route{Door: Site, Method: "POST", Pattern: "/privacy/events", Right: Browser, CrossOrigin: true, Handle: ok})
	for _, c := range []struct {
		path, site string
		want       int
	}{
		{"/privacy/choice", "same-origin", 200},
		{"/privacy/choice", "cross-site", 403},
		{"/privacy/choice", "same-site", 403},
		{"/privacy/events", "cross-site", 200},
	} {
		if got := do(h, "POST", c.path, "", "Sec-Fetch-Site", c.site).Code; got != c.want {
			t.Errorf("POST %s from %s: %d, want %d", c.path, c.site, got, c.want)
		}
	}
}

func TestEveryRightAgainstEveryRole(t *testing.T) {
	for _, right := range []Right{Anyone, Browser, SignIn, Overview, Operate, Audit, Meetings, Enter, Requests, Decide} {
		for _, role := range Roles() {
			h := mux(role, Route{Door: Site, Method: "GET", Pattern: "/x", Right: right, Handle: ok})
			want := 403
			if role.May(right) {
				want = 200
			}
			if got := do(h, "GET", "/x", "").Code; got != want {
				t.Errorf("%q with %q: %d, want %d", role, right, got, want)
			}
		}
	}
	if Nobody.May(Overview) || Nobody.May(Operate) {
		t.Error("somebody without a session sees the console")
	}
}

func TestAnErrorBecomesOneAnswer(t *testing.T) {
	fails := func(err error) Route {
		return Route{Door: Site, Method: "POST", Pattern: "/x", Right: Anyone, MaxBody: 8, Handle: func(w http.ResponseWriter, r *http.Request) error {
			if err != nil {
				return err
			}
			return ok(w, r)
		}}
	}
	for _, c := range []struct {
		err        error
		body       string
		want       int
		says, hush string
	}{
		{fault.New(fault.NotFound, "there is no such receipt"), "", 404, "no such receipt", ""},
		{errors.New("dial tcp 10.0.0.7: secret"), "", 500, "", "secret"},
		{nil, "123456789", 413, "larger than the 8 bytes", ""},
	} {
		w := do(mux(Nobody, fails(c.err)), "POST", "/x", c.body)
		if w.Code != c.want || !strings.Contains(w.Body.String(), c.says) || c.hush != "" && strings.Contains(w.Body.String(), c.hush) {
			t.Errorf("%v: %d %q", c.err, w.Code, w.Body)
		}
	}
}

func TestUnknownPathAndMethodGetTheDoorsOwnPage(t *testing.T) {
	h := mux(Nobody, Route{Door: Site, Method: "GET", Pattern: "/x", Right: Anyone, Handle: ok})
	if w := do(h, "GET", "/y", ""); w.Code != 404 {
		t.Errorf("unknown path: %d", w.Code)
	}
	if w := do(h, "PUT", "/x", ""); w.Code != 405 || !strings.Contains(w.Header().Get("Allow"), "GET") {
		t.Errorf("unknown method: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

// The short way to a route leads nowhere that the mux would not lead.
func TestTheShortWayIsTheMuxs(t *testing.T) {
	pattern := func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.WriteString(w, r.Pattern)
		return err
	}
	var routes []Route
	for _, p := range []string{"/privacy/events", "/privacy/{name}", "/privacy/more/{rest...}", "/privacy/folder/", "/privacy/{$}"} {
		routes = append(routes, Route{Door: Site, Method: "GET", Pattern: p, Right: Anyone, Handle: pattern})
	}
	h, alone := mux(Nobody, routes...), http.NewServeMux()
	for _, r := range routes {
		alone.HandleFunc(r.Method+" "+r.Pattern, func(w http.ResponseWriter, r *http.Request) { _ = pattern(w, r) })
	}
	for _, method := range []string{"GET", "HEAD", "POST"} {
		for _, path := range []string{"/privacy/events", "/privacy/events/", "/privacy%2Fevents", "/privacy/%65vents", "//privacy/events", "/privacy/./events",
			"/privacy/other", "/privacy/more/a/b", "/privacy/folder/", "/privacy/folder", "/privacy/", "/", "/privacy/events?x=1"} {
			got, want := do(h, method, path, ""), do(alone, method, path, "")
			if got.Code != want.Code || got.Code == 200 && got.Body.String() != want.Body.String() {
				t.Errorf("%s %s: %d %q, the mux alone answers %d %q", method, path, got.Code, got.Body, want.Code, want.Body)
			}
		}
	}
}

func TestTableNamesWhatIsWrong(t *testing.T) {
	good := Route{Door: Site, Method: "GET", Pattern: "/x", Right: Anyone, Handle: ok}
	staff := good
	staff.Right, staff.Pattern = Overview, "/staff"
	at := func(door Door, right Right) Table {
		r := good
		r.Door, r.Right = door, right
		return Table{r}
	}
	elsewhere := at(Console, SignIn)
	elsewhere[0].CrossOrigin = true
	for name, table := range map[string]Table{
		"registered twice": {good, good}, "incomplete": {{Door: Site}}, "console's door": {staff}, "comes from elsewhere": elsewhere,
		`"operate" does not exist at this door`: at(Portal, Operate), `"govern" does not exist at this door`: at(Console, Govern),
	} {
		if err := table.Check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, table := range []Table{at(Portal, Govern), at(Console, Operate), at(Portal, SignIn), at(Console, Anyone)} {
		if err := table.Check(); err != nil {
			t.Error(err)
		}
	}
}

// A body that does not come in time ends the request (threat: slow bodies).
func TestASlowBodyIsNotWaitedFor(t *testing.T) {
	read := make(chan error, 1)
	server := httptest.NewServer(mux(Nobody, Route{Door: Site, Method: "POST", Pattern: "/x", Right: Anyone, Patience: time.Millisecond,
		Handle: func(w http.ResponseWriter, r *http.Request) error {
			_, err := io.Copy(io.Discard, r.Body)
			read <- err
			return fault.New(fault.Invalid, "the body did not come: %w", err)
		}}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf")
	got, err := io.ReadAll(conn) // until the server closes
	if err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 400") {
		t.Errorf("answer %q, %v", got, err)
	}
	if err := <-read; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the handler read: %v", err)
	}
}

// endless counts what is read of a body that never ends.
type endless struct{ read int }

func (e *endless) Read(b []byte) (int, error) { e.read += len(b); return len(b), nil }

// Whoever answers a request that no route takes, or that is refused, cannot be
// made to read more than a route's bound (threat 11).
func TestRefusalsReadNoEndlessBody(t *testing.T) {
	greedy := func(w http.ResponseWriter, r *http.Request, status int, _ string) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
	}
	guard := func(*http.Request) (Role, error) { return Nobody, nil }
	h := Table{{Door: Site, Method: "POST", Pattern: "/privacy/choice", Right: Browser, Handle: ok}}.Mux(Site, guard, greedy, slog.New(slog.DiscardHandler))
	for _, c := range []struct{ method, path, site string }{
		{"POST", "/privacy/nothing", "same-origin"}, {"PUT", "/privacy/choice", "same-origin"}, {"POST", "/privacy/choice", "cross-site"},
	} {
		body := &endless{}
		r := httptest.NewRequest(c.method, c.path, body)
		r.Header.Set("Sec-Fetch-Site", c.site)
		h.ServeHTTP(httptest.NewRecorder(), r)
		if body.read > 2*defaultBody {
			t.Errorf("%s %s from %s: %d bytes were read", c.method, c.path, c.site, body.read)
		}
	}
}

// Who speaks JSON reads a refusal as JSON: from the handler, from the table, and where
// something is broken, of which it says nothing.
func TestAProgramIsRefusedInJSON(t *testing.T) {
	broken := func(http.ResponseWriter, *http.Request) error { return errors.New("secret") }
	full := func(http.ResponseWriter, *http.Request) error {
		return fault.New(fault.TooMany, "try again in an hour")
	}
	h := mux(Nobody,
		Route{Door: Site, Method: "POST", Pattern: "/privacy/a", Right: Anyone, Program: true, Handle: ok},
		Route{Door: Site, Method: "GET", Pattern: "/privacy/b", Right: Anyone, Program: true, Handle: broken},
		Route{Door: Site, Method: "GET", Pattern: "/privacy/c", Right: Anyone, Program: true, Handle: full},
		Route{Door: Site, Method: "GET", Pattern: "/privacy/page", Right: Anyone, Handle: full})
	for _, c := range []struct {
		method, path, site string
		status             int
		want               string
	}{
		{"POST", "/privacy/a", "cross-site", 403, `{"error":"this request came from another site`},
		{"GET", "/privacy/b", "", 500, `{"error":"internal server error"}`},
		{"GET", "/privacy/c", "", 429, `{"error":"try again in an hour"}`},
		{"GET", "/privacy/page", "", 429, "try again in an hour"},
	} {
		got := do(h, c.method, c.path, "", "Sec-Fetch-Site", c.site)
		if got.Code != c.status || !strings.HasPrefix(got.Body.String(), c.want) {
			t.Errorf("%s: %d %s", c.path, got.Code, got.Body)
		}
		if isJSON := got.Header().Get("Content-Type") == "application/json"; isJSON != strings.HasPrefix(c.want, "{") {
			t.Errorf("%s: %s", c.path, got.Header().Get("Content-Type"))
		}
	}
}
