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

// The kinds of identifier that lead to a subject now.
const (
	Visitor  = "visitor"  // the pseudonym of a browser that is measured
	Decision = "decision" // the id of a consent decision
)

// Rule is the vault's name for the key under which a subject's identifiers and
// the words of its restrictions are sealed. It ends with the subject, not with
// any one retention rule.
const Rule = "subject"

// Registry is every subject of an instance. It is safe for concurrent use.
type Registry struct {
	db     *store.DB
	vault  *vault.Vault
	ledger *ledger.Ledger
	clock  clock.Clock

	mu         sync.Mutex
	restricted map[string]bool // nil: to be read again
	readAt     time.Time
}

// Open makes the room's tables and returns the registry.
func Open(ctx context.Context, db *store.DB, v *vault.Vault, l *ledger.Ledger, c clock.Clock) (*Registry, error) {
	if err := db.Migrate(ctx, "subject", Migrations()); err != nil {
		return nil, fmt.Errorf("subject: %w", err)
	}
	return &Registry{db: db, vault: v, ledger: l, clock: c}, nil
}
