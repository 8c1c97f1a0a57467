package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store"
)

// Ref names a data key: whose data, under which retention rule. Erasing a
// person destroys the keys of all rules that have no reason to last; a proof or
// an invoice under a rule of its own outlives them. Neither part is empty.
type Ref struct{ Subject, Rule string }

func (r Ref) check() error {
	if r.Subject == "" || r.Rule == "" {
		return fault.New(fault.Invalid, "a key is named by a subject and a rule, one of them is empty")
	}
	return nil
}

// Config says where the keys lie and what unwraps them.
type Config struct {
	Dir    string // SQLite: the folder that keys.db lies in
	URL    string // PostgreSQL: the server of the keys, another one than the data's; empty means SQLite
	Master Master
	Clock  clock.Clock // the machine's if nil
	Cache  int         // subjects whose unwrapped keys are held in memory, 10,000 if zero
}

// Vault seals and opens. It is safe for concurrent use.
type Vault struct {
	db      *store.DB
	masters masters
	keys    *cache
	index   []byte // the key of Index
	making  gather[Ref]
	ending  gather[Ref]
}

// Open opens the keys. It fails with Invalid if the master key does not fit
// them, and with Conflict if a rotation to another master key is half done: then
// the new master key opens the vault and Rotate finishes.
func Open(ctx context.Context, c Config) (_ *Vault, err error) {
	if c.Master.key.IsZero() {
		return nil, fault.New(fault.Invalid, "the vault needs a master key")
	}
	if c.Clock == nil {
		c.Clock = clock.System
	}
	db, err := store.Open(ctx, store.Config{Dir: c.Dir, URL: c.URL, File: "keys.db"})
	if err != nil {
		return nil, fmt.Errorf("open the keys: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	if err := db.Migrate(ctx, "vault", files); err != nil {
		return nil, err
	}
	v := &Vault{db: db, keys: newCache(c.Clock, c.Cache)}
	v.making.do, v.ending.do = v.make, v.end
	if err := v.unlock(ctx, c.Master); err != nil {
		return nil, err
	}
	if v.index, err = v.Secret(ctx, "vault.index", 32); err != nil {
		return nil, err
	}
	return v, nil
}

// Close closes the keys.
func (v *Vault) Close() error { return v.db.Close() }

// Format prints the vault without what it holds.
func (v *Vault) Format(f fmt.State, _ rune) { io.WriteString(f, "vault") }

// Seal encrypts plain under ref's key and binds it to the place where the value
// stands ("table.column"). It makes the key at first use, and the key is on the
// disk before Seal returns. The result is Overhead bytes longer than plain.
//
// Nonces are random; a key may seal 2^32 values before two are likely to meet
// (NIST SP 800-38D, 8.3), which the data of one person under one rule never
// reaches.
func (v *Vault) Seal(ctx context.Context, ref Ref, place string, plain []byte) ([]byte, error) {
	k, err := v.keyOrNew(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return k.seal(ref, place, plain), nil
}

// Open decrypts what Seal made for the same ref and place. It returns NotFound
// once the key is destroyed, and Invalid if the value was changed or belongs to
// another ref or place.
func (v *Vault) Open(ctx context.Context, ref Ref, place string, sealed []byte) ([]byte, error) {
	k, err := v.key(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("open a sealed value: %w", err)
	}
	return k.open(ref, place, sealed)
}

// Prepare makes the keys of refs that have none, all in one commit. Seal does
// the same for one; a writer of many rows calls Prepare first.
func (v *Vault) Prepare(ctx context.Context, refs ...Ref) error {
	if err := v.keys.refresh(ctx, v.db); err != nil {
		return err
	}
	missing := make([]Ref, 0, len(refs))
	for _, r := range refs {
		if err := r.check(); err != nil {
			return err
		}
		if _, ok := v.keys.get(r); !ok {
			missing = append(missing, r)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return v.making.submit(ctx, missing...)
}

// Has reports whether ref has a key.
func (v *Vault) Has(ctx context.Context, ref Ref) (bool, error) {
	_, err := v.key(ctx, ref)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	return err == nil, err
}

// Destructions returns how often keys were destroyed while the vault was open:
// here, or elsewhere and known of, which it is within Stale. As long as the
// number stays the same, what was derived from a key stays right.
func (v *Vault) Destructions(ctx context.Context) (uint64, error) {
	if err := v.keys.refresh(ctx, v.db); err != nil {
		return 0, err
	}
	return v.keys.now(), nil
}

// Refs returns the keys that subject has, by rule.
func (v *Vault) Refs(ctx context.Context, subject string) ([]Ref, error) {
	rows, err := v.db.QueryContext(ctx, "select rule from vault_key where subject = $1 order by rule", subject)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", store.Classify(err))
	}
	defer rows.Close()
	var found []Ref
	for rows.Next() {
		r := Ref{Subject: subject}
		if err := rows.Scan(&r.Rule); err != nil {
			return nil, fmt.Errorf("list keys: %w", err)
		}
		found = append(found, r)
	}
	return found, rows.Err()
}

// Columns returns the live schema of the keys' database: the columns of every
// table, for whoever compares it with the manifest.
func (v *Vault) Columns(ctx context.Context) (map[string][]string, error) {
	return v.db.Columns(ctx)
}

// Apart reports whether the keys lie apart from data: in another file on
// SQLite, on another server (not merely another database or schema) on
// PostgreSQL. It returns Unavailable where the servers do not tell.
func (v *Vault) Apart(ctx context.Context, data *store.DB) (bool, error) {
	if v.db.Dialect() == store.SQLite || data.Dialect() == store.SQLite {
		return true, nil
	}
	var of [2]int64
	for i, db := range []*store.DB{v.db, data} {
		err := db.QueryRowContext(ctx, "select system_identifier from pg_control_system()").Scan(&of[i])
		if err != nil {
			return false, fault.New(fault.Unavailable, "the server does not tell which one it is: %w", err)
		}
	}
	return of[0] != of[1], nil
}

// Stale is how long another process may go on using a destroyed key.
const Stale = time.Second
