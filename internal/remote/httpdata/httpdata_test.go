package httpdata

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kept/internal/fault"
	"kept/internal/remote/records"
	"kept/internal/vault"
)

// patient is a clock that waits without time passing, and notes for how long.
type patient struct {
	now    time.Time
	waited []time.Duration
}

func (p *patient) Now() time.Time { return p.now }
func (p *patient) Sleep(_ context.Context, d time.Duration) error {
	p.waited = append(p.waited, d)
	p.now = p.now.Add(d)
	return nil
}

func open(t *testing.T, handler http.Handler, auth *Auth, collections map[string]Collection) (*Source, *patient, *httptest.Server) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL + "/api")
	if err != nil {
		t.Fatal(err)
	}
	p := &patient{now: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	s, err := Open(Config{URL: address, Auth: auth, Collections: collections, Transport: http.DefaultTransport, Clock: p})
	if err != nil {
		t.Fatal(err)
	}
	return s, p, server
}

func ids(t *testing.T, s *Source, m records.Match) string {
	t.Helper()
	var found []string
	err := s.Read(context.Background(), records.Query{Table: "customer", Fields: []string{"id"}, Match: m}, func(r records.Row) error {
		found = append(found, fmt.Sprint(r[0]))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(found, " ")
}

var byMail = records.Match{Fields: []string{"email"}, Tuples: [][]string{{"ada+x@example.org"}}, Fold: true}

// pager answers seven rows, some of them a page, in each of the usual ways.
func pager(t *testing.T, size int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.URL.Query().Get("email"); got != "ada+x@example.org" {
			t.Errorf("asked for %q", got)
		}
		at, _ := strconv.Atoi(r.URL.Query().Get("at"))
		var rows []map[string]any
		for i := at; i < min(at+size, 7); i++ {
			rows = append(rows, map[string]any{"id": i, "email": "Ada+x@example.org"})
		}
		body := map[string]any{"data": rows, "meta": map[string]any{"next": ""}}
		if at+size < 7 {
			next := *r.URL
			q := next.Query()
			q.Set("at", strconv.Itoa(at+size))
			next.RawQuery = q.Encode()
			w.Header().Add("Link", `<https://example.org/first>; rel="first", <`+next.String()+`>; rel="prev next"`)
			body["meta"] = map[string]any{"next": strconv.Itoa(at + size)}
		}
		json.NewEncoder(w).Encode(body)
	})
}

func TestPagesAreFollowed(t *testing.T) {
	for name, p := range map[string]Paging{
		"link": {Link: true}, "cursor": {Param: "at", Cursor: "meta.next"}, "offset": {Param: "at", Size: 3},
	} {
		t.Run(name, func(t *testing.T) {
			s, _, _ := open(t, pager(t, 3), nil, map[string]Collection{"customer": {Read: []Request{{
				Method: "GET", Path: "/customers", Query: map[string]string{"email": "{email}"}, Items: "data", Paging: p}}}})
			if got := ids(t, s, byMail); got != "0 1 2 3 4 5 6" {
				t.Errorf("found %s", got)
			}
		})
	}
}

func TestAnEndlessInterfaceIsGivenUp(t *testing.T) {
	s, _, _ := open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "<"+r.URL.String()+">; rel=next")
		w.Write([]byte("[]"))
	}), nil, map[string]Collection{"customer": {Read: []Request{{Method: "GET", Path: "/c", Query: map[string]string{"e": "{email}"}, Paging: Paging{Link: true}}}}})
	err := s.Read(context.Background(), records.Query{Table: "customer", Fields: []string{"id"}, Match: byMail}, nil)
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("error %v", err)
	}
}

