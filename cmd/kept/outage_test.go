package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"kept/internal/postgres"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

// outage is something that takes the database away from a serving process and
// gives it back.
type outage struct{ begin, end func() error }

// during has visitors walk before, in and after an outage. Every answer in it
// is an acknowledgement or 503, pages go on, and all is well afterwards without
// a restart.
func (o outage) during(t *testing.T, i *instance, p *process) {
	t.Helper()
	c := newCrowd()
	before := newVisitor(p.site).from(anywhere())
	fatal(t, before.accepts())
	c.walkFor(t.Context(), p.site, 20)

	fatal(t, o.begin())
	c.bears = func(status int) bool { return status == http.StatusServiceUnavailable }
	fatal(t, eventually(t.Context(), func() error { return unavailable(c, before) }))
	got, err := before.get("/")
	fatal(t, err)
	fatal(t, got.want(http.StatusOK))
	if _, there := p.ended, p.cmd.ProcessState; there != nil {
		t.Fatalf("it ended\n%s", p.said())
	}

	fatal(t, o.end())
	fatal(t, eventually(t.Context(), func() error { return newVisitor(p.site).from(anywhere()).accepts() }))
	c.walkFor(t.Context(), p.site, 10) // who gets a connection that was cut is told so, once
	c.bears = func(int) bool { return false }
	c.walkFor(t.Context(), p.site, 20)
	fatal(t, p.stop())
	c.remembered(t, i)
	i.holds()
}

// unavailable returns nil once both an event and a decision are answered with
// 503; what is acknowledged meanwhile is noted.
func unavailable(c *crowd, known *visitor) error {
	_, got, err := known.view("/")
	if err != nil {
		return err
	}
	event := got.StatusCode
	v := newVisitor(known.site).from(anywhere())
	if got, err = v.choose("accept"); err != nil {
		return err
	}
	if c.told(got, http.StatusSeeOther) {
		c.note(func() { c.decisions[v.decision()] = v })
	}
	if event != http.StatusServiceUnavailable || got.StatusCode != http.StatusServiceUnavailable {
		return fmt.Errorf("an event was answered with %d, a decision with %d", event, got.StatusCode)
	}
	return nil
}

// walkFor walks until so many more have accepted.
func (c *crowd) walkFor(ctx context.Context, site string, more int) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	enough := len(c.decisions) + more
	c.walk(ctx, site, func(n int) {
		if n >= enough {
			stop()
		}
	})
}

// A full disk: a small file system of its own, filled to its last byte.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	mount := t.TempDir()
	if err := unix.Mount("kept-test", mount, "tmpfs", 0, "size=48m"); err != nil {
		t.Skipf("a file system to fill cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(mount, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	i := newInstance(t, store.Config{Dir: filepath.Join(mount, "data")})
	p := i.serve("--trusted-proxy", "127.0.0.1")
	ballast := filepath.Join(mount, "ballast")
	outage{
		begin: func() error { return fill(ballast) },
		end:   func() error { return os.Remove(ballast) },
	}.during(t, i, p)
}

// fill writes a file until the disk is full.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); errors.Is(err, unix.ENOSPC) {
			size /= 2
		} else if err != nil {
			return err
		}
	}
	return nil
}

// A disk that writes nothing any more: the process may not write files at all.
func TestADiskThatTakesNothing(t *testing.T) {
	t.Parallel()
	i := newInstance(t, storetest.SQLite(t))
	p := i.serve("--trusted-proxy", "127.0.0.1")
	limit := func(bytes uint64) error {
		return unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: math.MaxUint64}, nil)
	}
	outage{
		begin: func() error { return limit(0) },
		end:   func() error { return limit(math.MaxUint64) },
	}.during(t, i, p)
}

// PostgreSQL does not answer: its role may not connect, or may not write, as on
// a standby; and who is connected is cut off.
func TestALostDatabase(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][2]string{
		"nobody may connect": {"alter role %s nologin", "alter role %s login"},
		"nobody may write":   {"alter role %s set default_transaction_read_only = on", "alter role %s reset default_transaction_read_only"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, role := newRole(t)
			p := i.serve("--trusted-proxy", "127.0.0.1")
			outage{
				begin: func() error { return errors.Join(role.exec(change[0]), role.cut()) },
				end:   func() error { return errors.Join(role.exec(change[1]), role.cut()) },
			}.during(t, i, p)
		})
	}
}

// Connections are cut again and again in the middle of a crowd, who notice
// nothing worse than 503.
func TestConnectionsThatAreCutUnderLoad(t *testing.T) {
	t.Parallel()
	const cuts, acceptances = 5, 30
	i, role := newRole(t)
	p := i.serve("--trusted-proxy", "127.0.0.1")
	c := newCrowd()
	c.bears = func(status int) bool { return status == http.StatusServiceUnavailable }
	for range cuts {
		ctx, stop := context.WithCancel(t.Context())
		enough := len(c.decisions) + acceptances
		c.walk(ctx, p.site, func(n int) {
			if n == enough-acceptances/2 {
				if err := role.cut(); err != nil {
					t.Error(err)
				}
			}
			if n >= enough {
				stop()
			}
		})
		stop()
	}
	fatal(t, p.stop())
	c.remembered(t, i)
	i.holds()
}

// role is a PostgreSQL role of one test's own.
type role struct {
	admin *sql.DB
	name  string
}

// newRole returns an instance in a schema that belongs to a role of its own.
func newRole(t *testing.T) (*instance, role) {
	t.Helper()
	c := storetest.Postgres(t)
	address, err := url.Parse(c.URL)
	fatal(t, err)
	admin, err := postgres.Open(os.Getenv("KEPT_TEST_POSTGRES"))
	fatal(t, err)
	t.Cleanup(func() { admin.Close() })
	r := role{admin: admin, name: "kept_" + store.NewID()}
	fatal(t, r.exec("create role %s login"))
	t.Cleanup(func() {
		if err := errors.Join(r.cut(), r.exec("drop owned by %s cascade"), r.exec("drop role %s")); err != nil {
			t.Error(err)
		}
	})
	var database string
	fatal(t, admin.QueryRow("select current_database()").Scan(&database))
	fatal(t, r.exec("alter schema "+address.Query().Get("search_path")+" owner to %s"))
	fatal(t, r.exec("grant create on database "+database+" to %s"))
	address.User = url.User(r.name)
	c.URL = address.String()
	return newInstance(t, c), r
}

// granting lets one test at a time change what roles may do: PostgreSQL refuses
// two changes of the same grants at once.
var granting sync.Mutex

func (r role) exec(statement string) error {
	granting.Lock()
	defer granting.Unlock()
	_, err := r.admin.Exec(fmt.Sprintf(statement, r.name))
	return err
}

// cut ends every connection of the role.
func (r role) cut() error {
	_, err := r.admin.Exec("select pg_terminate_backend(pid) from pg_stat_activity where usename = $1", r.name)
	return err
}
