package ledger

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"kept/internal/fault"
)

// VerifyDir recomputes an exported folder from its entries up to the signed
// root, without a database. An empty key means the folder's own key file, which
// proves integrity but not whose log it is. The error says why the verification
// could not be done; what it found is in the Report.
//
// The log must continue each checkpoint in seen: heads that somebody outside kept, as
// FindCheckpoint returns them.
func VerifyDir(ctx context.Context, dir, key string, progress func(done, total int64), seen ...string) (Report, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Report{}, fault.New(fault.NotFound, "the folder cannot be opened: %w", err)
	}
	defer root.Close()
	f := folder{root}
	own, err := f.read(keyFile)
	if err != nil {
		return report(Report{}, err)
	}
	if key = strings.TrimSpace(key); key == "" {
		key = strings.TrimSpace(string(own))
	} else if key+"\n" != string(own) {
		return Report{Bad: badAt(-1, "the folder's %s is not the key that was given", keyFile)}, nil
	}
	verifier, err := verifierOf(key)
	if err != nil {
		return Report{}, err
	}
	return verify(ctx, f, verifier, seen, progress)
}

// folder is an exported log.
type folder struct{ root *os.Root }

func (f folder) read(path string) ([]byte, error) {
	b, err := f.root.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, badAt(-1, "the file %s is missing", filepath.ToSlash(path))
	case err != nil:
		return nil, fault.New(fault.Unavailable, "%w", err)
	}
	return b, nil
}

func (f folder) checkpoints(context.Context) ([]string, error) {
	b, err := f.read(checkpointFile)
	return []string{string(b)}, err
}

func (f folder) tile(_ context.Context, t tlog.Tile) ([]byte, error) {
	b, err := f.read(tilePath(t))
	if bad, ok := err.(*Bad); ok {
		return nil, span(t, bad.What)
	} else if err != nil {
		return nil, err
	}
	if len(b) != t.W*tlog.HashSize {
		return nil, span(t, "the file "+filepath.ToSlash(tilePath(t))+" has a wrong length")
	}
	return b, nil
}

func (f folder) entries(_ context.Context, t tlog.Tile) ([][]byte, error) {
	of := t
	of.L = -1
	b, err := f.read(tilePath(of))
	if bad, ok := err.(*Bad); ok {
		return nil, badAt(t.N*width, "%s", bad.What)
	} else if err != nil {
		return nil, err
	}
	entries, whole := unbundle(b)
	if len(entries) > t.W {
		entries, whole = entries[:t.W], false
	}
	if !whole || len(entries) < t.W {
		return entries, badAt(t.N*width+int64(len(entries)), "the file %s does not hold %d entries", filepath.ToSlash(tilePath(of)), t.W)
	}
	return entries, nil
}

// span is damage to a whole tile.
func span(t tlog.Tile, what string) *Bad {
	first := t.N << (height * (t.L + 1))
	return &Bad{Leaf: first, Last: first + int64(t.W)<<(height*t.L) - 1, What: what}
}
