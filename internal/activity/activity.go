package activity

import (
	"context"
	"log/slog"

	"kept/internal/access"
	"kept/internal/clock"
	"kept/internal/consent"
	"kept/internal/egress"
	"kept/internal/job"
	"kept/internal/ledger"
	"kept/internal/mail"
	"kept/internal/manifest"
	"kept/internal/page"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/store/event"
	"kept/internal/subject"
	"kept/internal/vault"
)

// Kind is a kind of activity that Kept can perform.
type Kind interface {
	// Manifest declares the kind's words and tables. It is constant.
	Manifest() manifest.Manifest
	// Migrate makes the kind's ordinary tables. Event tables are made by the
	// event store from the manifest.
	Migrate(ctx context.Context, db *store.DB) error
	// Open starts the kind in an instance. It is called whether or not the
	// policy has an entry now: a policy can change while Kept runs, so the kind
	// asks env.Policy at every act and does nothing without an entry.
	Open(ctx context.Context, env Env) (Running, error)
}

// Running is a kind at work. One that also has Entries (page.Listed) stands in
// the console's navigation.
type Running interface {
	// Routes are the kind's lines of the access table.
	Routes() []access.Route
	// Close stops the kind and makes durable what it has accepted.
	Close(ctx context.Context) error
}

// Writer is a kind that writes to people by mail: an instance whose policy has an
// entry of it does not start without a relay.
type Writer interface {
	Kind
	// Writes only tells a Writer from other kinds.
	Writes()
}

// Corrected is a kind at work that does its part when values of its rows are
// corrected (Art. 16 GDPR), in the transaction that corrects them.
type Corrected interface {
	Corrected(ctx context.Context, tx *store.Tx, activity, subject string, fields []string) error
}

// Withdraws is a kind at work that ends a consent which it asked for itself
// (Art. 7(3) GDPR); no error if none stands.
type Withdraws interface {
	Withdraw(ctx context.Context, tx *store.Tx, activity, subject string) error
}

// Ending is a kind at work that has something to bring to an end before a person's
// data goes: an appointment that others still count on. It is asked before anything
// of the person is erased under an entry (Art. 17 GDPR), and once more if that is
// broken off, so it bears being asked twice.
type Ending interface {
	Ending(ctx context.Context, activity, subject string) error
}

// Leaving is a kind at work that has something to do before rows of one of its tables
// go because their time has come, or the columns that are named (nil: all of them):
// another system knows the person by a number that stands in them. It is asked in the
// transaction that ends the rows, so a job that it enqueues runs exactly if they went.
type Leaving interface {
	Leaving(ctx context.Context, tx *store.Tx, activity, table string, columns, keys []string) error
}

// Tells is a kind at work that hands data on by a connection, and tells on it what
// became of data that a recipient got (Art. 19 GDPR).
type Tells interface {
	// Tells reports whether it has such a connection to a recipient of an entry.
	Tells(activity, recipient string) bool
	// Tell tells it that addresses of a person are erased, corrected or restricted
	// (right), once for each key.
	Tell(ctx context.Context, activity, recipient, right string, addresses []string, key string) error
}

// Env is the platform that a kind stands on.
type Env struct {
	Policy   InForce
	DB       *store.DB
	Events   *event.Store
	Vault    *vault.Vault
	Ledger   *ledger.Ledger
	Jobs     *job.Queue
	Egress   *egress.Egress
	Mail     *mail.Post
	Subjects *subject.Registry
	Consent  *consent.Service
	Clock    clock.Clock
	Log      *slog.Logger

	// End ends, in the caller's transaction, what "keep: 0 days" ends of the row key
	// of one of the kind's tables. The kind calls it after it has written the moment.
	End func(ctx context.Context, tx *store.Tx, activity, moment, table, key string) error

	Site page.Shell // frames the kind's pages below /privacy
	Desk page.Desk  // frames its pages at the console

	// Front frames pages of the portal's door for the kind that keeps accounts; others
	// ask Customers.Portal. PortalURL is how people reach the door, as in
	// https://portal.example.com.
	Front     page.Shell
	PortalURL string

	// Customers are those who have an account; nil where no kind keeps accounts.
	Customers Customers

	Secure  bool     // the public address is https: cookies say Secure
	Origins []string // of pages served elsewhere that use the script tag
}

// InForce returns the policy in force at this moment; it is never nil and never
// changes once returned.
type InForce func() *policy.Policy
