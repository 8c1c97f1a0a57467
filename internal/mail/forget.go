package mail

import (
	"context"
	"fmt"

	"kept/internal/store"
	"kept/internal/vault"
)

// Forget deletes, in the caller's transaction, the record of the mails that an
// activity wrote to a person, and of those that came from them for local and are
// taken over; taking are the ids of mails that the caller takes over right now.
// What still waits to leave does not leave. The keys go even if the transaction
// is rolled back: a caller that fails tries again.
func (p *Post) Forget(ctx context.Context, tx *store.Tx, activity, subject, local string, taking ...string) error {
	gone, err := store.Texts(ctx, tx, "delete from mail_outbox where subject = $1 and activity = $2 returning id", subject, activity)
	if err != nil {
		return fmt.Errorf("forget mails: %w", err)
	}
	came, err := store.Texts(ctx, tx, "delete from mail_incoming where subject = $1 and local = $2 and done_at is not null returning id", subject, local)
	if err != nil {
		return fmt.Errorf("forget mails: %w", err)
	}
	gone = append(gone, came...)
	for _, id := range taking {
		came, err := store.Texts(ctx, tx, "delete from mail_incoming where subject = $1 and id = $2 returning id", subject, id)
		if err != nil {
			return fmt.Errorf("forget mails: %w", err)
		}
		gone = append(gone, came...)
	}
	var refs []vault.Ref
	for _, id := range gone {
		refs = append(refs, contentKey(subject, id))
	}
	var left int
	err = tx.QueryRowContext(ctx, "select (select count(*) from mail_outbox where subject = $1) + (select count(*) from mail_incoming where subject = $1)", subject).Scan(&left)
	if err != nil {
		return fmt.Errorf("forget mails: %w", store.Classify(err))
	}
	if left == 0 {
		refs = append(refs, recordKey(subject))
	}
	if len(refs) == 0 {
		return nil
	}
	return p.Vault.DestroyMany(ctx, refs)
}
