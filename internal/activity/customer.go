package activity

import (
	"context"
	"net/http"
	"time"

	"kept/internal/access"
	"kept/internal/page"
	"kept/internal/store"
)

// Member is somebody who is signed in to the portal.
type Member struct {
	Subject  string // the person
	Customer string // the subject of the customer: its keys seal what is the customer's
	Role     access.Role
	Email    string
}

// Customers is the register of those who have an account: companies, and the
// people who act for them. A kind that serves customers hangs its rows on the
// customer's subject, keeps the moments "expiry" and "request" in them, and leaves
// the rest to retention.
type Customers interface {
	// Portal frames the pages of the portal's door.
	Portal() Portal
	// Registered returns the address with which a customer registered; NotFound
	// without such a customer.
	Registered(ctx context.Context, customer string) (address, lang string, err error)
	// SetExpiry notes, in the caller's transaction, when the trial or the cancelled
	// subscription of a customer expires, with every kind that asked for it. The zero
	// time takes that back.
	SetExpiry(ctx context.Context, tx *store.Tx, customer string, at time.Time) error
	// OnExpiry has a kind note in its rows when a customer expires.
	OnExpiry(func(ctx context.Context, tx *store.Tx, customer string, at time.Time) error)
	// Delete notes, in the caller's transaction, that a customer wants everything
	// deleted, with every kind that asked for it.
	Delete(ctx context.Context, tx *store.Tx, customer string) error
	// OnDelete has a kind note in its rows that a customer wants them deleted.
	OnDelete(func(ctx context.Context, tx *store.Tx, customer string) error)
}

// Portal is the shell of the portal, where those who act for a customer are signed
// in.
type Portal interface {
	page.Shell
	// Member returns who is signed in; the route's right has been checked before.
	Member(r *http.Request) (Member, error)
	// Link makes an address of the portal's door whole, for mails and for what other
	// servers send people back to.
	Link(path string) string
}
