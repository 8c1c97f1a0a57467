package contact

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/store"
)

// The ledger's words for what staff does with a correspondence.
const (
	leafOpened     = "contact.opened"
	leafAnswered   = "contact.answered"
	leafAssigned   = "contact.assigned"
	leafNoted      = "contact.noted"
	leafDownloaded = "contact.downloaded"
	leafSearched   = "contact.searched"
	leafListed     = "contact.listed"
	leafExported   = "contact.exported"
)

// acting reads a conversation for an act of staff. Refused while the person's data
// is restricted: it is kept, and nothing else happens to it (Art. 18 GDPR).
func (c *Correspondence) acting(ctx context.Context, tx *store.Tx, id string) (Conversation, error) {
	v, err := c.one(ctx, tx, "id = $1", id)
	if err != nil {
		return v, err
	}
	restricted, err := c.env.Subjects.Restricted(ctx)
	if err == nil && restricted[v.Subject] {
		err = fault.New(fault.Refused, "this person's data is restricted: it is kept, and nothing is done with it until the restriction is lifted")
	}
	return v, err
}

// Answer sends an answer by mail. once names the answer: the same one a second
// time sends nothing. Invalid if it cannot be sent, Refused if the person's data is
// restricted or they want no mails.
func (c *Correspondence) Answer(ctx context.Context, id, text, by, once string) error {
	text = strings.TrimSpace(readable(text))
	if text == "" || utf8.RuneCountInString(text) > longestLetter {
		return fault.New(fault.Invalid, "an answer has a text of at most %d letters", longestLetter)
	}
	err := c.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		v, err := c.acting(ctx, tx, id)
		if err != nil {
			return err
		}
		if v.Email == "" {
			return fault.New(fault.Invalid, "this person left no mail address")
		}
		return c.answer(ctx, tx, v, text, by, once)
	})
	if err != nil {
		return fmt.Errorf("answer a message: %w", err)
	}
	return nil
}

func (c *Correspondence) answer(ctx context.Context, tx *store.Tx, v Conversation, text, by, once string) error {
	a, err := c.entry(v.Activity)
	if err != nil {
		return err
	}
	m, _, err := c.letterTo(ctx, a, v)
	if err != nil {
		return err
	}
	m.Title, m.Text, m.ByHand, m.Key = c.title(v), text, true, "contact/answer/"+v.ID+"/"+once
	if err := c.references(ctx, tx, v, &m); err != nil {
		return err
	}
	sent, err := c.env.Mail.Enqueue(ctx, tx, m)
	if err != nil {
		return err
	}
	var known bool
	if err := tx.QueryRowContext(ctx, "select exists (select 1 from contact_message where mail = $1)", sent).Scan(&known); err != nil || known {
		return store.Classify(err)
	}
	now := c.env.Clock.Now()
	err = c.append(ctx, tx, a, v, Message{ID: store.NewID(), Way: FromUs, At: now, Author: by, Mail: sent, State: Waiting, Text: text,
		mark: sent + "@" + c.env.Mail.Domain()})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "update contact_conversation set last_at = $2, waits = $3, concluded_at = null, assigned = coalesce(assigned, $4) where id = $1",
		v.ID, store.At(now), false, null(by))
	if err != nil {
		return store.Classify(err)
	}
	return c.note(ctx, tx, leafAnswered, v.ID, by)
}

// title is what the mails of a conversation are called.
func (c *Correspondence) title(v Conversation) string {
	if bare := strings.TrimSpace(continues.ReplaceAllString(v.Title, "")); bare != "" {
		return "Re: " + bare
	}
	return i18n.T(v.Language, "contact.mail.answer.title", c.env.Policy().Controller.Name)
}

// references has an answer stand below the person's last mail in their mail
// program.
func (c *Correspondence) references(ctx context.Context, tx *store.Tx, v Conversation, m *mail.Message) error {
	all, err := c.messages(ctx, tx, v)
	if err != nil {
		return err
	}
	for _, each := range all {
		if each.Reference != "" {
			m.InReplyTo = each.Reference
			m.References = append(m.References, each.Reference)
		}
	}
	return nil
}

// note writes into the ledger what somebody did with a conversation.
func (c *Correspondence) note(ctx context.Context, tx *store.Tx, leaf, conversation, by string) error {
	_, err := c.env.Ledger.Append(ctx, tx, leaf, map[string]any{"conversation": conversation, "by": by})
	return err
}

// Assign says who deals with a conversation; nobody with an empty account.
func (c *Correspondence) Assign(ctx context.Context, id, account, by string) error {
	err := c.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		v, err := c.acting(ctx, tx, id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "update contact_conversation set assigned = $2 where id = $1", v.ID, null(account)); err != nil {
			return store.Classify(err)
		}
		return c.note(ctx, tx, leafAssigned, v.ID, by)
	})
	if err != nil {
		return fmt.Errorf("assign a correspondence: %w", err)
	}
	return nil
}

// Note adds a note to a conversation. Refused if the policy lists no notes.
func (c *Correspondence) Note(ctx context.Context, id, text, by string) error {
	text = strings.TrimSpace(readable(text))
	if text == "" || utf8.RuneCountInString(text) > longestMessage {
		return fault.New(fault.Invalid, "a note has a text of at most %d letters", longestMessage)
	}
	err := c.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		v, err := c.acting(ctx, tx, id)
		if err != nil {
			return err
		}
		a, err := c.entry(v.Activity)
		if err != nil {
			return err
		}
		if !a.Has(fieldNotes) {
			return fault.New(fault.Refused, "the policy lists no notes for %s: nothing is noted", a.Key)
		}
		s := c.env.Sealer(ctx, a, v.Subject)
		sealed := s.Text(noteTable+".note", fieldNotes, text)
		if s.Err() != nil {
			return s.Err()
		}
		_, err = tx.ExecContext(ctx, "insert into contact_note (id, conversation, n, at, author, note) values ($1, $2, (select count(*) from contact_note where conversation = $2), $3, $4, $5)",
			store.NewID(), v.ID, timed(a, c.env.Clock.Now()), by, sealed)
		if err != nil {
			return store.Classify(err)
		}
		return c.note(ctx, tx, leafNoted, v.ID, by)
	})
	if err != nil {
		return fmt.Errorf("add a note: %w", err)
	}
	return nil
}

// became notes what became of a mail of ours. One that did not arrive waits for
// staff again.
func (c *Correspondence) became(ctx context.Context, tx *store.Tx, o mail.Outcome) error {
	state := map[mail.Event]State{mail.Sent: Left, mail.Refused: Rejected, mail.Bounced: CameBack}[o.Event]
	done, err := tx.ExecContext(ctx, "update contact_message set state = $2 where mail = $1 and (state = $3 or $2 <> $4)", o.Message, string(state), string(Waiting), string(Left))
	if err != nil {
		return store.Classify(err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 || state == Left {
		return err
	}
	_, err = tx.ExecContext(ctx, "update contact_conversation set waits = $2 where id in (select conversation from contact_message where mail = $1) and concluded_at is null", o.Message, true)
	return store.Classify(err)
}