// A link, a redirect and a body lead nowhere but to the configured host.
func TestNothingLeadsToAnotherHost(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another host was asked") }))
	defer other.Close()
	for name, handler := range map[string]http.HandlerFunc{
		"link": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "<"+other.URL+"/x>; rel=next")
			w.Write([]byte("[]"))
		},
		"redirect": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, http.StatusFound) },
	} {
		t.Run(name, func(t *testing.T) {
			s, _, _ := open(t, handler, nil, map[string]Collection{"customer": {Read: []Request{{Method: "GET", Path: "/c/{email}", Paging: Paging{Link: true}}}}})
			err := s.Read(context.Background(), records.Query{Table: "customer", Fields: []string{"id"}, Match: byMail}, nil)
			if !fault.Is(err, fault.Refused) && !fault.Is(err, fault.Invalid) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// An interface that ignores its filter does not hand over other people's rows.
func TestAnIgnoredFilterIsNoticed(t *testing.T) {
	s, _, _ := open(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`[{"id":1,"email":"ada+x@example.org","tenant":1},{"id":2,"email":"bob@example.org","tenant":1},{"id":3,"email":"ada+x@example.org","tenant":2}]`))
	}), nil, map[string]Collection{"customer": {Read: []Request{{Method: "GET", Path: "/c", Query: map[string]string{"email": "{email}"}}}}})
	m := records.Match{Fields: []string{"email", "tenant"}, Tuples: [][]string{{"ada+x@example.org", "1"}}}
	if got := ids(t, s, m); got != "1" {
		t.Errorf("found %s", got)
	}
}

func TestRetryAfterIsKept(t *testing.T) {
	var calls atomic.Int32
	s, p, _ := open(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch calls.Add(1) {
		case 1:
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
		case 2:
			w.Header().Set("Retry-After", time.Date(2026, 3, 1, 0, 0, 17, 0, time.UTC).Format(http.TimeFormat))
			w.WriteHeader(http.StatusServiceUnavailable)
		case 3:
			w.WriteHeader(http.StatusBadGateway)
		default:
			w.Write([]byte(`{"id": 5}`))
		}
	}), nil, map[string]Collection{"customer": {Read: []Request{{Method: "GET", Path: "/c/{email}"}}}})
	if got := ids(t, s, byMail); got != "5" {
		t.Errorf("found %s", got)
	}
	if got := fmt.Sprint(p.waited); got != "[7s 10s 4s]" {
		t.Errorf("waited %s", got)
	}
}

func TestAnInterfaceThatIsDownIsUnavailable(t *testing.T) {
	s, p, _ := open(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "86400")
		w.WriteHeader(http.StatusServiceUnavailable)
	}), nil, map[string]Collection{"customer": {Read: []Request{{Method: "GET", Path: "/c/{email}"}}}})
	err := s.Read(context.Background(), records.Query{Table: "customer", Fields: []string{"id"}, Match: byMail}, nil)
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("error %v", err)
	}
	if len(p.waited) != tries-1 || p.waited[0] != longest {
		t.Errorf("waited %v", p.waited)
	}
}

// The client credentials grant: a token is asked for once, renewed when it is not
// taken any more, and no secret is ever told.
func TestTokensAreAskedForAndRenewed(t *testing.T) {
	var tokens, calls atomic.Int32
	auth := &Auth{Secret: vault.NewSecret("planted secret/&"), OAuth2: &OAuth2{Client: "kept", Scopes: []string{"read", "write"}, Transport: http.DefaultTransport}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		password, _ = url.QueryUnescape(password)
		if user != "kept" || password != "planted secret/&" || r.PostFormValue("grant_type") != "client_credentials" || r.PostFormValue("scope") != "read write" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, `{"access_token": "token-%d", "token_type": "Bearer", "expires_in": 3600}`, tokens.Add(1))
	})
	mux.HandleFunc("/api/c/", func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if r.Header.Get("Authorization") != fmt.Sprintf("Bearer token-%d", tokens.Load()) || calls.Load() == 3 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Write([]byte(`{"id": 5}`))
	})
	s, _, server := open(t, mux, auth, map[string]Collection{"customer": {Read: []Request{{Method: "GET", Path: "/c/{email}"}}}})
	auth.OAuth2.TokenURL, _ = url.Parse(server.URL + "/token")
	for range 3 {
		if got := ids(t, s, byMail); got != "5" {
			t.Errorf("found %s", got)
		}
	}
	if tokens.Load() != 2 {
		t.Errorf("%d tokens", tokens.Load())
	}
	server.Close()
	err := s.Read(context.Background(), records.Query{Table: "customer", Fields: []string{"id"}, Match: byMail}, nil)
	if text := fmt.Sprintf("%v %+v %#v", err, s, auth); strings.Contains(text, "planted") || strings.Contains(text, "token-2") {
		t.Error("a secret is told")
	}
}

