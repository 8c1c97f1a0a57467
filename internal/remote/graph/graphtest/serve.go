package graphtest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"kept/internal/remote/direct"
)

// ServeHTTP answers for the API (/v1.0/…) and for the token service
// (/{tenant}/oauth2/v2.0/token).
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if tenant, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/"), "/oauth2/v2.0/token"); ok && r.Method == http.MethodPost {
		s.token(w, r, tenant)
		return
	}
	path, ok := unescaped(r.URL.EscapedPath())
	if !ok {
		unknown(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		refuse(w, http.StatusBadRequest, "RequestBodyRead", "The body broke off.")
		return
	}
	in := s.session(r)
	if in == nil {
		refuse(w, http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
		return
	}
	box, rest, known := in.box(path)
	if !known {
		s.directory(w, r, in, path)
		return
	}
	s.mailbox(w, r, in, box, rest, body)
}

// session returns whose token a call bears, nil if it is none that is good.
func (s *Service) session(r *http.Request) *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.sessions[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if in == nil || s.Clock.Now().After(in.until) {
		return nil
	}
	return in
}

// box tells a call about a mailbox from one about the directory.
func (in *session) box(path []string) (name string, rest []string, ok bool) {
	if len(path) >= 3 && path[0] == "users" && (path[2] == "contacts" || path[2] == "contactFolders") {
		return strings.ToLower(path[1]), path[2:], true
	}
	return "", nil, false
}

// wanted are the permissions that lists of the directory ask for.
var wanted = map[string]string{"users": "User.Read.All", "groups": "Group.Read.All", "contacts": "OrgContact.Read.All"}

func (s *Service) directory(w http.ResponseWriter, r *http.Request, in *session, path []string) {
	s.wait(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if status := s.breaks(r); status != 0 {
		refuse(w, status, "ServiceUnavailable", "")
		return
	}
	s.counts[r.Method+" "+kindOf(path)]++
	if granted := in.tenant.apps[in.app].granted; granted != nil && !slices.Contains(granted, wanted[path[0]]) {
		refuse(w, http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
		return
	}
	in.tenant.directory(w, r, path)
}

// mailbox answers a call about a mailbox within the limits.
func (s *Service) mailbox(w http.ResponseWriter, r *http.Request, in *session, name string, rest []string, body []byte) {
	s.mu.Lock()
	box := in.tenant.boxes[name]
	if allowed := in.tenant.apps[in.app].allowed; allowed != nil && !allowed[name] {
		s.mu.Unlock()
		refuse(w, http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
		return
	}
	if box == nil {
		s.mu.Unlock()
		refuse(w, http.StatusNotFound, "ErrorInvalidUser", "The requested user is invalid.")
		return
	}
	wait, code := s.enter(&box.meter, int64(len(body)))
	if wait > 0 {
		s.counts["429"]++
		s.mu.Unlock()
		tooMany(w, wait, code)
		return
	}
	s.mu.Unlock()
	defer s.leave(&box.meter)
	s.wait(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	status := s.breaks(r)
	if status != 0 && (status != http.StatusBadGateway || r.Method == http.MethodGet) {
		refuse(w, status, "ServiceUnavailable", "")
		return
	}
	s.counts[r.Method+" "+kindOf(rest)]++
	if status != 0 {
		box.serve(s, httptest.NewRecorder(), r, rest, body) // it is done, and nobody learns of it
		refuse(w, status, "BadGateway", "")
		return
	}
	box.serve(s, w, r, rest, body)
}

func (s *Service) breaks(r *http.Request) int {
	if s.broken == nil {
		return 0
	}
	return s.broken(r)
}

// wait is the time that a call takes.
func (s *Service) wait(r *http.Request) {
	if s.Latency > 0 {
		_ = s.Clock.Sleep(r.Context(), s.Latency) // whoever left is answered all the same
	}
}

// kindOf names what a call is about, without ids.
func kindOf(path []string) string {
	last := path[len(path)-1]
	switch {
	case last == "$value":
		return "photo"
	case last == "delta":
		return path[len(path)-2] + " delta"
	case last == "contacts", last == "contactFolders", last == "childFolders", last == "users", last == "groups", last == "transitiveMembers", last == "photo":
		return last
	case len(path) >= 2:
		return strings.TrimSuffix(path[len(path)-2], "s")
	}
	return last
}

// Transport calls the service without a network, for tests whose time is not the
// machine's.
func (s *Service) Transport() http.RoundTripper { return direct.Transport(s, "192.0.2.1:1") }
