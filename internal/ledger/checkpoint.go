package ledger

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"kept/internal/fault"
	"kept/internal/store"
)

// Checkpoint is a signed head of the tree.
type Checkpoint struct {
	Size int64
	Root [32]byte
	At   time.Time // when it was signed; the zero time if it was read from a text
	Text string    // the signed note, C2SP tlog-checkpoint
}

// strict refuses base64 that decodes to the same bytes as another text.
var strict = base64.StdEncoding.Strict()

// signer signs notes with the log's key.
type signer struct {
	note.Verifier
	private ed25519.PrivateKey
}

// Sign implements note.Signer.
func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.private, msg), nil }

// sign returns the checkpoint of a tree.
func (l *Ledger) sign(size int64, root tlog.Hash, at time.Time) (Checkpoint, error) {
	text := fmt.Sprintf("%s\n%d\n%s\n", l.key.Name(), size, strict.EncodeToString(root[:]))
	signed, err := note.Sign(&note.Note{Text: text}, l.key)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("sign a checkpoint: %w", err)
	}
	return Checkpoint{Size: size, Root: root, At: at, Text: string(signed)}, nil
}

// parseCheckpoint reads a checkpoint and verifies its signature. It returns
// Invalid if it is not the log's, or not exactly what the log wrote; signatures
// of witnesses may follow the log's.
func parseCheckpoint(text string, v note.Verifier) (Checkpoint, error) {
	n, err := note.Open([]byte(text), note.VerifierList(v))
	if err != nil {
		return Checkpoint{}, fault.New(fault.Invalid, "the checkpoint is not signed by %s: %w", v.Name(), err)
	}
	if _, err := strict.DecodeString(n.Sigs[0].Base64); err != nil {
		return Checkpoint{}, fault.New(fault.Invalid, "the checkpoint's signature is not written as the log writes it")
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 || lines[0] != v.Name() {
		return Checkpoint{}, fault.New(fault.Invalid, "the checkpoint is of another log than %s", v.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	root, badRoot := strict.DecodeString(lines[2])
	if err != nil || size < 0 || badRoot != nil || len(root) != tlog.HashSize {
		return Checkpoint{}, fault.New(fault.Invalid, "the checkpoint has no size and root")
	}
	return Checkpoint{Size: size, Root: tlog.Hash(root), Text: text}, nil
}

// Head returns the latest checkpoint, NotFound while no leaf is sequenced.
func (l *Ledger) Head(ctx context.Context) (Checkpoint, error) { return l.head(ctx, l.db) }

func (l *Ledger) head(ctx context.Context, q store.Querier) (Checkpoint, error) {
	var text string
	var at store.Time
	err := q.QueryRowContext(ctx, "select note, at from ledger_checkpoint order by size desc limit 1").Scan(&text, &at)
	switch err = store.Classify(err); {
	case fault.Is(err, fault.NotFound):
		return Checkpoint{}, fault.New(fault.NotFound, "the ledger holds nothing yet")
	case err != nil:
		return Checkpoint{}, fmt.Errorf("read the ledger's head: %w", err)
	}
	c, err := parseCheckpoint(text, l.verifier)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read the ledger's head: %w", err)
	}
	c.At = at.Time
	return c, nil
}

// keep stores c. The checkpoint before gives way if it is of the same hour and
// was not published.
func keep(ctx context.Context, tx *store.Tx, c, before Checkpoint) error {
	if !before.At.IsZero() && before.At.Truncate(time.Hour).Equal(c.At.Truncate(time.Hour)) {
		_, err := tx.ExecContext(ctx, "delete from ledger_checkpoint where size = $1 and published = $2", before.Size, false)
		if err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "insert into ledger_checkpoint (size, at, published, note) values ($1, $2, $3, $4)",
		c.Size, store.At(c.At), false, c.Text)
	return err
}

// Publish returns the latest checkpoint and keeps it for good, for it leaves
// the house.
func (l *Ledger) Publish(ctx context.Context) (c Checkpoint, err error) {
	err = l.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := lock(ctx, tx); err != nil {
			return err
		}
		if c, err = l.head(ctx, tx); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "update ledger_checkpoint set published = $1 where size = $2", true, c.Size)
		return err
	})
	if err != nil {
		return Checkpoint{}, fmt.Errorf("publish a checkpoint: %w", store.Classify(err))
	}
	return c, nil
}
