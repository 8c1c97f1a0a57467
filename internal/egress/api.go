package egress

import (
	"context"
	"net"
	"net/http"
	"time"

	"kept/internal/clock"
	"kept/internal/ledger"
	"kept/internal/policy"
	"kept/internal/store"
)

// Open makes the room's tables and returns the way out.
func Open(ctx context.Context, db *store.DB, l *ledger.Ledger, c clock.Clock, inForce func() *policy.Policy, opts Options) (*Egress, error) {
	panic("not yet")
}

// Client returns an HTTP client that reaches the hosts declared for recipient
// (its own and those of its services) and nothing else; redirects are checked
// like first requests. It returns Refused if the policy has no such recipient.
func (e *Egress) Client(recipient string) (*http.Client, error) { panic("not yet") }

// Dial connects to host:port of a declared recipient, for protocols other than HTTP.
func (e *Egress) Dial(ctx context.Context, recipient, network, address string) (net.Conn, error) {
	panic("not yet")
}

// Operator returns a transport to the one address (host:port) that the
// operator configured for purpose; it may be private.
func (e *Egress) Operator(purpose, address string) http.RoundTripper { panic("not yet") }

// DialOperator connects to an address that the operator configured for purpose,
// for protocols other than HTTP.
func (e *Egress) DialOperator(ctx context.Context, purpose, network, address string) (net.Conn, error) {
	panic("not yet")
}

// Allowed returns values if activity may hand each of these fields to
// recipient, else Refused naming the first field that it may not: nothing is
// dropped silently.
func (e *Egress) Allowed(activity, recipient string, values map[string]string) (map[string]string, error) {
	panic("not yet")
}

// Delivery is something that was handed over.
type Delivery struct {
	Activity, Recipient string
	Fields              []string
	Count               int // of records
}

// Delivered writes the leaf of a delivery in the caller's transaction.
func (e *Egress) Delivered(ctx context.Context, tx *store.Tx, d Delivery) (leaf string, err error) {
	panic("not yet")
}

// Refusal is a count of what was not let out.
type Refusal struct {
	Recipient   string // or the operator's purpose
	Host        string
	Reason      string
	First, Last time.Time
	Count       int64
}

// Refusals returns what was refused, latest first.
func (e *Egress) Refusals(ctx context.Context) ([]Refusal, error) { panic("not yet") }
