package app

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"kept/internal/fault"
)

// lock keeps two processes apart that must not work on one data folder at a
// time: two that serve from one SQLite database, or one that serves and one that
// changes the master key. Nodes over one PostgreSQL share it. It ends with the
// process, however that ends.
func lock(dir string, shared bool) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault.New(fault.Unavailable, "the data folder %s cannot be made: %w", dir, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the data folder %s cannot be written: %w", dir, err)
	}
	how := syscall.LOCK_EX
	if shared {
		how = syscall.LOCK_SH
	}
	err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(fault.New(fault.Conflict, "another process serves from %s; stop it first, or name another folder with --data", dir), f.Close())
	}
	if err != nil {
		return nil, errors.Join(fault.New(fault.Unavailable, "the data folder %s cannot be locked: %w", dir, err), f.Close())
	}
	return f, nil
}
