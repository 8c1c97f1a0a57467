package mail

import (
	"context"
	"time"
)

// Incoming is a mail that came in.
type Incoming struct {
	ID          string // the same if the mail is handed over once more
	Local       string // what Receive was asked for: "contact" or "reply+"
	Token       string // what stood behind the + of a prefix
	From        Address
	To          []Address
	Title       string
	Text        string // plain text; made from HTML if there is none
	HTML        string // hostile: never show it without cleaning
	Attachments []Attachment
	MessageID   string // without brackets
	InReplyTo   string
	References  []string
	// Auto says that a machine wrote it (RFC 3834): never answer it by machine.
	Auto bool
	DSN  *Bounce   // set if it is a report about a mail of ours
	Cut  bool      // something was left out, because it exceeded a bound
	At   time.Time // when it arrived
	Raw  int64     // bytes of the mail as it came
}

// Bounce is what a report (RFC 3464, 5965) says about a mail of ours.
type Bounce struct {
	Message   string // our id of it, empty if the report does not tell
	Recipient string
	Action    string // failed, delayed, delivered, relayed, expanded; complaint
	Status    string // "5.1.1"
	Hard      bool   // permanent, and the address's own fault
	Complaint bool
}

// Handler takes a mail in. A mail whose handler fails is handed over again later;
// a handler must bear that, by the mail's ID.
type Handler func(ctx context.Context, in Incoming) error
