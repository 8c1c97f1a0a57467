package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"kept/internal/fault"
	"kept/internal/store"
)

// Compare checks that the log continues a checkpoint that was seen outside. If
// it does not, because the database was restored behind it, Compare records
// ledger.break once and returns Conflict.
func (l *Ledger) Compare(ctx context.Context, checkpoint string) error {
	seen, err := parseCheckpoint(checkpoint, l.verifier)
	if err != nil {
		return fmt.Errorf("compare with a checkpoint: %w", err)
	}
	err = l.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return l.compare(ctx, tx, seen) })
	if err != nil {
		return fmt.Errorf("compare with a checkpoint: %w", store.Classify(err))
	}
	if held, err := l.holds(ctx, l.db, breakID(seen)); err != nil || held {
		return errors.Join(err, fault.New(fault.Conflict, "the ledger does not continue the checkpoint of %d leaves that was seen outside: "+
			"the database was restored behind it; the break is recorded", seen.Size))
	}
	return nil
}

// compare records a break if the log does not continue seen and no break says
// so already.
func (l *Ledger) compare(ctx context.Context, tx *store.Tx, seen Checkpoint) error {
	if err := lock(ctx, tx); err != nil {
		return err
	}
	head, err := l.head(ctx, tx)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	behind := head.Size < seen.Size
	if !behind {
		if same, err := continues(newTiles(ctx, tx), head.Size, head.Root, seen); err != nil || same {
			return err
		}
	}
	id := breakID(seen)
	if held, err := l.holds(ctx, tx, id); err != nil || held {
		return err
	}
	r, err := newRow(id, "ledger.break", l.clock.Now(), map[string]any{
		"seen-size": seen.Size, "seen-root": hex.EncodeToString(seen.Root[:]), "size": head.Size, "behind": behind,
	})
	if err != nil {
		return err
	}
	return l.write(ctx, tx, []row{r})
}

// breakID is the id of the leaf that records a break behind seen: one for each
// checkpoint, however often it is compared.
func breakID(seen Checkpoint) string {
	sum := sha256.Sum256([]byte("ledger.break " + hex.EncodeToString(seen.Root[:])))
	return idText.EncodeToString(sum[:16])
}

func (l *Ledger) holds(ctx context.Context, q store.Querier, leaf string) (bool, error) {
	var n int
	err := q.QueryRowContext(ctx, `select (select count(*) from ledger_leaf where id = $1)
		+ (select count(*) from ledger_pending where id = $1)`, leaf).Scan(&n)
	return n > 0, store.Classify(err)
}

// compareRemembered compares the log with the checkpoint that the file outside
// the database remembers. A break is recorded and no error: the log goes on.
func (l *Ledger) compareRemembered(ctx context.Context) error {
	if l.published == "" {
		return nil
	}
	text, err := os.ReadFile(l.published)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fault.New(fault.Unavailable, "the last published checkpoint cannot be read: %w", err)
	}
	if err := l.Compare(ctx, string(text)); err != nil && !fault.Is(err, fault.Conflict) {
		return err
	}
	return nil
}

// remember writes a checkpoint, which anybody may see from now on, outside the
// database. It replaces the file whole: after a power cut the older checkpoint
// may stand there again, and notices less, never wrongly.
func (l *Ledger) remember(c Checkpoint) error {
	if l.published == "" {
		return nil
	}
	if err := replace(l.published, c.Text); err != nil {
		return fault.New(fault.Unavailable, "the published checkpoint cannot be remembered: %w", err)
	}
	return nil
}

func replace(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}
