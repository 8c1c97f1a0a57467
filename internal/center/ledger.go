package center

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"kept/internal/access"
	"kept/internal/ledger"
)

// Ledger is what the center publishes of the log.
type Ledger interface {
	// Publish returns the latest checkpoint and remembers that it left the house.
	Publish(ctx context.Context) (ledger.Checkpoint, error)
	Key() string
}

// publishEvery bounds how often a visitor can make the log be asked.
const publishEvery = time.Minute

// handedOut is the checkpoint that was handed out last. Whoever keeps one can
// show later whether the log was rewritten.
type handedOut struct {
	mu   sync.Mutex
	text string
	at   time.Time
}

// checkpoint serves the log's signed head (C2SP tlog-checkpoint).
func (c *Center) checkpoint(w http.ResponseWriter, r *http.Request) error {
	c.head.mu.Lock()
	defer c.head.mu.Unlock()
	if now := c.Clock.Now(); c.head.text == "" || now.Sub(c.head.at) >= publishEvery {
		head, err := c.Ledger.Publish(r.Context())
		if err != nil {
			return fmt.Errorf("publish the checkpoint: %w", err)
		}
		c.head.text, c.head.at = head.Text, now
	}
	plain(w, c.head.text)
	return nil
}

// key serves the key that verifies checkpoints, proofs and receipts.
func (c *Center) key(w http.ResponseWriter, _ *http.Request) error {
	plain(w, c.Ledger.Key()+"\n")
	return nil
}

func plain(w http.ResponseWriter, text string) {
	access.Protect(w.Header())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	w.Write([]byte(text)) // a reader who left needs no answer
}
