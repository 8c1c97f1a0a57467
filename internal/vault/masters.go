package vault

import (
	"context"
	"crypto/cipher"
	"fmt"
	"strconv"
	"sync"

	"kept/internal/fault"
	"kept/internal/store"
)

// masters wraps and unwraps with the master key in use and, while a rotation
// lasts, the one before.
type masters struct {
	mu     sync.RWMutex
	aeads  map[int64]cipher.AEAD
	latest int64  // the generation that wraps
	master Master // of that generation
}

// wrapped is a key under a generation of the master key.
type wrapped struct {
	generation int64
	bytes      []byte // nonce, ciphertext, tag
}

// Format prints nothing that is held.
func (m *masters) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

func (m *masters) wrap(data []byte, name ...string) wrapped {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return wrapped{m.latest, wrapWith(m.aeads[m.latest], m.latest, data, name...)}
}

func wrapWith(aead cipher.AEAD, generation int64, data []byte, name ...string) []byte {
	nonce := random(nonceSize)
	return aead.Seal(nonce, nonce, data, wrapBound(generation, name))
}

func wrapBound(generation int64, name []string) []byte {
	return bound([]byte(strconv.FormatInt(generation, 10)), name...)
}

func (m *masters) unwrap(w wrapped, name ...string) ([]byte, error) {
	m.mu.RLock()
	aead, ok := m.aeads[w.generation]
	m.mu.RUnlock()
	if !ok {
		return nil, rotated()
	}
	return unwrapWith(aead, w, name...)
}

func unwrapWith(aead cipher.AEAD, w wrapped, name ...string) ([]byte, error) {
	if len(w.bytes) < nonceSize {
		return nil, fault.New(fault.Internal, "a wrapped key is damaged")
	}
	data, err := aead.Open(nil, w.bytes[:nonceSize], w.bytes[nonceSize:], wrapBound(w.generation, name))
	if err != nil {
		return nil, fault.New(fault.Internal, "a wrapped key is damaged, or was moved from another place")
	}
	return data, nil
}

func rotated() error {
	return fault.New(fault.Unavailable, "the master key was rotated while this process ran; start it again with the new one")
}

// hold keeps the master key from being rotated until tx ends, and fails if it
// was: a key wrapped by a master key that nobody has any more would be lost.
func (m *masters) hold(ctx context.Context, tx *store.Tx) error {
	if tx.Dialect() == store.Postgres {
		if _, err := tx.ExecContext(ctx, "select 1 from vault_master for share"); err != nil {
			return err
		}
	}
	var latest int64
	if err := tx.QueryRowContext(ctx, "select max(generation) from vault_master").Scan(&latest); err != nil {
		return err
	}
	if mine, _ := m.current(); latest != mine {
		return rotated()
	}
	return nil
}

// current returns the master key that wraps.
func (m *masters) current() (generation int64, master Master) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.latest, m.master
}

// use makes master, of a generation, the one that wraps.
func (m *masters) use(generation int64, master Master) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.aeads == nil {
		m.aeads = map[int64]cipher.AEAD{}
	}
	m.aeads[generation] = master.aead()
	m.latest, m.master = generation, master
}

// only forgets every generation but the latest.
func (m *masters) only() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.aeads = map[int64]cipher.AEAD{m.latest: m.aeads[m.latest]}
}

func (m Master) aead() cipher.AEAD { return newAEAD(derive(m.bytes(), "wrap", keySize)) }

// known is what a generation's proof holds.
const known = "this master key fits"

// generation is a row of vault_master.
type generation struct {
	number          int64
	proof, previous []byte
}

func newGeneration(number int64, m Master) generation {
	return generation{number: number, proof: wrapWith(m.aead(), number, []byte(known), "proof")}
}

func (g generation) fits(m Master) bool {
	_, err := unwrapWith(m.aead(), wrapped{g.number, g.proof}, "proof")
	return err == nil
}

func generations(ctx context.Context, q store.Querier) ([]generation, error) {
	rows, err := q.QueryContext(ctx, "select generation, proof, previous from vault_master order by generation")
	if err != nil {
		return nil, store.Classify(err)
	}
	defer rows.Close()
	var found []generation
	for rows.Next() {
		var g generation
		if err := rows.Scan(&g.number, &g.proof, &g.previous); err != nil {
			return nil, err
		}
		found = append(found, g)
	}
	return found, rows.Err()
}

// unlock checks master against the proof of the latest generation; an empty
// vault takes it as its first.
func (v *Vault) unlock(ctx context.Context, master Master) error {
	var found []generation
	err := v.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if found, err = generations(ctx, tx); err != nil || len(found) > 0 {
			return err
		}
		g := newGeneration(1, master)
		_, err = tx.ExecContext(ctx, `insert into vault_master (generation, proof) values ($1, $2)
			on conflict (generation) do nothing`, g.number, g.proof)
		if err != nil {
			return err
		}
		found, err = generations(ctx, tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("check the master key: %w", store.Classify(err))
	}
	latest := found[len(found)-1]
	switch {
	case latest.fits(master):
		return v.take(latest, master)
	case len(found) > 1 && found[len(found)-2].fits(master):
		return fault.New(fault.Conflict, "the change to another master key is half done; open the vault with the new one and rotate again to finish")
	}
	return fault.New(fault.Invalid, "the master key from %s does not fit the keys of this vault: it is another one, or was made anew after the real one was lost; "+
		"bring back the master key that was in use, without it nothing that is sealed can be read", master.from)
}

// take makes master the one in use, and the one before too if a rotation is
// half done.
func (v *Vault) take(g generation, master Master) error {
	if g.previous != nil {
		text, err := unwrapWith(master.aead(), wrapped{g.number, g.previous}, "previous")
		if err != nil {
			return fmt.Errorf("the master key before: %w", err)
		}
		before, err := newMaster(string(text), "the rotation")
		if err != nil {
			return err
		}
		v.masters.use(g.number-1, before)
	}
	v.masters.use(g.number, master)
	return nil
}
