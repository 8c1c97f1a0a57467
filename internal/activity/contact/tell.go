package contact

import (
	"context"
	"strings"

	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
)

// tell writes to the operator that somebody waits for an answer, at most once an hour
// for each entry. The mail says nothing of who wrote or what: that stands in the
// console alone. An address that comes in as messages gets none, it would go round in
// a ring.
func (c *Correspondence) tell(ctx context.Context, tx *store.Tx, a *policy.Activity) error {
	p := c.env.Policy()
	box, _, _ := strings.Cut(strings.ToLower(p.Controller.Email), "@")
	if p.Controller.Email == "" || !c.env.Mail.Sends() || c.ours(p.Controller.Email) && strings.HasPrefix(box, mailbox) {
		return nil
	}
	lang := p.Notice.Languages[0]
	title := titleOf(a, lang)
	return c.post(ctx, tx, mail.Message{
		Activity: a.Key, Lang: lang, To: mail.Address{Mail: p.Controller.Email},
		Title: i18n.T(lang, "contact.tell.title", title), Text: i18n.T(lang, "contact.tell", title),
		Why: i18n.T(lang, "contact.tell.why"), Stop: i18n.T(lang, "contact.tell.stop"),
		Key: "contact/tell/" + a.Key + "/" + c.env.Clock.Now().UTC().Format("2006-01-02T15"),
	})
}
