package subject

import (
	"context"
	"fmt"
	"sync"
	"time"

	"kept/internal/clock"
	"kept/internal/ledger"
	"kept/internal/store"
	"kept/internal/vault"
)

// Registry is every subject of an instance. It is safe for concurrent use.
type Registry struct {
	db     *store.DB
	vault  *vault.Vault
	ledger *ledger.Ledger
	clock  clock.Clock

	releases    []Release
	forgettings []Forgetting

	mu         sync.Mutex
	restricted map[string]bool // nil: to be read again
	objectors  map[string]objectors
	readAt     time.Time
}

// Open makes the room's tables and returns the registry.
func Open(ctx context.Context, db *store.DB, v *vault.Vault, l *ledger.Ledger, c clock.Clock) (*Registry, error) {
	if err := db.Migrate(ctx, "subject", files); err != nil {
		return nil, fmt.Errorf("subject: %w", err)
	}
	return &Registry{db: db, vault: v, ledger: l, clock: c}, nil
}

// note appends a leaf about one subject, named by a commitment that is noise
// once the subject's key is destroyed.
func (r *Registry) note(ctx context.Context, tx *store.Tx, kind, subject string, facts map[string]any) error {
	commitment, err := r.vault.Commit(ctx, key(subject), []byte(subject))
	if err != nil {
		return err
	}
	facts["subject"] = commitment
	_, err = r.ledger.Append(ctx, tx, kind, facts)
	return err
}

func key(subject string) vault.Ref { return vault.Ref{Subject: subject, Rule: Rule} }
