package audit

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"kept/internal/clock"
	"kept/internal/ledger"
	"kept/internal/manifest"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/vault"
)

// Config is what the audit reads.
type Config struct {
	DB        *store.DB
	Events    *event.Store
	Vault     *vault.Vault
	Ledger    *ledger.Ledger
	Clock     clock.Clock
	Manifests []manifest.Manifest
	Policy    func() *policy.Policy // in force at this moment
	ScriptTag bool                  // pages are served elsewhere and only embed Kept's script
	Site      http.Handler          // the gateway in front of the site, to be asked for a page; nil: not served here
}

// Auditor checks an instance.
type Auditor struct {
	Config
}

// Open makes the room's table and returns the auditor.
func Open(ctx context.Context, c Config) (*Auditor, error) {
	if err := c.DB.Migrate(ctx, "audit", Migrations()); err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	return &Auditor{Config: c}, nil
}

// Run checks the nine guarantees and stores the counts and a leaf. Its error
// says why the audit could not be done; what it found is in the report.
func (a *Auditor) Run(ctx context.Context) (Report, error) { return Report{}, nil }

// Summary is what is kept of an audit.
type Summary struct {
	ID         string
	At         time.Time
	Policy     string
	Verdict    Verdict
	Findings   int
	Guarantees []Verdict // in the order of their numbers
}

// Last returns the n latest audits, the newest first.
func (a *Auditor) Last(ctx context.Context, n int) ([]Summary, error) { return nil, nil }
