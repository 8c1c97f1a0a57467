package subject

import (
	"context"
	"fmt"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/vault"
)

// sweepRest is how long a subject that holds something is left alone by Sweep.
const sweepRest = 24 * time.Hour

// Forget removes a subject: its identifiers, restriction and objections, and
// the key that sealed them. Conflict while a hold stands on the subject. The
// data of other rooms is theirs to delete before. The key goes even if the
// transaction is rolled back afterwards: a caller that fails tries again.
func (r *Registry) Forget(ctx context.Context, tx *store.Tx, subject string) error {
	return r.ForgetAll(ctx, tx, []string{subject})
}

// ForgetAll is Forget for several subjects: all of them or none.
func (r *Registry) ForgetAll(ctx context.Context, tx *store.Tx, subjects []string) error {
	if len(subjects) == 0 {
		return nil
	}
	them, args := among(subjects)
	var held int
	err := tx.QueryRowContext(ctx, fmt.Sprintf("select count(*) from subject_hold where subject in (%s) and until_at > $%d", them, len(args)+1),
		append(args, store.At(r.clock.Now()))...).Scan(&held)
	if err != nil {
		return fmt.Errorf("forget a subject: %w", store.Classify(err))
	}
	if held > 0 {
		return fault.New(fault.Conflict, "a hold keeps this person's data; lift it or wait for its end")
	}
	refs := make([]vault.Ref, len(subjects))
	for i, s := range subjects {
		refs[i] = key(s)
	}
	if err := r.vault.DestroyMany(ctx, refs); err != nil {
		return fmt.Errorf("forget a subject: %w", err)
	}
	for _, statement := range []string{
		"delete from subject_identifier where subject in (%s)",
		"delete from subject_restriction where subject in (%s)",
		"delete from subject_objection where subject in (%s)",
		"delete from subject where id in (%s)",
	} {
		if _, err := tx.ExecContext(ctx, fmt.Sprintf(statement, them), args...); err != nil {
			return fmt.Errorf("forget a subject: %w", store.Classify(err))
		}
	}
	for _, s := range subjects {
		for _, f := range r.forgettings {
			if err := f(ctx, tx, s); err != nil {
				return fmt.Errorf("forget a subject: %w", err)
			}
		}
	}
	tx.OnCommit(r.reread)
	return nil
}

// among writes "$1, $2, …" for ids.
func among(ids []string) (them string, args []any) {
	for i, id := range ids {
		if i > 0 {
			them += ", "
		}
		them += fmt.Sprintf("$%d", i+1)
		args = append(args, id)
	}
	return them, args
}

// Sweep forgets subjects of which nothing is held any more, at most limit of
// those that were not looked at for a day, and returns how many it forgot.
// Nothing is held of a subject that has no key in the vault but this room's:
// whoever deletes the last row under a key destroys it. Somebody whose data is
// restricted is known until that is lifted, wherever the data lies.
func (r *Registry) Sweep(ctx context.Context, limit int) (forgotten int, err error) {
	ids, err := r.unchecked(ctx, limit)
	if err != nil {
		return 0, fmt.Errorf("sweep subjects: %w", err)
	}
	for _, id := range ids {
		gone, err := r.sweep(ctx, id)
		if err != nil {
			return forgotten, fmt.Errorf("sweep subjects: %w", err)
		}
		if gone {
			forgotten++
		}
	}
	return forgotten, nil
}

func (r *Registry) unchecked(ctx context.Context, limit int) ([]string, error) {
	return store.Texts(ctx, r.db, "select id from subject where checked_at <= $1 order by checked_at limit $2", store.At(r.clock.Now().Add(-sweepRest)), limit)
}

func (r *Registry) isRestricted(ctx context.Context, id string) (bool, error) {
	var n int
	err := r.db.QueryRowContext(ctx, "select count(*) from subject_restriction where subject = $1", id).Scan(&n)
	return n > 0, store.Classify(err)
}

func (r *Registry) sweep(ctx context.Context, id string) (gone bool, err error) {
	refs, err := r.vault.Refs(ctx, id)
	if err != nil {
		return false, err
	}
	used, err := r.isRestricted(ctx, id)
	if err != nil {
		return false, err
	}
	for _, ref := range refs {
		used = used || ref.Rule != Rule
	}
	now := store.At(r.clock.Now())
	err = r.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if !used {
			switch err := r.Forget(ctx, tx, id); {
			case err == nil:
				gone = true
				return nil
			case !fault.Is(err, fault.Conflict): // held: look again tomorrow
				return err
			}
		}
		query := "update subject set checked_at = $1, unused_at = null where id = $2"
		if !used {
			query = "update subject set checked_at = $1, unused_at = coalesce(unused_at, $1) where id = $2"
		}
		_, err := tx.ExecContext(ctx, query, now, id)
		return store.Classify(err)
	})
	return gone && err == nil, err
}
