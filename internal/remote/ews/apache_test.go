package ews_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/remote/ews"
	"kept/internal/remote/ews/ewstest"
)

// apache is a web server that lets in by NTLM alone, as Samba's developers know it
// (gss-ntlmssp), and hands what it lets in on to the server behind.
const apache = `ServerRoot %[1]s
ServerName localhost
Listen %[2]s
PidFile %[1]s/pid
ErrorLog %[1]s/errors
LoadModule mpm_event_module %[3]s/mod_mpm_event.so
LoadModule authn_core_module %[3]s/mod_authn_core.so
LoadModule authz_core_module %[3]s/mod_authz_core.so
LoadModule authz_user_module %[3]s/mod_authz_user.so
LoadModule auth_gssapi_module %[3]s/mod_auth_gssapi.so
LoadModule headers_module %[3]s/mod_headers.so
LoadModule proxy_module %[3]s/mod_proxy.so
LoadModule proxy_http_module %[3]s/mod_proxy_http.so
%[4]s
<Location /EWS>
AuthType GSSAPI
AuthName mail
GssapiAllowedMech ntlmssp
GssapiConnectionBound On
GssapiSSLonly Off
Require valid-user
RequestHeader set Authorization "Basic %[6]s"
ProxyPass %[5]s/EWS
</Location>
`

const modules = "/usr/lib/apache2/modules"

// ntlmServer starts Apache before a server; it skips the test where there is none.
func ntlmServer(t *testing.T, behind, let string) (address string) {
	t.Helper()
	mechanism, _ := filepath.Glob("/usr/lib/*/gssntlmssp/gssntlmssp.so")
	if _, err := os.Stat(modules + "/mod_auth_gssapi.so"); err != nil || len(mechanism) == 0 {
		t.Skip("apache2 with libapache2-mod-auth-gssapi and gss-ntlmssp is missing; scripts/setup names the packages")
	}
	dir, err := os.MkdirTemp("/tmp", "ntlm") // readable for the account that Apache changes to
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	l.Close()
	who := ""
	if os.Getuid() == 0 {
		who = "User www-data\nGroup www-data"
	}
	for name, text := range map[string]string{
		"conf": fmt.Sprintf(apache, dir, address, modules, who, behind, let), "users": "MUSTER:svc-contacts:" + password + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	p := exec.Command("/usr/sbin/apache2", "-f", filepath.Join(dir, "conf"), "-DFOREGROUND")
	p.Env = append(os.Environ(), "NTLM_USER_FILE="+filepath.Join(dir, "users"))
	p.Stdout, p.Stderr = &said, &said
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Signal(os.Interrupt) // its children end with it
		_ = p.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "errors"))
			t.Logf("%s%s", said.String(), log)
		}
	})
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return address
		}
		time.Sleep(20 * time.Millisecond) // a foreign program starts: nothing tells when
	}
	t.Fatal("apache does not answer")
	return ""
}

// A server that somebody else wrote lets our client in by NTLM.
func TestAnIndependentServerLetsIn(t *testing.T) {
	s := ewstest.New(clock.System)
	s.Account(account, password)
	s.Mailbox(ada)
	server := httptest.NewServer(s)
	defer server.Close()
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.SetBasicAuth(account, password)
	address := ntlmServer(t, server.URL, strings.TrimPrefix(r.Header.Get("Authorization"), "Basic "))
	m := client(t, clock.System, ews.Config{URL: "http://" + address + "/EWS/Exchange.asmx", Way: open}).Mailbox(ada, set, "kept")
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if made := m.Create(t.Context(), "", []ews.Write{{Mark: fmt.Sprint(i), Card: full()}}); made[0].Err != nil {
				t.Error(made[0].Err)
			}
		})
	}
	all.Wait()
	if n := len(s.Contacts(ada)); n != 20 {
		t.Errorf("%d contacts", n)
	}
	wrong := client(t, clock.System, ews.Config{URL: "http://" + address + "/EWS/Exchange.asmx", Way: open, Password: func() string { return "wrong" }})
	if _, err := wrong.Mailbox(ada, set, "kept").Folders(t.Context()); err == nil {
		t.Error("a wrong password is let in")
	}
}
