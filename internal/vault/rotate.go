package vault

import (
	"context"
	"fmt"

	"kept/internal/fault"
	"kept/internal/store"
)

// chunk is how many keys one commit of a rotation wraps anew.
const chunk = 500

// Rotate wraps every key with another master key and calls progress after each
// chunk. Killed half way, it goes on where it stopped: open the vault with the
// new master key and rotate to it again. Processes that run with the old master
// key meanwhile fail with Unavailable until they are started with the new one.
func (v *Vault) Rotate(ctx context.Context, to Master, progress func(done, total int)) error {
	if err := v.begin(ctx, to); err != nil {
		return fmt.Errorf("rotate the master key: %w", err)
	}
	generation, _ := v.masters.current()
	done := 0
	total, err := below(ctx, v.db, generation)
	if err != nil {
		return fmt.Errorf("rotate the master key: %w", err)
	}
	report := func(n int) {
		done += n
		if progress != nil {
			progress(done, total)
		}
	}
	for _, t := range []rewrapping{rewrapSecrets, rewrapKeys} {
		if err := v.rewrap(ctx, t, generation, report); err != nil {
			return fmt.Errorf("rotate the master key: %w", err)
		}
	}
	if err := v.finish(ctx, generation); err != nil {
		return fmt.Errorf("rotate the master key: %w", err)
	}
	return nil
}

// below counts what an older master key wraps.
func below(ctx context.Context, q store.Querier, generation int64) (n int, err error) {
	err = q.QueryRowContext(ctx, `select (select count(*) from vault_key where generation < $1)
		+ (select count(*) from vault_secret where generation < $1)`, generation).Scan(&n)
	return n, store.Classify(err)
}

// begin writes the new generation, with the master key before under the new
// one, so that whoever holds the new one can finish. Where that was done
// already, it only checks that to is the one.
func (v *Vault) begin(ctx context.Context, to Master) error {
	if to.key.IsZero() {
		return fault.New(fault.Invalid, "there is no new master key")
	}
	number, before := v.masters.current()
	found, err := generations(ctx, v.db)
	switch {
	case err != nil:
		return err
	case to.equal(before) && len(found) > 1:
		return nil
	case to.equal(before):
		return fault.New(fault.Invalid, "this master key is in use already")
	case len(found) > 1:
		return fault.New(fault.Conflict, "another rotation is half done; finish it first")
	}
	number++
	g := newGeneration(number, to)
	g.previous = wrapWith(to.aead(), number, []byte(before.key.Reveal()), "previous")
	err = v.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if tx.Dialect() == store.Postgres { // waits for whoever holds the master key
			if _, err := tx.ExecContext(ctx, "select 1 from vault_master for update"); err != nil {
				return err
			}
		}
		if err := v.masters.hold(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "insert into vault_master (generation, proof, previous) values ($1, $2, $3)", number, g.proof, g.previous)
		return err
	})
	if err != nil {
		return store.Classify(err)
	}
	v.masters.use(number, to)
	return nil
}

// rewrapping says how the rows of a table are read and written.
type rewrapping struct {
	read  string // name parts, generation, wrapped; after $1 and $2, below generation $3
	write string // generation $1, wrapped $2, of the row named $3 and $4
	name  func(a, b string) []string
}

var (
	rewrapKeys = rewrapping{
		read: `select subject, rule, generation, wrapped from vault_key
			where (subject > $1 or (subject = $1 and rule > $2)) and generation < $3 order by subject, rule limit $4`,
		write: "update vault_key set generation = $1, wrapped = $2 where subject = $3 and rule = $4",
		name:  func(subject, rule string) []string { return []string{subject, rule} },
	}
	rewrapSecrets = rewrapping{
		read: `select name, '', generation, wrapped from vault_secret
			where name > $1 and $2 = '' and generation < $3 order by name limit $4`,
		write: "update vault_secret set generation = $1, wrapped = $2 where name = $3 and $4 = ''",
		name:  func(name, _ string) []string { return []string{name} },
	}
)

type named struct {
	a, b string
	wrapped
}

func (v *Vault) rewrap(ctx context.Context, t rewrapping, generation int64, report func(int)) error {
	var last named
	for {
		var n int
		err := v.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			rows, err := older(ctx, tx, t.read, last, generation)
			if err != nil || len(rows) == 0 {
				return err
			}
			n, last = len(rows), rows[len(rows)-1]
			for _, r := range rows {
				data, err := v.masters.unwrap(r.wrapped, t.name(r.a, r.b)...)
				if err != nil {
					return err
				}
				w := v.masters.wrap(data, t.name(r.a, r.b)...)
				if _, err := tx.ExecContext(ctx, t.write, w.generation, w.bytes, r.a, r.b); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n == 0 {
			return store.Classify(err)
		}
		report(n)
	}
}

// older reads the next rows that an older master key wraps.
func older(ctx context.Context, tx *store.Tx, query string, after named, generation int64) ([]named, error) {
	rows, err := tx.QueryContext(ctx, query, after.a, after.b, generation, chunk)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []named
	for rows.Next() {
		var r named
		if err := rows.Scan(&r.a, &r.b, &r.generation, &r.bytes); err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, rows.Err()
}

// finish forgets the master key before, once nothing is wrapped by it.
func (v *Vault) finish(ctx context.Context, generation int64) error {
	err := v.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		left, err := below(ctx, tx, generation)
		if err != nil {
			return err
		}
		if left > 0 {
			return fault.New(fault.Conflict, "%d keys are still wrapped by the master key before; rotate again to finish", left)
		}
		if _, err := tx.ExecContext(ctx, "delete from vault_master where generation < $1", generation); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "update vault_master set previous = null")
		return err
	})
	if err != nil {
		return store.Classify(err)
	}
	v.masters.only()
	return v.db.Truncate(ctx)
}
