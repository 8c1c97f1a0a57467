package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// server is a PostgreSQL server in a temporary folder.
type server struct {
	bin    string // folder of initdb and pg_ctl
	dir    string
	port   int
	attr   *syscall.SysProcAttr // another user where this one is root
	answer bool                 // it was started
}

// newServer finds PostgreSQL and makes the folder.
func newServer() (*server, error) {
	bin, err := findPostgres()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s := &server{bin: bin, port: port}
	if s.dir, err = os.MkdirTemp("", "kept-postgres-"); err != nil {
		return nil, err
	}
	if err := s.giveUpRoot(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	return s, nil
}

// findPostgres returns the folder of the newest PostgreSQL of the distribution,
// or the one in the path.
func findPostgres() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_ctl")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
		return filepath.Dir(newest), nil
	}
	if path, err := exec.LookPath("pg_ctl"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", errors.New("there is no PostgreSQL here (looked for /usr/lib/postgresql/*/bin/pg_ctl and pg_ctl in the path)")
}

// version reads 15 out of /usr/lib/postgresql/15/bin/pg_ctl.
func version(path string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	if err != nil {
		return 0
	}
	return n
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// giveUpRoot makes the server run as the user postgres, because PostgreSQL
// refuses to run as root.
func (s *server) giveUpRoot() error {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("PostgreSQL does not run as root, and there is no user postgres: %w", err)
	}
	uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(errUID, errGID); err != nil {
		return err
	}
	s.attr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return os.Chown(s.dir, int(uid), int(gid))
}

func (s *server) data() string { return filepath.Join(s.dir, "data") }

func (s *server) address() string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres", s.port)
}

// start makes the database and waits until it answers.
func (s *server) start(ctx context.Context) error {
	err := s.run(ctx, "initdb", "--pgdata", s.data(), "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-instructions")
	if err != nil {
		return err
	}
	s.answer = true
	options := fmt.Sprintf("-c listen_addresses=127.0.0.1 -c port=%d -c unix_socket_directories='' -c fsync=on"+
		" -c synchronous_commit=on -c max_connections=400 -c max_locks_per_transaction=256", s.port)
	return s.run(ctx, "pg_ctl", "start", "--pgdata", s.data(), "--log", filepath.Join(s.dir, "log"), "--wait", "--options", options)
}

// remove stops the server and deletes its folder. It works after a signal too,
// so it asks no context.
func (s *server) remove() error {
	var err error
	if s.answer {
		err = s.run(context.Background(), "pg_ctl", "stop", "--pgdata", s.data(), "--mode", "immediate", "--wait")
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}

// run runs one of PostgreSQL's programs quietly; its output is part of the
// error.
func (s *server) run(ctx context.Context, program string, args ...string) error {
	log, err := os.CreateTemp(s.dir, program)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, program), args...)
	cmd.Dir, cmd.SysProcAttr = s.dir, s.attr
	cmd.Stdout, cmd.Stderr = log, log // a file, for the server keeps it open
	if err := cmd.Run(); err != nil {
		said, readErr := os.ReadFile(log.Name())
		return errors.Join(fmt.Errorf("%s: %w\n%s", program, err, said), readErr)
	}
	return nil
}
