// Package caldavtest is a real CalDAV server for tests: Radicale from Debian, on a
// port of this machine's loopback, with one user and one calendar.
package caldavtest

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kept/internal/vault"
)

// User and Password open the calendar.
const (
	User     = "anna"
	Password = "planted-calendar-password"
)

// Server is a Radicale at work.
type Server struct {
	t       testing.TB
	address string // host:port
	dir     string
	process *exec.Cmd
	said    bytes.Buffer
}

const settings = `[server]
hosts = %s
[auth]
type = htpasswd
htpasswd_filename = %s
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = %s
[logging]
level = warning
`

// Start starts a Radicale that ends with the test; it skips the test where there is
// none.
func Start(t testing.TB) *Server {
	t.Helper()
	if _, err := exec.LookPath("radicale"); err != nil {
		t.Skip("radicale is missing; scripts/setup names the package")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, address: l.Addr().String(), dir: t.TempDir()}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s.write("users", User+":"+Password+"\n")
	s.write("config", fmt.Sprintf(settings, s.address, filepath.Join(s.dir, "users"), filepath.Join(s.dir, "collections")))
	s.Up()
	t.Cleanup(s.Down)
	s.makeCalendar()
	return s
}

func (s *Server) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// Up starts the server, again after Down, and returns once it answers.
func (s *Server) Up() {
	s.t.Helper()
	s.process = exec.Command("radicale", "--config", filepath.Join(s.dir, "config"))
	s.process.Stdout, s.process.Stderr = &s.said, &s.said
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); {
		if r, err := http.Get("http://" + s.address + "/.web/"); err == nil {
			r.Body.Close()
			return
		}
		time.Sleep(50 * time.Millisecond) // a foreign program starts: nothing tells when
	}
	s.t.Fatalf("radicale does not answer: %s", s.said.String())
}

// Down ends the server: the calendar does not answer any more.
func (s *Server) Down() {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Kill() // it may have ended
	_ = s.process.Wait()         // by the kill
	s.process = nil
}

// URL is the address of the calendar, with the user.
func (s *Server) URL() vault.Secret {
	return vault.NewSecret("http://" + User + "@" + s.address + s.path())
}

// Origin is the address of the server: it keeps address books too.
func (s *Server) Origin() string { return "http://" + s.address }

// Secret is the password.
func (s *Server) Secret() vault.Secret { return vault.NewSecret(Password) }

func (s *Server) path() string { return "/" + User + "/appointments/" }

func (s *Server) makeCalendar() {
	s.t.Helper()
	const body = `<?xml version="1.0"?><mkcol xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop><resourcetype><collection/><C:calendar/></resourcetype><displayname>Appointments</displayname></prop></set></mkcol>`
	s.do("MKCOL", "", body, http.StatusCreated)
}

// Put lays an event into the calendar, as another program does.
func (s *Server) Put(name, ics string) {
	s.t.Helper()
	s.do(http.MethodPut, name, strings.ReplaceAll(ics, "\n", "\r\n"), http.StatusCreated)
}

// All returns every event of the calendar as text.
func (s *Server) All() string {
	s.t.Helper()
	return s.do(http.MethodGet, "", "", http.StatusOK)
}

func (s *Server) do(method, name, body string, want int) string {
	s.t.Helper()
	r, err := http.NewRequest(method, "http://"+s.address+s.path()+name, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.SetBasicAuth(User, Password)
	if method == http.MethodPut {
		r.Header.Set("Content-Type", "text/calendar; charset=utf-8")
	}
	got, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if got.StatusCode != want {
		s.t.Fatalf("%s %s: %s\n%s\n%s", method, name, got.Status, text, s.said.String())
	}
	return string(text)
}
