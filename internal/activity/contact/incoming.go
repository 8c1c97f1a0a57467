package contact

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"kept/internal/fault"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
	"kept/internal/subject"
)

// trust is how surely a mail belongs to a conversation.
type trust int

// The ways in which a mail finds its conversation.
const (
	stranger trust = iota // it begins one
	claimed               // its From line says so, or the mails that it refers to: both can be forged
	proven                // it came to the address that only the conversation's mails name
)

// letter takes a mail that came in.
func (c *Correspondence) letter(ctx context.Context, in mail.Incoming) error {
	if len(c.entries()) == 0 || c.ours(in.From.Mail) {
		return nil
	}
	first, err := c.entry("")
	if err != nil {
		return fmt.Errorf("take a mail: %w", err)
	}
	quiet := in.Token == "" && !in.Auto && c.crowded(ctx, first, in.From.Mail) // a From line can be forged
	err = c.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		// A mail whose handler was killed comes again: it is taken once.
		fresh, err := c.spend(ctx, tx, c.mailMark("taken/"+in.ID))
		if err != nil || !fresh {
			return err
		}
		v, how, err := c.match(ctx, tx, in)
		if err != nil {
			return err
		}
		a, err := c.entry(v.Activity)
		switch {
		case how == stranger, fault.Is(err, fault.NotFound): // or its entry is gone: it is a new message
			return c.beginByMail(ctx, tx, in, quiet)
		case !v.Requested.IsZero() && !(how == proven && asksEnd(in, v)): // what a hold keeps has ended
			return c.beginByMail(ctx, tx, in, quiet)
		}
		if err != nil {
			return err
		}
		return c.follow(ctx, tx, a, v, in, how)
	})
	if err != nil {
		return fmt.Errorf("take a mail: %w", err)
	}
	return nil
}

// match finds the conversation that a mail belongs to.
func (c *Correspondence) match(ctx context.Context, tx *store.Tx, in mail.Incoming) (Conversation, trust, error) {
	if in.Token != "" {
		v, err := c.one(ctx, tx, "link = $1", c.env.Mail.TokenMark(linkSpace, strings.ToLower(in.Token)))
		if err == nil && c.from(in, v) {
			return v, proven, nil
		}
		if err == nil || !fault.Is(err, fault.NotFound) { // somebody else's mailbox, to whom it was passed on
			return v, claimed, err
		}
	}
	who, err := c.sender(ctx, tx, in)
	if err != nil || who == "" {
		return Conversation{}, stranger, err
	}
	v, err := c.referred(ctx, tx, in, who)
	if fault.Is(err, fault.NotFound) {
		v, err = c.continued(ctx, tx, in, who)
	}
	if fault.Is(err, fault.NotFound) {
		return Conversation{}, stranger, nil
	}
	return v, claimed, err
}

// from reports whether a mail bears the address of the conversation.
func (c *Correspondence) from(in mail.Incoming, v Conversation) bool {
	sender, err := mail.Normalise(in.From.Mail)
	if err != nil {
		return false
	}
	address, err := mail.Normalise(v.Email)
	return err == nil && sender == address
}

// sender returns the subject of the address that a mail bears, empty if nobody
// has it.
func (c *Correspondence) sender(ctx context.Context, tx *store.Tx, in mail.Incoming) (string, error) {
	address, err := mail.Normalise(in.From.Mail)
	if err != nil {
		return "", nil //nolint:nilerr // a mail without a usable sender is nobody's
	}
	who, err := c.env.Subjects.Find(ctx, tx, subject.Email, address)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return who, err
}

// mostReferred is how many of the mails that a mail refers to are looked for.
const mostReferred = 20

// referred finds the sender's conversation by the mails that a mail refers to.
func (c *Correspondence) referred(ctx context.Context, tx *store.Tx, in mail.Incoming, who string) (Conversation, error) {
	ids := append([]string{in.InReplyTo}, in.References[max(0, len(in.References)-mostReferred):]...)
	for _, id := range slices.Compact(ids) {
		if id == "" {
			continue
		}
		v, err := c.one(ctx, tx, "subject = $1 and id in (select conversation from contact_message where mark = $2)", who, c.mailMark(id))
		if err == nil || !fault.Is(err, fault.NotFound) {
			return v, err
		}
	}
	return Conversation{}, fault.New(fault.NotFound, "it refers to no mail of ours")
}

// continues are the beginnings of a title by which mail programs mark an answer.
var continues = regexp.MustCompile(`(?i)^\s*((re|aw|antw|antwort|wg|fwd?)\s*(\[\d+\])?\s*:\s*)+`)

