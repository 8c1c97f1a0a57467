package vault

import (
	"context"
	"fmt"
)

const indexSize = 16

// IndexFor returns 16 bytes by which a value can be found again as long as
// ref's key lives, and by nobody afterwards. It never makes a key: it returns
// NotFound if ref has none, so that looking for an erased person leaves no
// trace. Whoever writes an index has sealed or prepared under ref before.
func (v *Vault) IndexFor(ctx context.Context, ref Ref, value string) ([]byte, error) {
	k, err := v.key(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("index a value: %w", err)
	}
	return mac(k.index(), indexSize, value), nil
}

// Index returns 16 bytes by which a value of a space ("subject/email") can be
// found and kept unique without standing in the database. The caller
// normalises the value. The key is the instance's own and outlives every
// person: what must become unlinkable belongs under IndexFor.
func (v *Vault) Index(space, value string) []byte {
	return mac(v.index, indexSize, space, value)
}

// Commit returns a 32-byte keyed commitment to value for a leaf of the ledger.
// It can be checked while ref's key lives and is noise afterwards. It makes the
// key at first use.
func (v *Vault) Commit(ctx context.Context, ref Ref, value []byte) ([]byte, error) {
	k, err := v.keyOrNew(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("commit to a value: %w", err)
	}
	return mac(k.commit(), 32, string(value)), nil
}
