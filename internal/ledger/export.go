package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"kept/internal/fault"
)

// The files of an export beside its tiles.
const (
	checkpointFile = "checkpoint"
	keyFile        = "vkey"
	readmeFile     = "README.txt"
)

// Export writes the log as C2SP tlog-tiles below dir, with the key and a
// README.txt for the auditor, and publishes the checkpoint in it. The folder
// must be empty or absent.
func (l *Ledger) Export(ctx context.Context, dir string, progress func(done, total int64)) error {
	if found, err := os.ReadDir(dir); err == nil && len(found) > 0 {
		return fault.New(fault.Conflict, "the folder %s is not empty; an export goes into one of its own", dir)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Unavailable, "the folder %s cannot be read: %w", dir, err)
	}
	head, err := l.Publish(ctx)
	if err != nil {
		return err
	}
	if err := l.exportTiles(ctx, dir, head.Size, progress); err != nil {
		return fmt.Errorf("export the ledger: %w", err)
	}
	readme := fmt.Sprintf(readme, l.key.Name(), head.Size, l.vkey)
	for name, text := range map[string]string{keyFile: l.vkey + "\n", readmeFile: readme, checkpointFile: head.Text} {
		if err := write(filepath.Join(dir, name), []byte(text)); err != nil {
			return fmt.Errorf("export the ledger: %w", err)
		}
	}
	return nil
}

func (l *Ledger) exportTiles(ctx context.Context, dir string, size int64, progress func(done, total int64)) error {
	stored := &stored{l: l}
	for _, t := range tlog.NewTiles(height, 0, size) {
		hashes, err := stored.tile(ctx, t)
		if err != nil {
			return err
		}
		if err := write(filepath.Join(dir, tilePath(t)), hashes); err != nil {
			return err
		}
		if t.L > 0 {
			continue
		}
		entries, err := stored.entries(ctx, t)
		if err != nil {
			return err
		}
		t.L = -1
		if err := write(filepath.Join(dir, tilePath(t)), bundle(entries)); err != nil {
			return err
		}
		if progress != nil {
			progress(t.N*width+int64(t.W), size)
		}
	}
	return nil
}

// tilePath is the place of a tile in a C2SP log: without the height that
// golang.org/x/mod writes, and with entries for the level -1.
func tilePath(t tlog.Tile) string {
	path := strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", height))
	if rest, ok := strings.CutPrefix(path, "data/"); ok {
		path = "entries/" + rest
	}
	return filepath.FromSlash("tile/" + path)
}

// bundle joins entries, each after its length in two bytes.
func bundle(entries [][]byte) []byte {
	var b []byte
	for _, e := range entries {
		b = binary.BigEndian.AppendUint16(b, uint16(len(e))) // canonical bounds it by maxEntry
		b = append(b, e...)
	}
	return b
}

// unbundle splits what bundle joined. It returns the entries before the first
// that is cut short, and whether there was none such.
func unbundle(b []byte) (entries [][]byte, whole bool) {
	for len(b) > 0 {
		if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
			return entries, false
		}
		n := 2 + int(binary.BigEndian.Uint16(b))
		entries, b = append(entries, b[2:n]), b[n:]
	}
	return entries, true
}

func write(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fault.New(fault.Unavailable, "%w", err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		return fault.New(fault.Unavailable, "%w", err)
	}
	return nil
}

const readme = `This folder is a copy of the append-only log

    %s

with its first %d entries. It can be checked without the system that made it.

checkpoint        the signed head: name, number of entries, root hash, signature
                  (C2SP tlog-checkpoint, a Go "signed note", Ed25519)
tile/0/...        hashes of the entries, 256 in a file; tile/1/... and above:
                  roots of the full tiles below (C2SP tlog-tiles, RFC 6962)
tile/entries/...  the entries themselves, each after its length in two bytes,
                  most significant first; an entry is one JSON object
vkey              the key that verifies the signature:
                  %s

To check everything, from the entries up to the signature:

    kept ledger verify --key KEY FOLDER

Take KEY from where you trust it, for instance from a receipt or an earlier
copy, not from this folder. Without Kept: the hash of an entry is SHA-256 over
a zero byte and the entry; the hash of two neighbours is SHA-256 over a byte of
one and both hashes; the root over all is the third line of the checkpoint.

Entries hold kinds, times, counts, hashes and keyed commitments, no personal
data. A commitment can be checked by the operator as long as the person's key
exists; after an erasure it says nothing about anybody.
`
