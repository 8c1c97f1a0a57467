package main

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"kept/internal/store/storetest"
)

var demoDoors = []string{"--listen", "127.0.0.1:0", "--console", "127.0.0.1:0"}

// The demo lives through some days, and its audit finds nothing.
func TestDemoKeepsItsPromises(t *testing.T) {
	t.Parallel()
	i := newInstance(t, storetest.SQLite(t))
	dir := filepath.Join(i.dir, "demo")
	args := append([]string{"demo", "--audit", "--days", "3", "--dir", dir}, demoDoors...)
	for range 2 { // the second empties what the first made
		r := i.run(args...)
		if r.code != 0 || !strings.Contains(r.out, "0 findings") {
			t.Fatalf("exit code %d\n%s\n%s", r.code, r.out, r.err)
		}
	}
}

// A folder that the demo did not make stays as it is.
func TestDemoSparesWhatItDidNotMake(t *testing.T) {
	t.Parallel()
	i := newInstance(t, storetest.SQLite(t))
	precious := filepath.Join(i.dir, "policy.yaml")
	before, err := os.ReadFile(precious)
	fatal(t, err)
	r := i.run(append([]string{"demo", "--audit", "--days", "1", "--dir", i.dir}, demoDoors...)...)
	if r.code != exitMisuse || !strings.Contains(r.err, "name another folder with --dir") {
		t.Errorf("exit code %d\n%s", r.code, r.err)
	}
	after, err := os.ReadFile(precious)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the folder was changed (%v)", err)
	}
	r = i.run(append([]string{"demo", "--audit", "--dir", precious}, demoDoors...)...)
	if r.code == 0 || !strings.Contains(r.err, "the demo's folder") {
		t.Errorf("a file for a folder: exit code %d\n%s", r.code, r.err)
	}
}

// The demo believes every forwarding header, and so listens on loopback only.
func TestDemoListensOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	i := newInstance(t, storetest.SQLite(t))
	dir := filepath.Join(i.dir, "demo")
	for _, doors := range [][]string{
		{"--listen", "0.0.0.0:0"}, {"--listen", ":8080"}, {"--listen", "[::]:0"}, {"--listen", "192.0.2.1:80"}, {"--listen", "agentur.example:80"},
		{"--console", "0.0.0.0:0"}, {"--console", "nowhere"},
	} {
		r := i.run(append([]string{"demo", "--audit", "--dir", dir}, doors...)...)
		if r.code != exitMisuse || !strings.Contains(r.err, "loopback") {
			t.Errorf("%v: exit code %d\n%s", doors, r.code, r.err)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the folder was made nevertheless")
	}
}

var (
	signInLink = regexp.MustCompile(`http://\S+/link/[0-9a-z]{26}`)
	thirdParty = regexp.MustCompile(`http://[a-z]+\.localhost:(\d+)/requests`) // browsers know these names, resolvers need not
)

// The demo greets with addresses that answer, lets its owner in once, takes a
// changed policy over as it says, and stops.
func TestDemoGreets(t *testing.T) {
	t.Parallel()
	i := newInstance(t, storetest.SQLite(t))
	dir := filepath.Join(i.dir, "demo")
	p, err := launch(i.dir, nil, append([]string{"demo", "--days", "1", "--visits", "8", "--dir", dir}, demoDoors...)...)
	fatal(t, err)
	t.Cleanup(p.kill)
	fatal(t, p.prints(&p.out, "Stop with Ctrl-C."))
	p.site = strings.Fields(p.out.String())[1]

	link := signInLink.FindString(p.out.String())
	owner := newVisitor(strings.Split(link, "/link/")[0])
	fatal(t, owner.signsIn(link))
	page, err := owner.get("/")
	fatal(t, err)
	fatal(t, page.want(http.StatusOK))
	if newVisitor("").signsIn(link) == nil {
		t.Error("the link lets in twice")
	}
	logs := thirdParty.FindAllStringSubmatch(p.out.String(), -1)
	if len(logs) == 0 {
		t.Error("no third party is named")
	}
	for _, log := range logs {
		got, err := newVisitor("http://127.0.0.1:" + log[1]).get("/requests")
		fatal(t, err)
		fatal(t, got.want(http.StatusOK))
	}

	i.dir = dir
	i.edit("name: Musteragentur GmbH", "name: Neue Agentur GmbH")
	fatal(t, p.signal(syscall.SIGHUP))
	fatal(t, eventually(t.Context(), func() error {
		got, err := newVisitor(p.site).get("/privacy?lang=en")
		if err == nil && !strings.Contains(got.body, "Neue Agentur GmbH") {
			return errors.New("the notice shows the former policy")
		}
		return err
	}))
	fatal(t, p.stop())
}

// Somebody reads the newsletter, conferences are kept, and no job of all this is left
// behind: whoever opens the demo finds people in it.
func TestDemoIsInhabited(t *testing.T) {
	t.Parallel()
	i := newInstance(t, storetest.SQLite(t))
	dir := filepath.Join(i.dir, "demo")
	r := i.run(append([]string{"demo", "--audit", "--days", "20", "--visits", "2", "--dir", dir}, demoDoors...)...)
	if r.code != 0 || strings.Contains(r.out, "set aside") {
		t.Fatalf("exit code %d\n%s\n%s", r.code, r.out, r.err)
	}
	data := filepath.Join(dir, "data")
	list := i.run("meeting", "list", "--data", data)
	for _, topic := range []string{"Auftakt neue Website", "Entwürfe", "Abnahme der neuen Website"} {
		if !strings.Contains(list.out, topic) {
			t.Errorf("the demo has no conference %q:\n%s%s", topic, list.out, list.err)
		}
	}
	readers := i.run("newsletter", "list", "--data", data)
	for _, line := range []string{`subscribers\s+-\s+2`, `waiting\s+-\s+1`, `ended, proof kept\s+-\s+1`} {
		if !regexp.MustCompile(line).MatchString(readers.out) {
			t.Errorf("who reads the newsletter is not %s:\n%s%s", line, readers.out, readers.err)
		}
	}
}
