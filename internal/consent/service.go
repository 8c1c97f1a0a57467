package consent

import (
	"kept/internal/clock"
	"kept/internal/ledger"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
	"kept/internal/vault"
)

// Name is the built-in activity's name and kind.
const Name = "consent"

// Service is the decisions of one instance. It is safe for concurrent use.
type Service struct {
	db       *store.DB
	vault    *vault.Vault
	ledger   *ledger.Ledger
	subjects *subject.Registry
	clock    clock.Clock
	policy   func() *policy.Policy
}