// continued finds the sender's open conversation that an answer without any
// reference is about: the only one, or the one of the same title.
func (c *Correspondence) continued(ctx context.Context, tx *store.Tx, in mail.Incoming, who string) (Conversation, error) {
	bare := continues.ReplaceAllString(in.Title, "")
	if bare == in.Title && in.InReplyTo == "" {
		if wish(in.Title, in.Text) { // about whatever there is
			return c.one(ctx, tx, "subject = $1", who)
		}
		return Conversation{}, fault.New(fault.NotFound, "it answers nothing")
	}
	var open int
	err := tx.QueryRowContext(ctx, "select count(*) from contact_conversation where subject = $1 and concluded_at is null", who).Scan(&open)
	if err != nil {
		return Conversation{}, store.Classify(err)
	}
	if open == 1 {
		return c.one(ctx, tx, "subject = $1 and concluded_at is null", who)
	}
	found, people, err := where(ctx, tx, "subject = $1 order by last_at desc limit 20", who)
	if err != nil {
		return Conversation{}, err
	}
	for i, v := range found {
		if v.Person, err = c.person(ctx, who, people[i]); err != nil {
			return Conversation{}, err
		}
		if v.Title != "" && strings.EqualFold(strings.TrimSpace(bare), continues.ReplaceAllString(v.Title, "")) {
			return v, nil
		}
	}
	return Conversation{}, fault.New(fault.NotFound, "it answers nothing of ours")
}

// follow takes a mail into its conversation, or does what it asks for.
func (c *Correspondence) follow(ctx context.Context, tx *store.Tx, a *policy.Activity, v Conversation, in mail.Incoming, how trust) error {
	if asksEnd(in, v) {
		if how == proven {
			return c.request(ctx, tx, v, "mail", in.ID)
		}
		if err := c.askProof(ctx, tx, a, v); err != nil {
			return err
		}
	}
	m := written(in)
	if !c.from(in, v) {
		m.Sender = in.From.Mail
	}
	if err := c.append(ctx, tx, a, v, m); err != nil {
		return err
	}
	if in.Auto { // an absence note asks for nothing and begins nothing anew
		return nil
	}
	_, err := tx.ExecContext(ctx, "update contact_conversation set last_at = $2, waits = $3, concluded_at = null where id = $1", v.ID, store.At(in.At), true)
	if err != nil {
		return store.Classify(err)
	}
	return c.tell(ctx, tx, a)
}

// asksEnd reports whether a person asks for the end of a conversation. A machine
// asks for nothing.
func asksEnd(in mail.Incoming, v Conversation) bool {
	return !in.Auto && wish(titleOfOwn(in.Title, v), in.Text)
}

// titleOfOwn is the title of an answer, empty if it only repeats what the
// conversation is called.
func titleOfOwn(title string, v Conversation) string {
	bare := continues.ReplaceAllString(title, "")
	if bare != title || strings.EqualFold(bare, v.Title) {
		return ""
	}
	return title
}

// written is a mail as a message of a conversation.
func written(in mail.Incoming) Message {
	m := Message{ID: in.ID, Way: ToUs, At: in.At, Automatic: in.Auto, Reference: in.MessageID, mark: in.MessageID}
	if in.Cut {
		m.LeftOut++
	}
	m.Text = strings.TrimSpace(readable(in.Text))
	if utf8.RuneCountInString(m.Text) > longestLetter {
		m.Text, m.LeftOut = string([]rune(m.Text)[:longestLetter]), m.LeftOut+1
	}
	var files []File
	for _, f := range in.Attachments {
		files = append(files, File{Name: f.Name, Data: f.Data})
	}
	var left int
	m.data, left = fitting(files)
	m.LeftOut += left
	return m
}

// beginByMail begins a conversation with a mail that belongs to none. To which
// entry it came stands in its address; without one it is the first.
func (c *Correspondence) beginByMail(ctx context.Context, tx *store.Tx, in mail.Incoming, quiet bool) error {
	a, err := c.entry(in.Token)
	if fault.Is(err, fault.NotFound) { // a token of what is deleted
		a, err = c.entry("")
	}
	if err != nil {
		return err
	}
	v := Conversation{ID: store.NewID(), Activity: a.Key, Source: ByMail, Language: c.env.Policy().Notice.Languages[0], Opened: in.At, Waits: true}
	if _, err := mail.Normalise(in.From.Mail); err == nil && a.Has(fieldEmail) {
		v.Email = in.From.Mail
	}
	name := []rune(readable(in.From.Name))
	name = name[:min(len(name), longestLine)]
	v.First, v.Last = string(name), ""
	if i := strings.LastIndex(v.First, " "); i > 0 {
		v.First, v.Last = strings.TrimSpace(v.First[:i]), v.First[i+1:]
	}
	v.Title = strings.TrimSpace(readable(in.Title))
	m := written(in)
	m.begins, m.quiet = true, quiet
	return c.begin(ctx, tx, a, v, m, v.ID)
}
