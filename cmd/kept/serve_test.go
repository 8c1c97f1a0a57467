package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kept/internal/store/storetest"
)

// A serving instance answers at every address that it prints.
func TestServeAnswersWhereItSays(t *testing.T) {
	t.Parallel()
	eachInstance(t, func(t *testing.T, i *instance) {
		p := i.serve()
		v := newVisitor(p.site)
		for _, address := range []string{p.site + "/", p.site + "/privacy", p.site + "/privacy/settings", p.console + "/sign-in"} {
			got, err := v.get(address)
			fatal(t, err)
			fatal(t, got.want(http.StatusOK))
		}
		if !p.out.hasLine("Privacy center  " + p.site + "/privacy") {
			t.Errorf("the privacy center's address is not printed:\n%s", p.said())
		}
		if !p.out.hasLine("Not run yet     session-sampling, ads, conversions, ") {
			t.Errorf("what is declared and not run is not said:\n%s", p.said())
		}
		fatal(t, v.accepts())
		fatal(t, p.stop())
		i.holds()
	})
}

// A policy that does not pass its checks does not start, and nothing is made
// for it.
func TestARefusedPolicyDoesNotStart(t *testing.T) {
	t.Parallel()
	eachInstance(t, func(t *testing.T, i *instance) {
		i.edit("basis: consent", "basis: because")
		r := i.run(i.serveArgs()...)
		if r.code != exitFinding || r.out != "" {
			t.Errorf("exit code %d, stdout %q", r.code, r.out)
		}
		for _, part := range []string{"policy.yaml:", ": error K", "because", "  why: ", "  fix: "} {
			if !strings.Contains(r.err, part) {
				t.Errorf("the findings do not say %q:\n%s", part, r.err)
			}
		}
		if made, err := os.ReadDir(i.place.Data); err != nil || len(made) > 0 {
			t.Errorf("the data folder holds %v (%v)", made, err)
		}
	})
}

// What stands in the way of a start is said in a sentence that helps.
func TestServeSaysWhyItDoesNotStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(t, err)
	t.Cleanup(func() { taken.Close() })
	for name, c := range map[string]struct {
		args []string
		code int
		want []string
	}{
		"port in use":         {[]string{"--listen", taken.Addr().String()}, exitFinding, []string{"cannot listen on " + taken.Addr().String(), "--listen", "in use"}},
		"console port in use": {[]string{"--console", taken.Addr().String()}, exitFinding, []string{"cannot listen on " + taken.Addr().String(), "--console", "in use"}},
		"no port":             {[]string{"--listen", "nowhere"}, exitMisuse, []string{"--listen takes an address with a port", "127.0.0.1:9400", "nowhere"}},
		"a port alone":        {[]string{"--console", "9400"}, exitMisuse, []string{"--console takes an address with a port", ":9400"}},
		"no site":             {[]string{"--site", "nowhere"}, exitMisuse, []string{"the folder given with --site cannot be opened", "nowhere"}},
		"site without scheme": {[]string{"--site", "127.0.0.1:9300"}, exitMisuse, []string{"--site", "http://127.0.0.1:9300"}},
		"site is a file":      {[]string{"--site", "policy.yaml"}, exitMisuse, []string{"the folder given with --site cannot be opened", "policy.yaml"}},
		"site without host":   {[]string{"--site", "http://"}, exitMisuse, []string{"--site takes an address like"}},
		"no policy":           {[]string{"--policy", "nowhere.yaml"}, exitMisuse, []string{"the policy cannot be read", "nowhere.yaml", "--policy"}},
		"public address":      {[]string{"--public-url", "www.agentur.example"}, exitMisuse, []string{"--public-url takes an address like"}},
		"public path":         {[]string{"--public-url", "https://www.agentur.example/de"}, exitMisuse, []string{"--public-url takes an address without a path", "/de"}},
		"public scheme":       {[]string{"--public-url", "ftp://www.agentur.example"}, exitMisuse, []string{"--public-url takes an address like"}},
		"certificate":         {[]string{"--cert", "policy.yaml", "--key", "policy.yaml"}, exitMisuse, []string{"the certificate cannot be used", "--cert"}},
		"authority":           {[]string{"--acme", "www.agentur.example", "--acme-directory", "nowhere"}, exitMisuse, []string{"--acme-directory takes an address like"}},
		"no server":           {[]string{"--database", "postgres://kept@127.0.0.1:1/kept"}, exitFinding, []string{"PostgreSQL does not answer at 127.0.0.1:1", "--database", "refused"}},
		"no keys' server":     {[]string{"--vault", "postgres://kept@127.0.0.1:1/kept"}, exitFinding, []string{"PostgreSQL does not answer at 127.0.0.1:1", "--vault"}},
		"no such protocol":    {[]string{"--database", "mysql://kept@127.0.0.1/kept"}, exitMisuse, []string{"not a PostgreSQL one"}},
		"no master key":       {[]string{"--master-key", "nowhere.key"}, exitFinding, []string{"there is no master key at nowhere.key", "openssl rand -hex 32 > nowhere.key"}},
		"nobody's origin":     {[]string{"--origin", "agentur.example/pages"}, exitMisuse, []string{"--origin takes an address like", "agentur.example/pages"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newInstance(t, storetest.SQLite(t))
			r := i.run(i.serveArgs(c.args...)...)
			if r.code != c.code || r.out != "" {
				t.Errorf("exit code %d, wanted %d; stdout %q", r.code, c.code, r.out)
			}
			for _, part := range c.want {
				if !strings.Contains(r.err, part) {
					t.Errorf("it does not say %q:\n%s", part, r.err)
				}
			}
			if n := strings.Count(strings.TrimSpace(r.err), "\n"); n > 2 {
				t.Errorf("it takes %d lines:\n%s", n+1, r.err)
			}
			if _, err := os.Stat(filepath.Join(i.place.Data, "kept.db")); c.code == exitMisuse && err == nil {
				t.Error("a mistake in a flag left a database")
			}
		})
	}
}

