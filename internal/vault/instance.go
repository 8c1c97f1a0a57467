package vault

import (
	"context"
	"fmt"

	"kept/internal/fault"
	"kept/internal/store"
)

// Secret returns size bytes that were drawn at random when name was first asked
// for, and are the same ever since: the cookie's MAC key, the ledger's seed.
func (v *Vault) Secret(ctx context.Context, name string, size int) ([]byte, error) {
	if name == "" || size < 16 {
		return nil, fault.New(fault.Invalid, "a secret has a name and at least 16 bytes")
	}
	secret, err := v.readSecret(ctx, v.db, name)
	if fault.Is(err, fault.NotFound) {
		secret, err = v.makeSecret(ctx, name, size)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("secret %s: %w", name, err)
	case len(secret) != size:
		return nil, fault.New(fault.Conflict, "secret %s has %d bytes, not %d", name, len(secret), size)
	}
	return secret, nil
}

func (v *Vault) readSecret(ctx context.Context, q store.Querier, name string) ([]byte, error) {
	var w wrapped
	err := q.QueryRowContext(ctx, "select generation, wrapped from vault_secret where name = $1", name).Scan(&w.generation, &w.bytes)
	if err != nil {
		return nil, store.Classify(err)
	}
	return v.masters.unwrap(w, name)
}

func (v *Vault) makeSecret(ctx context.Context, name string, size int) (secret []byte, err error) {
	err = v.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := v.masters.hold(ctx, tx); err != nil {
			return err
		}
		w := v.masters.wrap(random(size), name)
		_, err := tx.ExecContext(ctx, `insert into vault_secret (name, generation, wrapped) values ($1, $2, $3)
			on conflict (name) do nothing`, name, w.generation, w.bytes)
		if err != nil {
			return err
		}
		secret, err = v.readSecret(ctx, tx, name) // another process may have been first
		return err
	})
	return secret, store.Classify(err)
}
