package newsletter

import (
	"context"
	"testing"

	"kept/internal/mail"
	"kept/internal/store"
)

// Returned tells the newsletter of a mail's outcome, as the post room does.
func (n *Newsletter) Returned(ctx context.Context, o mail.Outcome) error {
	return n.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return n.returned(ctx, tx, o) })
}

// SetConnections has campaigns leave over so many connections.
func (n *Newsletter) SetConnections(many int) { n.connections = many }

// LinkOf returns the token of a subscriber's links, as it stands in their mails.
func (n *Newsletter) LinkOf(t testing.TB, address string) string {
	t.Helper()
	proofs, err := n.Proofs(t.Context(), address)
	if err != nil || len(proofs) == 0 {
		t.Fatal(proofs, err)
	}
	token, err := n.token(t.Context(), Subscription{ID: proofs[0].ID, Subject: proofs[0].Subject})
	if err != nil {
		t.Fatal(err)
	}
	return token
}
