package mail

import (
	"context"
	"time"

	"kept/internal/store"
)

// Event is what became of a message.
type Event string

// The events.
const (
	Sent       Event = "sent"       // the relay took it
	Refused    Event = "refused"    // the relay refused it, or did not take it for days
	Bounced    Event = "bounced"    // it came back (RFC 3464)
	Complained Event = "complained" // the receiver called it unwanted (RFC 5965)
)

// Outcome is an event with the message it is about.
type Outcome struct {
	Event    Event
	Message  string // id: of Enqueue, or the letter's own
	Activity string // empty for a letter of a campaign that came back later
	Subject  string
	Key      string
	Code     int    // what the relay answered, 550; 0 if nobody did
	Status   string // RFC 3463, "5.1.1"; may be empty
	Hard     bool   // the address will not work tomorrow either
	At       time.Time
}

// Listener is told of outcomes. It runs in a transaction; if it fails it is
// called again later, and the message does not leave again.
type Listener func(ctx context.Context, tx *store.Tx, o Outcome) error
