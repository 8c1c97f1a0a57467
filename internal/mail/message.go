package mail

import (
	"strings"
	"time"
	"unicode/utf8"

	"kept/internal/fault"
)

// Message is something to be written to one person.
type Message struct {
	Activity string // key in the policy
	Subject  string // subject id of the person written to; empty: staff or the operator
	To       Address
	From     Address // the zero Address: the instance's sender (serve --mail-from)
	ReplyTo  Address // where answers go; the zero Address: to the sender
	Title    string  // the Subject header
	Text     string  // plain text, always there
	HTML     string  // the same as HTML; empty: text alone
	Lang     string  // "de" or "en"
	Why      string  // one line: why you get this; a mail to a person has it
	Stop     string  // one line: how to stop it; a mail to a person has it
	// Thread ties the mails of one conversation together: the same key, the same
	// conversation.
	Thread string
	// InReplyTo and References continue a conversation that somebody else began
	// (Incoming.MessageID, Incoming.References).
	InReplyTo   string
	References  []string
	List        *List
	Attachments []Attachment
	ByHand      bool // a person wrote it: it is not marked as automatic (RFC 3834)
	// Owed: the person asked for exactly this, the answer to a request of theirs. It
	// leaves although their data is restricted or they objected to mails.
	Owed bool
	// Last: everything about the person is being erased. The mail leaves all the same,
	// and nothing of it lies here under their name; their address goes once it has left.
	Last bool
	Key  string    // idempotency: at most one message has it; letters, digits and ._:/+=*-
	At   time.Time // not before; the zero time: now
}

// List marks a mail as one of many to those who asked for them (RFC 2369, 2919,
// 8058).
type List struct {
	ID    string // name of the list: letters, digits, hyphens, dots
	Title string // what people call it
	// Unsubscribe is the https address that takes the POST of RFC 8058 and shows
	// a page on GET; it must not need a sign-in and name the person by a token.
	Unsubscribe string
	// UnsubscribeMail takes the unsubscription by mail, empty if nothing does.
	UnsubscribeMail string
}

// Attachment is a file in a mail.
type Attachment struct {
	Name string // without folders
	// Type is its media type. "text/calendar; method=REQUEST" stands beside the
	// text as a part that mail programs show as an invitation (RFC 6047).
	Type string
	Data []byte
}

// Bounds of a message. A mail that is larger reaches nobody: relays take 10 to
// 35 MB, encoding adds a third.
const (
	maxTitle   = 1000
	maxText    = 1 << 20
	maxFiles   = 20
	maxMessage = 20 << 20
)

// check returns Invalid or TooLarge if m cannot be written.
func (m *Message) check() error {
	if err := m.To.check(); err != nil {
		return err
	}
	for _, a := range []Address{m.From, m.ReplyTo} {
		if a.IsZero() {
			continue
		}
		if err := a.check(); err != nil {
			return err
		}
	}
	switch {
	case strings.TrimSpace(m.Title) == "":
		return fault.New(fault.Invalid, "a mail has a title")
	case strings.TrimSpace(m.Text) == "":
		return fault.New(fault.Invalid, "a mail has a text, beside HTML too")
	case m.Subject != "" && (strings.TrimSpace(m.Why) == "" || strings.TrimSpace(m.Stop) == ""):
		return fault.New(fault.Invalid, "a mail to a person says why they get it and how to stop it")
	case !utf8.ValidString(m.Title) || !utf8.ValidString(m.Text) || !utf8.ValidString(m.HTML):
		return fault.New(fault.Invalid, "title and text of a mail are UTF-8")
	case len(m.Title) > maxTitle, len(m.Text) > maxText, len(m.HTML) > maxText, len(m.Attachments) > maxFiles:
		return fault.New(fault.TooLarge, "a mail has at most %d bytes of title, %d of text and %d files", maxTitle, maxText, maxFiles)
	}
	if m.List != nil {
		if err := m.List.check(); err != nil {
			return err
		}
	}
	return checkFiles(m.Attachments)
}

func (l *List) check() error {
	if l.ID == "" || strings.Trim(strings.ToLower(l.ID), "abcdefghijklmnopqrstuvwxyz0123456789-.") != "" {
		return fault.New(fault.Invalid, "the id of a list is letters, digits, hyphens and dots")
	}
	if l.Unsubscribe == "" && l.UnsubscribeMail == "" {
		return fault.New(fault.Invalid, "a mail of a list says how to unsubscribe")
	}
	if l.Unsubscribe != "" && !plainURL(l.Unsubscribe) {
		return fault.New(fault.Invalid, "the unsubscription address is http:// or https:// without spaces or brackets")
	}
	if l.UnsubscribeMail != "" {
		return Address{Mail: l.UnsubscribeMail}.check()
	}
	return nil
}

// plainURL reports whether s can stand between < and > in a header.
func plainURL(s string) bool {
	if !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
		return false
	}
	return len(s) < 900 && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("<>,\"", r) })
}

func checkFiles(files []Attachment) error {
	total := 0
	for _, f := range files {
		total += len(f.Data)
		if _, _, err := mediaType(f.Type); err != nil {
			return fault.New(fault.Invalid, "the type of an attachment is a media type like application/pdf")
		}
	}
	if total > maxMessage {
		return fault.New(fault.TooLarge, "the files of a mail have at most %d bytes together", maxMessage)
	}
	return nil
}
