package newsletter

import (
	"context"

	"kept/internal/mail"
	"kept/internal/store"
)

// Returned tells the newsletter of a mail's outcome, as the post room does.
func (n *Newsletter) Returned(ctx context.Context, o mail.Outcome) error {
	return n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return n.returned(ctx, tx, o) })
}