// What PostgreSQL lacks is said with what to do about it.
func TestServeSaysWhatPostgreSQLLacks(t *testing.T) {
	t.Parallel()
	c := storetest.Postgres(t)
	with := func(change func(u *url.URL)) string {
		u, err := url.Parse(c.URL)
		fatal(t, err)
		change(u)
		return u.String()
	}
	i, poor := newRole(t)
	fatal(t, poor.exec("revoke create on database postgres from %s"))
	for name, x := range map[string]struct {
		address string
		want    []string
	}{
		"database": {with(func(u *url.URL) { u.Path = "/missing" }), []string{"no database missing", "createdb"}},
		"role":     {with(func(u *url.URL) { u.User = url.User("stranger") }), []string{"does not let stranger in", "createuser"}},
		"schema":   {with(func(u *url.URL) { u.RawQuery = "search_path=missing" }), []string{"has no schema", "create schema NAME"}},
		"right":    {i.place.Database, []string{"may make no schema", "grant create on database"}},
	} {
		t.Run(name, func(t *testing.T) {
			i := newInstance(t, storetest.SQLite(t))
			r := i.run(i.serveArgs("--database", x.address)...)
			if r.code == 0 || r.out != "" {
				t.Errorf("exit code %d, stdout %q", r.code, r.out)
			}
			for _, part := range x.want {
				if !strings.Contains(r.err, part) {
					t.Errorf("it does not say %q:\n%s", part, r.err)
				}
			}
		})
	}
}

// A site that does not answer is a plain page and no end of the service.
func TestTheSiteBehindIsDown(t *testing.T) {
	t.Parallel()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("<!doctype html><title>up</title>"))
	}))
	defer site.Close()
	i := newInstance(t, storetest.SQLite(t))
	down := i.serve("--site", closedAddress(t))
	got, err := newVisitor(down.site).get("/")
	fatal(t, err)
	fatal(t, got.want(http.StatusBadGateway))
	if strings.Contains(got.body, "127.0.0.1") {
		t.Errorf("the page tells where the site is:\n%s", got.body)
	}
	center, err := newVisitor(down.site).get("/privacy")
	fatal(t, err)
	fatal(t, center.want(http.StatusOK)) // Kept's own pages go on
	fatal(t, down.stop())

	up := i.serve("--site", site.URL)
	got, err = newVisitor(up.site).get("/")
	fatal(t, err)
	fatal(t, got.want(http.StatusOK))
	fatal(t, up.stop())
}

