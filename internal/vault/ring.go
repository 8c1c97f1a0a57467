package vault

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"kept/internal/fault"
	"kept/internal/store"
)

// key returns ref's key, NotFound if it has none.
func (v *Vault) key(ctx context.Context, ref Ref) (*key, error) {
	if err := ref.check(); err != nil {
		return nil, err
	}
	if err := v.keys.refresh(ctx, v.db); err != nil {
		return nil, err
	}
	if k, ok := v.keys.get(ref); ok {
		return k, nil
	}
	epoch := v.keys.now()
	k, err := v.load(ctx, v.db, ref)
	if err != nil {
		return nil, err
	}
	v.keys.put(ref, k, epoch)
	return k, nil
}

// keyOrNew returns ref's key and makes it if there is none.
func (v *Vault) keyOrNew(ctx context.Context, ref Ref) (*key, error) {
	k, err := v.key(ctx, ref)
	if !fault.Is(err, fault.NotFound) {
		return k, err
	}
	if err := v.making.submit(ctx, ref); err != nil {
		return nil, err
	}
	return v.key(ctx, ref)
}

func (v *Vault) load(ctx context.Context, q store.Querier, ref Ref) (*key, error) {
	var w wrapped
	err := q.QueryRowContext(ctx, "select generation, wrapped from vault_key where subject = $1 and rule = $2", ref.Subject, ref.Rule).
		Scan(&w.generation, &w.bytes)
	switch err = store.Classify(err); {
	case fault.Is(err, fault.NotFound):
		return nil, fault.New(fault.NotFound, "there is no key; it was destroyed, or never made")
	case err != nil:
		return nil, fmt.Errorf("read a key: %w", err)
	}
	data, err := v.masters.unwrap(w, ref.Subject, ref.Rule)
	if err != nil {
		return nil, err
	}
	return newKey(data), nil
}

// make commits a key for every ref that has none. In the order of names, so
// that two nodes that make the same keys cannot wait for each other.
func (v *Vault) make(ctx context.Context, refs []Ref) error {
	slices.SortFunc(refs, func(a, b Ref) int {
		return strings.Compare(a.Subject+"\x00"+a.Rule, b.Subject+"\x00"+b.Rule)
	})
	refs = slices.Compact(refs)
	epoch := v.keys.now()
	made := make(map[Ref]*key, len(refs))
	err := v.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := v.masters.hold(ctx, tx); err != nil {
			return err
		}
		insert, err := tx.PrepareContext(ctx, `insert into vault_key (subject, rule, generation, wrapped)
			values ($1, $2, $3, $4) on conflict (subject, rule) do nothing`)
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, ref := range refs {
			if made[ref], err = v.makeOne(ctx, tx, insert, ref); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("make a key: %w", store.Classify(err))
	}
	for ref, k := range made {
		v.keys.put(ref, k, epoch)
	}
	return nil
}

func (v *Vault) makeOne(ctx context.Context, tx *store.Tx, insert *sql.Stmt, ref Ref) (*key, error) {
	data := random(keySize)
	w := v.masters.wrap(data, ref.Subject, ref.Rule)
	done, err := insert.ExecContext(ctx, ref.Subject, ref.Rule, w.generation, w.bytes)
	if err != nil {
		return nil, err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return newKey(data), err
	}
	return v.load(ctx, tx, ref) // another process made it meanwhile
}

// Destroy deletes the keys of subject under the named rules, or under all rules
// if none is named. When it returns nil they are gone from this process, and on
// SQLite from the file and its write-ahead log. Destroying what is not there is
// no error.
func (v *Vault) Destroy(ctx context.Context, subject string, rules ...string) error {
	refs := []Ref{{Subject: subject}}
	if len(rules) > 0 {
		refs = refs[:0]
		for _, rule := range rules {
			if rule == "" {
				return fault.New(fault.Invalid, "a rule without a name cannot be destroyed")
			}
			refs = append(refs, Ref{subject, rule})
		}
	}
	return v.DestroyMany(ctx, refs)
}

// DestroyMany destroys the keys of many refs in one commit; a Ref without Rule
// stands for all rules of its subject.
func (v *Vault) DestroyMany(ctx context.Context, refs []Ref) error {
	for _, r := range refs {
		if r.Subject == "" {
			return fault.New(fault.Invalid, "keys are destroyed of a subject, none is named")
		}
	}
	if len(refs) == 0 {
		return nil
	}
	return v.ending.submit(ctx, refs...)
}

// end deletes keys, tells the other processes, forgets, and empties the
// write-ahead log.
func (v *Vault) end(ctx context.Context, refs []Ref) error {
	err := v.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		// The counter first: its row is the lock that keeps two nodes apart.
		if _, err := tx.ExecContext(ctx, "update vault_change set destroyed = destroyed + 1"); err != nil {
			return err
		}
		remove, err := tx.PrepareContext(ctx, "delete from vault_key where subject = $1 and (rule = $2 or $2 = '')")
		if err != nil {
			return err
		}
		defer remove.Close()
		for _, r := range refs {
			if _, err := remove.ExecContext(ctx, r.Subject, r.Rule); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("destroy keys: %w", store.Classify(err))
	}
	v.keys.forget(refs)
	if err := v.db.Truncate(ctx); err != nil {
		return fmt.Errorf("destroy keys: they are deleted, but %w", err)
	}
	return nil
}
