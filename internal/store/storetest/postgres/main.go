// Postgres runs a command beside a PostgreSQL server of its own:
//
//	go run ./internal/store/storetest/postgres -- go test ./...
//
// The server listens on loopback only, on a free port, in a temporary folder,
// with fsync on, and is stopped and removed when the command ends or a signal
// comes. The command finds its address in KEPT_TEST_POSTGRES. The exit code is
// the command's, or 2 if the server could not be started.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

func main() {
	command := os.Args[1:]
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		fmt.Fprintln(os.Stderr, "usage: postgres -- command [argument …]")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	s, err := newServer()
	code := 2
	if err == nil {
		code, err = s.beside(ctx, command)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "postgres:", err)
	}
	os.Exit(code)
}

// beside starts the server, runs the command, and removes the server.
func (s *server) beside(ctx context.Context, command []string) (code int, err error) {
	defer func() { err = errors.Join(err, s.remove()) }()
	if err := s.start(ctx); err != nil {
		return 2, err
	}
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "KEPT_TEST_POSTGRES="+s.address())
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	err = cmd.Run()
	var failed *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &failed) && failed.ExitCode() > 0:
		return failed.ExitCode(), nil
	}
	return 1, fmt.Errorf("run %s: %w", command[0], err)
}
