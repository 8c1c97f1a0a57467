package main

import (
	"encoding/hex"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"kept/internal/store"
	"kept/internal/store/storetest"
)

const (
	plantedKey      = "c0ffee5ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e7c0de"
	plantedPassword = "hunter2-Zimtschnecke"
)

// Planted secrets are nowhere in what the commands print, log, write or export
// (threat 10), whether all goes well or nothing does.
func TestSecretsAreNowhere(t *testing.T) {
	t.Parallel()
	eachInstance(t, func(t *testing.T, i *instance) {
		i.env = append(i.env, "KEPT_TEST_MASTER="+plantedKey, "KEPT_TEST_NEXT="+strings.ToUpper(plantedKey[32:]+plantedKey[:32]))
		if i.place.Database != "" {
			i.place.Database = withPassword(t, i.place.Database)
			i.env = append(i.env, "KEPT_DATABASE="+i.place.Database)
		}
		place := []string{"--data", i.place.Data, "--master-key", "env:KEPT_TEST_MASTER"}
		var said strings.Builder

		p := i.serve(place[2:]...)
		v := newVisitor(p.site)
		fatal(t, v.accepts())
		receipt, err := v.receipt()
		fatal(t, err)
		said.WriteString(receipt.body)
		i.edit("basis: consent", "basis: because")
		hangUp(t, p, refused)
		i.edit("basis: because", "basis: consent")
		hangUp(t, p, taken)
		fatal(t, p.signal(syscall.SIGTERM))
		_, err = p.exit()
		fatal(t, err)
		said.WriteString(p.said())

		export := filepath.Join(i.dir, "export")
		for _, command := range [][]string{
			{"audit"}, {"audit", "--json"}, {"retain", "--dry-run"}, {"retain", "--json"}, {"ledger", "verify"}, {"ledger", "export", export},
			{"user", "invite", "owner@agentur.example"}, {"serve", "--site", "nowhere"}, {"audit", "--help"}, {"audit", "--nonsense"},
			{"key", "rotate", "--to", "env:KEPT_TEST_MASTER"}, {"key", "rotate", "--to", "env:KEPT_TEST_NEXT"},
			{"audit"}, // the key fits no longer
		} {
			r := i.run(append(command, place...)...)
			said.WriteString(r.out + r.err)
		}
		for _, wrong := range wrongPlaces {
			r := i.run(append([]string{"serve", "--data", filepath.Join(i.dir, "other"), "--listen", "127.0.0.1:0", "--console", "127.0.0.1:0"}, wrong...)...)
			if r.code == 0 {
				t.Errorf("%v starts", wrong)
			}
			said.WriteString(r.out + r.err)
		}

		nowhere(t, "what was printed", said.String())
		for _, dir := range []string{i.dir, i.place.Data} {
			nowhereBelow(t, dir)
		}
		if i.place.Database != "" {
			db, err := store.Open(t.Context(), store.Config{URL: i.place.Database})
			fatal(t, err)
			defer db.Close()
			nowhere(t, "the database", storetest.Dump(t, db))
		}
	})
}

// wrongPlaces are addresses with the password that lead nowhere, well-formed and
// not.
var wrongPlaces = [][]string{
	{"--database", "postgres://kept:" + plantedPassword + "@127.0.0.1:1/kept"},
	{"--database", "postgres://kept:" + plantedPassword + "@127.0.0.1:nothing/kept"},
	{"--database", "postgres://kept:" + plantedPassword + "%zz@127.0.0.1:1/kept"},
	{"--database", "postgres://kept:" + plantedPassword + " @127.0.0.1:1/kept"},
	{"--database", "host=127.0.0.1 port=1 password=" + plantedPassword},
	{"--database", "host=127.0.0.1 port=nothing password='" + plantedPassword + "'"},
	{"--database", "mysql://kept:" + plantedPassword + "@127.0.0.1/kept"},
	{"--vault", "postgres://kept:" + plantedPassword + "@127.0.0.1:1/keys"},
	{"--vault", "postgres://kept:" + plantedPassword + "%zz@127.0.0.1:1/keys"},
	{"--master-key", "exec:echo " + plantedKey + plantedKey},
}

func withPassword(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	fatal(t, err)
	u.User = url.UserPassword(u.User.Username(), plantedPassword)
	return u.String()
}

// nowhere fails the test if a secret stands in text, in any case or as bytes.
func nowhere(t *testing.T, where, text string) {
	t.Helper()
	small := strings.ToLower(text)
	next := plantedKey[32:] + plantedKey[:32]
	for _, secret := range []string{plantedKey, next, plantedKey[:32], plantedKey[32:], strings.ToLower(plantedPassword)} {
		if n := strings.Index(small, secret); n >= 0 {
			t.Errorf("a secret stands in %s: …%s…", where, small[max(0, n-80):n])
		}
	}
	for _, secret := range []string{plantedKey, next} {
		raw, err := hex.DecodeString(secret)
		fatal(t, err)
		if strings.Contains(text, string(raw)) {
			t.Errorf("the bytes of a secret stand in %s", where)
		}
	}
}

func nowhereBelow(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		nowhere(t, path, string(b))
		return err
	})
	fatal(t, err)
}

// A start costs no more than it has to: whoever asks for the version does not
// pay for what another command may need (a password hash takes 64 MiB).
func TestACommandIsLight(t *testing.T) {
	t.Parallel()
	p, err := launch(t.TempDir(), []string{"GODEBUG=inittrace=1"}, "version")
	fatal(t, err)
	_, err = p.exit()
	fatal(t, err)
	found := initTrace.FindAllStringSubmatch(p.err.String(), -1)
	if len(found) == 0 {
		t.Fatalf("nothing was traced\n%s", p.said())
	}
	for _, f := range found {
		if bytes, err := strconv.Atoi(f[2]); err != nil || bytes > 4<<20 {
			t.Errorf("to begin, %s takes %d bytes (%v)", f[1], bytes, err)
		}
	}
}

// initTrace is what GODEBUG=inittrace=1 prints a package.
var initTrace = regexp.MustCompile(`(?m)^init (\S+) @.* clock, (\d+) bytes`)
