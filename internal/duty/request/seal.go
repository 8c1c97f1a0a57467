package request

import (
	"context"
	"encoding/json"
	"fmt"

	"kept/internal/fault"
	"kept/internal/vault"
)

// keyOf seals what a person wrote in a case, and a file of an answer: both are
// subjects of their own.
func keyOf(id string) vault.Ref { return vault.Ref{Subject: id, Rule: Name} }

// seal seals a value as JSON at a place of a case; nil for nothing.
func (d *Desk) seal(ctx context.Context, id, place string, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", place, err)
	}
	return d.Vault.Seal(ctx, keyOf(id), place, plain)
}

// unseal reads what seal wrote; nothing of what is gone.
func (d *Desk) unseal(ctx context.Context, id, place string, sealed []byte, into any) error {
	if len(sealed) == 0 {
		return nil
	}
	plain, err := d.Vault.Open(ctx, keyOf(id), place, sealed)
	if fault.Is(err, fault.NotFound) {
		return nil
	} else if err != nil {
		return fmt.Errorf("open %s: %w", place, err)
	}
	if err := json.Unmarshal(plain, into); err != nil {
		return fmt.Errorf("decode %s: %w", place, err)
	}
	return nil
}

// sealText seals a text as it is, nil for none.
func (d *Desk) sealText(ctx context.Context, id, place, text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	return d.Vault.Seal(ctx, keyOf(id), place, []byte(text))
}

// openText reads what sealText wrote; empty if it is gone.
func (d *Desk) openText(ctx context.Context, id, place string, sealed []byte) (string, error) {
	if len(sealed) == 0 {
		return "", nil
	}
	plain, err := d.Vault.Open(ctx, keyOf(id), place, sealed)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	} else if err != nil {
		return "", fmt.Errorf("open %s: %w", place, err)
	}
	return string(plain), nil
}