func TestRowsAreChangedAndDeleted(t *testing.T) {
	var got []string
	mux := http.NewServeMux()
	mux.HandleFunc("PATCH /api/c/{id}", func(w http.ResponseWriter, r *http.Request) {
		var body map[string]any
		json.NewDecoder(r.Body).Decode(&body)
		user, password, _ := r.BasicAuth()
		got = append(got, fmt.Sprint("patch ", r.PathValue("id"), " ", body, " ", user, " ", password))
	})
	mux.HandleFunc("DELETE /api/c/{id}", func(w http.ResponseWriter, r *http.Request) {
		got = append(got, "delete "+r.PathValue("id"))
		if r.PathValue("id") == "gone" {
			w.WriteHeader(http.StatusNotFound)
		}
	})
	mux.HandleFunc("GET /api/c", func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(`[{"id":"x/..;y","email":"ada+x@example.org"}]`))
	})
	s, _, _ := open(t, mux, &Auth{User: "u", Secret: vault.NewSecret("p")}, map[string]Collection{"customer": {
		Read:   []Request{{Method: "GET", Path: "/c", Query: map[string]string{"email": "{email}"}}},
		Update: &Request{Method: "PATCH", Path: "/c/{id}", Body: map[string]any{"id": "{id}", "set": "{changes}"}},
		Delete: &Request{Method: "DELETE", Path: "/c/{id}"},
	}})
	ctx := context.Background()
	if err := s.Change(ctx, "customer", []records.Change{{Key: map[string]string{"id": "../a b"}, Set: map[string]any{"name": nil}}}); err != nil {
		t.Fatal(err)
	}
	n, err := s.Delete(ctx, "customer", records.Match{Fields: []string{"id"}, Tuples: [][]string{{"1"}, {"gone"}}})
	if n != 1 || err != nil {
		t.Errorf("deleted %d: %v", n, err)
	}
	if n, err := s.Delete(ctx, "customer", byMail); n != 1 || err != nil {
		t.Errorf("deleted %d found rows: %v", n, err)
	}
	want := "patch ../a b map[id:../a b set:map[name:<nil>]] u p,delete 1,delete gone,delete x/..;y"
	if strings.Join(got, ",") != want {
		t.Errorf("requests %v", got)
	}
}

// A request that would read, change or delete everybody is no request.
func TestARequestForEverybodyIsRefused(t *testing.T) {
	for name, c := range map[string]Collection{
		"read":   {Read: []Request{{Method: "GET", Path: "/c"}}},
		"update": {Update: &Request{Method: "PATCH", Path: "/c", Body: map[string]any{"x": "{changes}"}}},
		"delete": {Delete: &Request{Method: "DELETE", Path: "/c"}},
	} {
		if _, err := Open(Config{Collections: map[string]Collection{"c": c}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHostileValuesStayValues(t *testing.T) {
	var seen []string
	s, _, _ := open(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.RequestURI+" "+r.Header.Get("X-Who"))
		w.Write([]byte("[]"))
	}), nil, map[string]Collection{"customer": {Read: []Request{{Method: "GET", Path: "/c/{email}", Query: map[string]string{"q": "{email}"}, Header: map[string]string{"X-Who": "{email}"}}}}})
	m := records.Match{Fields: []string{"email"}, Tuples: [][]string{{"../x?admin=1&q=#\r\nX-Evil: 1"}}}
	if got := ids(t, s, m); got != "" {
		t.Error(got)
	}
	want := "/api/c/..%2Fx%3Fadmin=1&q=%23%0D%0AX-Evil:%201?q=..%2Fx%3Fadmin%3D1%26q%3D%23%0D%0AX-Evil%3A+1 ../x?admin=1&q=#X-Evil: 1"
	if len(seen) != 1 || seen[0] != want {
		t.Errorf("asked %q", seen)
	}
}
