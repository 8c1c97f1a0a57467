package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/ledger"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/storetest"
	"kept/internal/vault"
)

// names is a resolver that tests fill.
type names struct {
	mu    sync.Mutex
	addrs map[string][]string
	asked []string
}

func (n *names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, host)
	var found []netip.Addr
	for _, a := range n.addrs[host] {
		found = append(found, netip.MustParseAddr(a))
	}
	if found == nil {
		return nil, errors.New("no such host")
	}
	return found, nil
}

// world is an egress whose network is one local server, reached at any public
// address.
type world struct {
	*Egress
	t      *testing.T
	names  *names
	server *httptest.Server
	dialed []string
	policy *policy.Policy
}

func newWorld(t *testing.T, db *store.DB, answer http.HandlerFunc, opts Options) *world {
	t.Helper()
	ctx := context.Background()
	c := clock.At(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	dir := t.TempDir()
	master, err := vault.MasterFromFile(filepath.Join(dir, "master"), true)
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(ctx, vault.Config{Dir: dir, Master: master, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	seed, err := v.Secret(ctx, "ledger", 32)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ledger.Open(ctx, db, ledger.Config{Origin: "agentur.example/ledger", Key: seed, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, names: &names{addrs: map[string][]string{}}, policy: &policy.Policy{
		Recipients: []policy.Recipient{{Key: "mailer", Hosts: []string{"api.mailer.example", "*.eu.mailer.example"}}, {Key: "other", Hosts: []string{"other.example"}}},
		Services:   []policy.Service{{Key: "form", Recipient: "mailer", Hosts: []string{"forms.mailer.example"}}},
	}}
	w.server = httptest.NewTLSServer(answer)
	t.Cleanup(w.server.Close)
	opts.Resolver = w.names
	opts.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		w.dialed = append(w.dialed, address)
		return (&net.Dialer{}).DialContext(ctx, network, w.server.Listener.Addr().String())
	}
	w.Egress, err = Open(ctx, db, l, c, func() *policy.Policy { return w.policy }, opts)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// get asks through the client of mailer, which trusts the local server.
func (w *world) get(address string) (string, error) {
	w.t.Helper()
	client, err := w.Client("mailer")
	if err != nil {
		w.t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(w.server.Certificate())
	transport := client.Transport.(*checked).next.(*http.Transport)
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, ServerName: "example.com"}
	defer transport.CloseIdleConnections()
	response, err := client.Get(address)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

func hello(w http.ResponseWriter, r *http.Request) {
	if to := r.URL.Query().Get("to"); to != "" {
		http.Redirect(w, r, to, http.StatusFound)
		return
	}
	io.WriteString(w, "hello "+r.Host)
}

func TestOnlyDeclaredHostsAreReached(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, hello, Options{})
		w.policy.Services = append(w.policy.Services, policy.Service{Key: "map", Recipient: "other", Hosts: []string{"maps.other.example"}})
		for _, host := range []string{"api.mailer.example", "forms.mailer.example", "x.eu.mailer.example", "other.example", "evil.example", "eu.mailer.example", "*.mailer.example", "maps.other.example"} {
			w.names.addrs[host] = []string{"1.2.3.4"}
		}
		for host, reached := range map[string]bool{
			"api.mailer.example": true, "API.Mailer.example.": true, "forms.mailer.example": true, "x.eu.mailer.example": true,
			"other.example": false, "evil.example": false, "eu.mailer.example": false, "api.mailer.example.evil.example": false,
			"*.mailer.example": false, "maps.other.example": false,
		} {
			w.names.addrs["API.Mailer.example."] = []string{"1.2.3.4"}
			body, err := w.get("https://" + host + "/")
			if reached != (err == nil) || reached && !strings.HasPrefix(body, "hello") || !reached && !fault.Is(err, fault.Refused) {
				t.Errorf("%s: %q, %v", host, body, err)
			}
		}
		if _, err := w.get("http://api.mailer.example/"); !fault.Is(err, fault.Refused) {
			t.Errorf("without TLS: %v", err)
		}
		if _, err := w.Client("nobody"); !fault.Is(err, fault.Refused) {
			t.Errorf("an undeclared recipient: %v", err)
		}
		refusals, err := w.Refusals(context.Background())
		if err != nil || len(refusals) != 7 {
			t.Errorf("%d refusals counted, %v: %+v", len(refusals), err, refusals)
		}
		if n := leaves(t, w); n != 7 {
			t.Errorf("%d leaves egress.refused", n)
		}
	})
}

// A host that is declared with a port stands for that port and for no other.
func TestAPortIsDeclaredWithItsHost(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)), hello, Options{})
	w.policy.Recipients[0].Hosts = append(w.policy.Recipients[0].Hosts, "Queue.mailer.example:8443")
	w.names.addrs["queue.mailer.example"] = []string{"1.2.3.4"}
	for port, reached := range map[string]bool{":8443": true, "": false, ":443": false, ":9443": false, ":84431": false} {
		if _, err := w.get("https://queue.mailer.example" + port + "/"); reached != (err == nil) || !reached && !fault.Is(err, fault.Refused) {
			t.Errorf("port %q: %v", port, err)
		}
		if _, err := w.Dial(context.Background(), "other", "tcp", "queue.mailer.example"+port); err == nil {
			t.Errorf("another recipient reaches port %q", port)
		}
	}
}

