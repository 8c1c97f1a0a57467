package account

import (
	"context"
	"encoding/hex"
	"strconv"
	"time"

	"kept/internal/fault"
	"kept/internal/i18n"
	"kept/internal/mail"
	"kept/internal/policy"
	"kept/internal/store"
)

// letter is a mail that the room writes.
type letter struct {
	What    string // its words
	To      string
	Subject string // the person, empty while nobody knows them: then no record keeps the address
	Lang    string
	Link    string // path at the portal's door; empty: none
	Key     string
	Unasked bool // the person did not ask for it: it is not written to who wants no mails
	Args    []any
}

// post has a letter sent. To somebody who wants no mails none is written, and to what is
// no address after all none can be.
func (a *Accounts) post(ctx context.Context, tx *store.Tx, e *policy.Activity, l letter) error {
	l.Lang = a.language(l.Lang)
	from := a.env.Policy().Controller.Name
	m := mail.Message{Activity: e.Key, Subject: l.Subject, Lang: l.Lang, To: mail.Address{Mail: l.To}, Key: l.Key, Owed: !l.Unasked}
	args := append([]any{from}, l.Args...)
	m.Title, m.Text = i18n.T(l.Lang, "account.mail."+l.What+".title", args...), i18n.T(l.Lang, "account.mail."+l.What, args...)
	if l.Link != "" {
		m.Text += "\n\n" + a.env.PortalURL + l.Link + "?lang=" + l.Lang
	}
	if after := "account.mail." + l.What + ".after"; i18n.Has(after) {
		m.Text += "\n\n" + i18n.T(l.Lang, after, args...)
	}
	m.Why, m.Stop = i18n.T(l.Lang, "account.mail."+l.What+".why", args...), i18n.T(l.Lang, "account.mail.stop", args...)
	_, err := a.env.Mail.Enqueue(ctx, tx, m)
	if fault.Is(err, fault.Refused) || fault.Is(err, fault.Invalid) {
		return nil
	}
	return err
}

// slot is the key of a mail that an address gets at most once in ten minutes. It says
// nothing of the address to who does not have the vault, and the next slot's is another.
func (a *Accounts) slot(what, address string) string {
	at := strconv.FormatInt(a.env.Clock.Now().Unix()/int64(10*time.Minute/time.Second), 10)
	return "account/" + what + "/" + hex.EncodeToString(a.env.Vault.Index("account/mail", what+"/"+address+"/"+at))
}
