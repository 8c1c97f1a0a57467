package main

import (
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A signal to stop lets requests finish, writes everything down, and is no
// error.
func TestStopLetsRequestsFinish(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			eachInstance(t, func(t *testing.T, i *instance) {
				arrived, release := make(chan struct{}), make(chan struct{})
				site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path == "/slow" {
						close(arrived)
						<-release
					}
					w.Write([]byte("all of it"))
				}))
				defer site.Close()
				p := i.serve("--site", site.URL)
				fatal(t, newVisitor(p.site).accepts())
				var got answer
				finished := make(chan error, 1)
				go func() {
					var err error
					got, err = newVisitor(p.site).get("/slow")
					finished <- err
				}()
				<-arrived
				fatal(t, p.signal(signal))
				fatal(t, eventually(t.Context(), func() error { return refusesConnections(p.site) }))
				close(release)
				fatal(t, <-finished)
				if got.StatusCode != http.StatusOK || got.body != "all of it" {
					t.Errorf("the request in flight got %s %q", got.Status, got.body)
				}
				if code, err := p.exit(); err != nil || code != 0 {
					t.Errorf("exit code %d, %v\n%s", code, err, p.said())
				}
				if p.err.count("level=ERROR") > 0 {
					t.Errorf("a clean stop logs errors:\n%s", p.said())
				}
				noLogsLeft(t, i.place.Data)
				i.holds()
			})
		})
	}
}

func refusesConnections(address string) error {
	c, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		return nil
	}
	return errors.Join(errors.New("the door is still open"), c.Close())
}

// noLogsLeft checks that no write-ahead log holds anything: deleted data would
// lie in it.
func noLogsLeft(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "-wal") {
			return err
		}
		if info, err := d.Info(); err != nil || info.Size() > 0 {
			t.Errorf("%s holds %d bytes (%v)", path, info.Size(), err)
		}
		return nil
	})
	fatal(t, err)
}

// A signal ends a stream that would never end by itself, after what has come in
// was written; and what has come in is written as soon as nothing more comes.
func TestAStreamedLogIsWrittenAsItComes(t *testing.T) {
	t.Parallel()
	in, feed, err := os.Pipe()
	fatal(t, err)
	defer feed.Close()
	p, err := launchReading(in, "accesslog", "anonymise")
	fatal(t, err)
	t.Cleanup(p.kill)
	_, err = feed.WriteString("84.44.17.23 - - [02/Nov/2026:09:00:00 +0000] \"GET / HTTP/1.1\" 200 512\n")
	fatal(t, err)
	fatal(t, p.prints(&p.out, "84.44.0.0 "))
	_, err = feed.WriteString("84.44.17.24 half a line")
	fatal(t, err)
	fatal(t, p.stop())
	if strings.Contains(p.out.String(), "17.24") {
		t.Errorf("a line that was cut off keeps its address:\n%s", p.out.String())
	}
}