func leaves(t *testing.T, w *world) (n int) {
	t.Helper()
	recent, err := w.ledger.Recent(context.Background(), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range recent {
		if l.Kind == "egress.refused" {
			n++
		}
	}
	return n
}

func TestPrivateAddressesAreRefusedAfterResolution(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)), hello, Options{})
	for _, addr := range []string{
		"127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1",
		"::1", "::", "fc00::1", "fd12::1", "fe80::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
		"64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001::1",
	} {
		w.names.addrs["api.mailer.example"] = []string{addr}
		w.dialed = nil
		if _, err := w.get("https://api.mailer.example/"); !fault.Is(err, fault.Refused) || w.dialed != nil || strings.Contains(err.Error(), "record") {
			t.Errorf("%s: %v, dialed %v", addr, err, w.dialed)
		}
		// One public address beside it does not help.
		w.names.addrs["api.mailer.example"] = []string{"1.2.3.4", addr}
		if _, err := w.Dial(context.Background(), "mailer", "tcp", "api.mailer.example:25"); !fault.Is(err, fault.Refused) || w.dialed != nil {
			t.Errorf("1.2.3.4 and %s: %v, dialed %v", addr, err, w.dialed)
		}
	}
	for _, addr := range []string{"1.1.1.1", "2606:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1"} {
		w.names.addrs["api.mailer.example"] = []string{addr}
		if body, err := w.get("https://api.mailer.example/"); err != nil || body != "hello api.mailer.example" {
			t.Errorf("%s: %q, %v", addr, body, err)
		}
	}
}

// The name is resolved once, and the checked address is the one dialled: a
// second answer of the resolver can change nothing.
func TestTheCheckedAddressIsTheOneDialled(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)), hello, Options{})
	w.names.addrs["api.mailer.example"] = []string{"1.2.3.4"}
	if _, err := w.get("https://api.mailer.example/"); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(w.names.asked, []string{"api.mailer.example"}) || !slices.Equal(w.dialed, []string{"1.2.3.4:443"}) {
		t.Errorf("asked %v, dialed %v", w.names.asked, w.dialed)
	}
}

func TestRedirectsAreCheckedLikeFirstRequests(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)), hello, Options{})
	w.names.addrs["api.mailer.example"] = []string{"1.2.3.4"}
	w.names.addrs["forms.mailer.example"] = []string{"127.0.0.1"}
	w.names.addrs["evil.example"] = []string{"1.2.3.5"}
	for _, to := range []string{
		"https://evil.example/", "https://forms.mailer.example/", "https://127.0.0.1/", "https://[::1]/", "http://api.mailer.example/", "https://0x7f000001/", "https://2130706433/",
	} {
		if body, err := w.get("https://api.mailer.example/?to=" + url.QueryEscape(to)); !fault.Is(err, fault.Refused) || strings.Contains(err.Error(), "record") {
			t.Errorf("redirected to %s: %q, %v", to, body, err)
		}
	}
	if body, err := w.get("https://api.mailer.example/?to=" + url.QueryEscape("https://api.mailer.example/x")); err != nil || body == "" {
		t.Errorf("redirected to itself: %q, %v", body, err)
	}
	if _, err := w.get("https://api.mailer.example/?to=" + url.QueryEscape("?to=?to=?to=?to=?to=?to=?to=")); err == nil {
		t.Error("redirected without end")
	}
}

func TestTheProxyOfTheEnvironmentIsIgnored(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)), hello, Options{})
	w.names.addrs["api.mailer.example"] = []string{"1.2.3.4"}
	if _, err := w.get("https://api.mailer.example/"); err != nil {
		t.Error(err)
	}
}

func TestAnswersAreBounded(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)), func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/fits":
			io.WriteString(w, strings.Repeat("x", 1000))
		case "/long":
			io.WriteString(w, strings.Repeat("x", 1001))
		case "/slow":
			<-r.Context().Done()
		}
	}, Options{MaxResponse: 1000, Timeout: 200 * time.Millisecond})
	w.names.addrs["api.mailer.example"] = []string{"1.2.3.4"}
	if body, err := w.get("https://api.mailer.example/fits"); err != nil || len(body) != 1000 {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	if _, err := w.get("https://api.mailer.example/long"); !fault.Is(err, fault.TooLarge) {
		t.Errorf("a long answer: %v", err)
	}
	if _, err := w.get("https://api.mailer.example/slow"); err == nil {
		t.Error("a slow answer was waited for")
	}
}

func TestTheOperatorsAddressMayBePrivateAndIsTheOnlyOne(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.SQLite(t)), hello, Options{})
	upstream := httptest.NewServer(http.HandlerFunc(hello))
	defer upstream.Close()
	w.opts.Dial = (&net.Dialer{}).DialContext
	address := upstream.Listener.Addr().String()
	transport := w.Operator("site", address)
	ask := func(to string) (*http.Response, error) {
		r, err := http.NewRequest(http.MethodGet, to, nil)
		if err != nil {
			t.Fatal(err)
		}
		return transport.RoundTrip(r)
	}
	response, err := ask(upstream.URL + "/?to=http://evil.example/")
	if err != nil || response.StatusCode != http.StatusFound {
		t.Errorf("a redirect of the site is handed on: %v, %v", response, err)
	}
	if _, err := ask("http://127.0.0.1:1/"); !fault.Is(err, fault.Refused) {
		t.Errorf("another port: %v", err)
	}
}

// An address that a customer named is let out to public addresses only.
func TestACustomersAddressIsPublic(t *testing.T) {
	for _, address := range []string{"127.0.0.1:443", "10.0.0.1:443", "[::1]:443", "169.254.169.254:80"} {
		e := Bare()
		if _, err := e.DialCustomer(t.Context(), "contacts", "tcp", address); !fault.Is(err, fault.Refused) {
			t.Errorf("%s: %v", address, err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Customer("contacts", address).RoundTrip(r); !fault.Is(err, fault.Refused) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
