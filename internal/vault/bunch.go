package vault

import (
	"context"
	"encoding/json"
	"fmt"

	"kept/internal/store"
)

// Bunch is every key of some people, read at once. Whoever goes through many people
// takes bunches of them: one question for hundreds, and the cache keeps those
// whom others are busy with. It is not safe for concurrent use.
type Bunch struct {
	vault *Vault
	epoch uint64 // of the cache when the keys were read
	held  map[Ref]*heldKey
}

// heldKey is a key that is unwrapped when it is used.
type heldKey struct {
	wrapped
	key *key
}

// Bunch reads the keys of subjects.
func (v *Vault) Bunch(ctx context.Context, subjects []string) (*Bunch, error) {
	if err := v.keys.refresh(ctx, v.db); err != nil {
		return nil, err
	}
	b := &Bunch{vault: v, epoch: v.keys.now(), held: make(map[Ref]*heldKey, 2*len(subjects))}
	list, err := json.Marshal(subjects)
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", err)
	}
	elements := "select value from json_each($1)"
	if v.db.Dialect() == store.Postgres {
		elements = "select jsonb_array_elements_text($1::jsonb)"
	}
	rows, err := v.db.QueryContext(ctx, "select subject, rule, generation, wrapped from vault_key where subject in ("+elements+")", string(list))
	if err != nil {
		return nil, fmt.Errorf("read keys: %w", store.Classify(err))
	}
	defer rows.Close()
	for rows.Next() {
		var ref Ref
		var k heldKey
		if err := rows.Scan(&ref.Subject, &ref.Rule, &k.generation, &k.bytes); err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
		b.held[ref] = &k
	}
	return b, store.Classify(rows.Err())
}

// key returns ref's key as the vault would: once keys were destroyed, and for one
// that was made since, the vault itself is asked.
func (b *Bunch) key(ctx context.Context, ref Ref) (*key, error) {
	if err := b.vault.keys.refresh(ctx, b.vault.db); err != nil {
		return nil, err
	}
	h := b.held[ref]
	if h == nil || b.epoch != b.vault.keys.now() {
		return b.vault.key(ctx, ref)
	}
	if h.key == nil {
		data, err := b.vault.masters.unwrap(h.wrapped, ref.Subject, ref.Rule)
		if err != nil {
			return nil, err
		}
		h.key = newKey(data)
	}
	return h.key, nil
}

// Open is the vault's Open.
func (b *Bunch) Open(ctx context.Context, ref Ref, place string, sealed []byte) ([]byte, error) {
	k, err := b.key(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("open a sealed value: %w", err)
	}
	return k.open(ref, place, sealed)
}

// IndexFor is the vault's IndexFor.
func (b *Bunch) IndexFor(ctx context.Context, ref Ref, value string) ([]byte, error) {
	k, err := b.key(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("index a value: %w", err)
	}
	return mac(k.index(), indexSize, value), nil
}

// Refs is the vault's Refs.
func (b *Bunch) Refs(ctx context.Context, subject string) ([]Ref, error) {
	return b.vault.Refs(ctx, subject)
}
