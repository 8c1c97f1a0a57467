package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kept/examples"
	"kept/internal/app"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// instance is a place to serve from: a policy, a site, and where the data lies.
type instance struct {
	t     *testing.T
	dir   string // policy.yaml and site/
	place app.Place
	env   []string
}

// eachInstance runs f with an empty instance on each database.
func eachInstance(t *testing.T, f func(t *testing.T, i *instance)) {
	t.Helper()
	for name, fresh := range map[string]func(testing.TB) store.Config{"sqlite": storetest.SQLite, "postgres": storetest.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f(t, newInstance(t, fresh(t)))
		})
	}
}

// newInstance prepares the agency's example for c.
func newInstance(t *testing.T, c store.Config) *instance {
	t.Helper()
	i := &instance{t: t, dir: t.TempDir(), place: app.Place{Data: c.Dir, Database: c.URL}}
	if err := copyExample(i.dir); err != nil {
		t.Fatal(err)
	}
	if c.URL != "" {
		i.env = append(i.env, "KEPT_DATABASE="+c.URL)
	}
	return i
}

// relay names a mail server, as serving the example needs one. Nobody writes in
// tests that do not look at mails.
var relay = []string{"--smtp", "smtp://127.0.0.1:9", "--mail-from", "post@agentur.example"}

// copyExample writes the agency's policy and site into dir.
func copyExample(dir string) error {
	example, err := fs.Sub(examples.Files, "alleherzen")
	if err != nil {
		return err
	}
	return os.CopyFS(dir, example)
}

// serve starts serving the example's site, or what args name instead, on free
// ports, and kills it at the end of the test if it still runs.
func (i *instance) serve(args ...string) *process {
	i.t.Helper()
	p, err := launchServing(i.dir, i.env, i.serveArgs(args...)...)
	if err != nil {
		i.t.Fatal(err)
	}
	i.t.Cleanup(p.kill)
	return p
}

func (i *instance) serveArgs(args ...string) []string {
	all := append([]string{"serve", "--data", i.place.Data, "--listen", "127.0.0.1:0", "--console", "127.0.0.1:0"}, relay...)
	if !slices.Contains(args, "--site") {
		all = append(all, "--site", "site")
	}
	return append(all, args...)
}

// result is what a command that has ended left.
type result struct {
	out, err string
	code     int
}

// run runs a command to its end; words that begin with -- and name the place
// are added.
func (i *instance) run(args ...string) result {
	i.t.Helper()
	p, err := launch(i.dir, i.env, args...)
	fatal(i.t, err)
	i.t.Cleanup(p.kill)
	code, err := p.exit()
	fatal(i.t, err)
	return result{p.out.String(), p.err.String(), code}
}

// must runs a command on the instance that has to end with exit code 0, and
// returns what it printed.
func (i *instance) must(args ...string) string {
	i.t.Helper()
	args = append(args, "--data", i.place.Data)
	r := i.run(args...)
	if r.code != 0 {
		i.t.Fatalf("kept %s: exit code %d\n%s\n%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

// edit changes the policy file.
func (i *instance) edit(old, new string) {
	i.t.Helper()
	file := filepath.Join(i.dir, "policy.yaml")
	src, err := os.ReadFile(file)
	fatal(i.t, err)
	changed := bytes.Replace(src, []byte(old), []byte(new), 1)
	if bytes.Equal(changed, src) {
		i.t.Fatalf("the policy does not hold %q", old)
	}
	fatal(i.t, os.WriteFile(file, changed, 0o644))
}

// leaves exports the log and returns its entries as text.
func (i *instance) leaves() string {
	i.t.Helper()
	dir := filepath.Join(i.t.TempDir(), "export")
	i.must("ledger", "export", dir)
	var all strings.Builder
	err := filepath.WalkDir(filepath.Join(dir, "tile", "entries"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all.Write(b)
		return err
	})
	fatal(i.t, err)
	return all.String()
}

// holds audits the instance and verifies its log, as an auditor would.
func (i *instance) holds() {
	i.t.Helper()
	i.must("audit")
	i.must("ledger", "verify")
	dir := filepath.Join(i.t.TempDir(), "export")
	i.must("ledger", "export", dir)
	if r := i.run("ledger", "verify", dir); r.code != 0 {
		i.t.Errorf("the exported log does not verify:\n%s%s", r.out, r.err)
	}
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
