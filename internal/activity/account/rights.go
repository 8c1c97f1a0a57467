package account

import (
	"context"
	"fmt"
	"slices"

	"kept/internal/store"
)

// Corrected ends the sessions and links of whoever's address was corrected
// (activity.Corrected): they were of whoever holds the address before.
func (a *Accounts) Corrected(ctx context.Context, tx *store.Tx, _, subject string, fields []string) error {
	if !slices.Contains(fields, fieldEmail) {
		return nil
	}
	of, err := store.Texts(ctx, tx, "select id from account where subject = $1", subject)
	if err != nil {
		return fmt.Errorf("end the sessions of a corrected address: %w", err)
	}
	for _, id := range of {
		if err := shut(ctx, tx, id, ""); err != nil {
			return err
		}
	}
	return nil
}
