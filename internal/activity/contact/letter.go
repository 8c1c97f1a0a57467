package contact

import (
	"context"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
)

// letterTo begins a mail to whoever a conversation is with. Answers to it come back
// by an address with the conversation's token, if mail can come in at all.
func (c *Correspondence) letterTo(ctx context.Context, a *policy.Activity, v Conversation) (m mail.Message, token string, err error) {
	if token, err = c.token(ctx, v.Subject, v.ID); err != nil {
		return m, "", err
	}
	m = mail.Message{Activity: a.Key, Subject: v.Subject, Lang: v.Language, To: mail.Address{Name: called(v.First, v.Last), Mail: v.Email}, Thread: v.ID}
	if a.Has(fieldCorrespondence) {
		m.ReplyTo = c.env.Mail.AddressOf(mailbox + "+" + token)
	} else if address, err := mail.ParseAddress(c.env.Policy().Controller.Email); err == nil {
		m.ReplyTo = address // what follows may not be kept here: people read it
	}
	m.Why = i18n.T(v.Language, "contact.mail.why."+string(v.Source), c.env.Policy().Controller.Name)
	m.Stop = i18n.T(v.Language, "contact.mail.stop", c.endLink(a, v, token))
	return m, token, nil
}

// endLink is the page that ends a conversation.
func (c *Correspondence) endLink(a *policy.Activity, v Conversation, token string) string {
	return c.env.Mail.Link(Path + "/" + a.Key + "/end/" + token + "?lang=" + v.Language)
}

// acknowledge tells the writer that the message arrived. Somebody may have entered
// another one's address, so the mail repeats nothing that was typed, and an
// address gets one a day.
func (c *Correspondence) acknowledge(ctx context.Context, tx *store.Tx, a *policy.Activity, v Conversation) error {
	if v.Email == "" || !c.env.Mail.Sends() || c.ours(v.Email) {
		return nil
	}
	m, _, err := c.letterTo(ctx, a, v)
	if err != nil {
		return err
	}
	from := c.env.Policy().Controller.Name
	m.To.Name = ""
	m.Title, m.Key = i18n.T(v.Language, "contact.mail.arrived.title", from), c.daily("arrived", v.Subject)
	m.Text = i18n.T(v.Language, "contact.mail.arrived", from)
	if !m.ReplyTo.IsZero() {
		m.Text += "\n\n" + i18n.T(v.Language, "contact.mail.arrived.reply")
	}
	return c.post(ctx, tx, m)
}

// daily is the key of a mail that an address gets once a day.
func (c *Correspondence) daily(what, subject string) string {
	return "contact/" + what + "/" + subject + "/" + c.env.Clock.Now().UTC().Format(time.DateOnly)
}

// ours reports whether an address is of the instance's own domain: a mail to it
// would come back as a message.
func (c *Correspondence) ours(address string) bool {
	return strings.HasSuffix(strings.ToLower(address), "@"+c.env.Mail.Domain())
}

// post has a mail sent that a machine wrote. To somebody who wants no mails none is
// written, and to what is no address after all none can be.
func (c *Correspondence) post(ctx context.Context, tx *store.Tx, m mail.Message) error {
	_, err := c.env.Mail.Enqueue(ctx, tx, m)
	if fault.Is(err, fault.Refused) || fault.Is(err, fault.Invalid) {
		return nil
	}
	return err
}

// askProof sends a link to the address of a conversation: a mail that bears the
// address asked for deletion, and a From line can be forged.
func (c *Correspondence) askProof(ctx context.Context, tx *store.Tx, a *policy.Activity, v Conversation) error {
	if v.Email == "" || !c.env.Mail.Sends() {
		return nil
	}
	m, token, err := c.letterTo(ctx, a, v)
	if err != nil {
		return err
	}
	from := c.env.Policy().Controller.Name
	m.Title, m.Key = i18n.T(v.Language, "contact.mail.proof.title", from), c.daily("proof", v.Subject)
	m.Text = i18n.T(v.Language, "contact.mail.proof", from) + "\n" + c.endLink(a, v, token)
	m.Stop = i18n.T(v.Language, "contact.mail.proof.stop")
	return c.post(ctx, tx, m)
}

// farewell says that everything is deleted, or what is not. If nothing stays, the
// mail is to nobody in particular, so that no record keeps the address.
func (c *Correspondence) farewell(ctx context.Context, tx *store.Tx, a *policy.Activity, v Conversation, gone bool) error {
	if v.Email == "" || !c.env.Mail.Sends() {
		return nil
	}
	from := c.env.Policy().Controller.Name
	what := "contact.mail.gone"
	if !gone {
		what = "contact.mail.kept"
	}
	m := mail.Message{Activity: a.Key, Lang: v.Language, To: mail.Address{Mail: v.Email}, Title: i18n.T(v.Language, what+".title", from),
		Text: i18n.T(v.Language, what, from, c.env.Mail.Link("/privacy?lang="+v.Language)),
		Why:  i18n.T(v.Language, "contact.mail.gone.why", from), Stop: i18n.T(v.Language, "contact.mail.gone.stop")}
	if !gone {
		m.Subject, m.Key = v.Subject, c.daily("kept", v.Subject)
	}
	return c.post(ctx, tx, m)
}