// closedAddress is where nobody listens.
func closedAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(t, err)
	defer l.Close()
	return "http://" + l.Addr().String()
}

// A forwarding header is believed from a trusted proxy and from nobody else
// (threat 11): it decides whose requests count together.
func TestForwardingHeadersOfStrangersCountForNothing(t *testing.T) {
	t.Parallel()
	const bucket = 4
	for name, c := range map[string]struct {
		trusted string
		from    func(n int) string // the header
		most    int                // requests that pass at most
	}{
		"nobody is trusted": {"192.0.2.1", func(int) string { return anywhere() }, bucket},
		"the proxy is":      {"127.0.0.1", func(int) string { return anywhere() }, 3 * bucket},
		"a network is":      {"127.0.0.0/8", func(int) string { return anywhere() }, 3 * bucket},
		"one client behind": {"127.0.0.1", func(int) string { return "84.44.17.23" }, bucket},
		"a client's claim":  {"127.0.0.1", func(int) string { return anywhere() + ", 84.44.17.23" }, bucket},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newInstance(t, storetest.SQLite(t))
			i.edit("rate_limit: {requests: 50, per: 1 second, burst: 200}", "rate_limit: {requests: 1, per: 1 hour, burst: 4}")
			p := i.serve("--trusted-proxy", c.trusted)
			v, passed := newVisitor(p.site), 0
			for n := range 3 * bucket {
				got, err := v.from(c.from(n)).get("/")
				fatal(t, err)
				switch got.StatusCode {
				case http.StatusOK:
					passed++
				case http.StatusTooManyRequests:
					if got.Header.Get("Retry-After") == "" {
						t.Error("429 does not say when to come back")
					}
				default:
					fatal(t, got.want(http.StatusOK))
				}
			}
			if passed != c.most {
				t.Errorf("%d of %d requests passed, wanted %d", passed, 3*bucket, c.most)
			}
		})
	}
}

// The database's address holds a password: it comes from the environment, or
// from a file that the environment names; a flag goes before both.
func TestTheDatabaseAddressComesFromTheEnvironment(t *testing.T) {
	t.Parallel()
	c := storetest.Postgres(t)
	file := filepath.Join(t.TempDir(), "database")
	fatal(t, os.WriteFile(file, []byte(c.URL+"\n"), 0o600))
	const wrong = "postgres://kept@127.0.0.1:1/kept"
	for _, way := range []struct {
		name string
		env  []string
		args []string
	}{
		{"variable", []string{"KEPT_DATABASE=" + c.URL}, nil},
		{"file", []string{"KEPT_DATABASE_FILE=" + file, "KEPT_DATABASE=" + wrong}, nil},
		{"flag", []string{"KEPT_DATABASE=" + wrong}, []string{"--database", c.URL}},
	} {
		t.Run(way.name, func(t *testing.T) {
			i := newInstance(t, c)
			i.env = way.env
			p := i.serve(way.args...)
			fatal(t, newVisitor(p.site).accepts())
			fatal(t, p.stop())
			i.must(append([]string{"audit"}, way.args...)...)
		})
	}
	if _, err := os.Stat(filepath.Join(c.Dir, "kept.db")); err == nil {
		t.Error("the data lies in SQLite")
	}
	i := newInstance(t, c)
	i.env = []string{"KEPT_DATABASE_FILE=" + file + ".missing"}
	if r := i.run(i.serveArgs()...); r.code != exitMisuse || !strings.Contains(r.err, "KEPT_DATABASE_FILE") {
		t.Errorf("a file that is not there: exit code %d\n%s", r.code, r.err)
	}
}
